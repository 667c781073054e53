"""Taking in one file that lies on this machine: what it truly is, its digests, and its lines in the manifest."""

from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter
from aifactory.datasets.inspection import READERS
from aifactory.datasets.manifest import tree_of
from aifactory.datasets.models import DatasetFile, DatasetVersion
from aifactory.datasets.permissions import Permission
from aifactory.kit.canonical import digest
from aifactory.kit.content import ContentFacts, ContentLimits, inspect
from aifactory.kit.errors import NotAllowed, Refused
from aifactory.ports.identity import Actor

#: Media types that a dataset may hold.
ALLOWED = (*READERS, "text/plain", "text/markdown", "application/json", "application/pdf", "application/zip")


class VersionIsFixed(Refused):
    """Files can be added to a draft version only."""


class FileExists(Refused):
    """The version holds a file of this name already."""


def look_at(path: Path, *, name: str, media_type: str, limit: int) -> ContentFacts:
    """Return what a file truly is. Raises `TooLarge`, `TypeLies`, `ArchiveBomb`, `UnsafeName`."""
    limits = ContentLimits(size=limit)
    return inspect(path, declared_name=name, declared_type=media_type, allowed=ALLOWED, limits=limits)


def may_add(version: DatasetVersion, *, by: Actor) -> None:
    """Raise `NotAllowed` or `VersionIsFixed` where no file may come in."""
    if not by.may(Permission.MANAGE, version):
        raise NotAllowed(_("Only the holder's steward may add files."), rule=Permission.MANAGE)
    if version.state != "draft":
        raise VersionIsFixed(_("This version is inspected and fixed."), next_step=_("Start a new version."))


def name_is_free(version: DatasetVersion, name: str) -> None:
    """Raise `FileExists`."""
    if version.files.filter(path=name).exists():
        raise FileExists(
            _("This version holds a file called %(name)s already.") % {"name": name},
            field="file",
            next_step=_("Give it another name, or start a new version."),
        )


def enter_file(
    version: DatasetVersion, upload: Path, facts: ContentFacts, *, key: str, salt: str, by: Actor
) -> DatasetFile:
    """Write down a file whose bytes rest under `key`, and the version's manifest with it.

    Raises `VersionIsFixed`, `FileExists`.
    """
    found = tree_of(upload)
    file = DatasetFile(
        version=version,
        path=facts.name,
        media_type=facts.media_type,
        size=facts.size,
        digest=facts.digest,
        blake3=found.blake3,
        groups="".join(found.groups),
        key=key,
        salt=salt,
        added_by=by.id,
    )
    with transaction.atomic():
        version = DatasetVersion.objects.select_for_update().get(pk=version.pk)
        may_add(version, by=by)
        name_is_free(version, facts.name)
        enter(file, "version:add_file", by=by, data={"size": facts.size})
        version.digest = digest(version.manifest())
        enter(version, "version:change_manifest", by=by, fields=["digest"])
    return file
