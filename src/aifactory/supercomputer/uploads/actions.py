"""Taking in files for a project's jobs. They run behind the same walls and gates as everything else."""

import re
from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter
from aifactory.awards.models import Project
from aifactory.kit.errors import FieldError, Invalid, NotAllowed
from aifactory.kit.pins import mistakes
from aifactory.people.models import User
from aifactory.people.terms import standing
from aifactory.ports import registry
from aifactory.ports.object_store import ObjectStore, StoredObject, TooLarge
from aifactory.supercomputer.permissions import Permission
from aifactory.supercomputer.uploads.models import Upload

MOST_FILES = 50
REQUIREMENTS = "requirements.txt"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def bring(project: Project, *, by: User, title: str, files: Iterable[tuple[str, Iterable[bytes]]]) -> Upload:
    """Keep files (name, content) for the jobs of a project.

    Raises `Invalid` for a name that is no plain one, for none or too many files, for one that is larger than an upload
    may be, and for a `requirements.txt` that does not pin everything; `NotAllowed`, and what `standing` raises.
    """
    if not by.may(Permission.SUBMIT, project):
        raise NotAllowed(_("Only people of the project run its jobs."), rule=Permission.SUBMIT)
    standing.require(project.organisation, things=[project.thing, f"people.user:{by.id}"])
    upload = Upload(project=project, brought_by=by, title=title.strip()[:120])
    listed = list(files)
    names = [name for name, _content in listed]
    if not 1 <= len(listed) <= MOST_FILES or len(set(names)) != len(names):
        told = _("Choose 1 to %(most)s files, each with another name.") % {"most": MOST_FILES}
        raise Invalid([FieldError("files", told, f"1 ≤ files ≤ {MOST_FILES}")])
    if bad := [name for name in names if not _NAME.fullmatch(name)]:
        told = _("Use letters, digits, dots, dashes and underscores in file names; not %(name)s.")
        raise Invalid([FieldError("files", told % {"name": repr(bad[0][:100])}, "plain names")])
    if not upload.title:
        upload.title = names[0]
    upload.files = [_kept(upload, name, content) for name, content in listed]
    return enter(upload, "upload:bring", by=by, data={"project": project.pk, "files": len(names)})


def _kept(upload: Upload, name: str, content: Iterable[bytes]) -> dict[str, object]:
    if name == REQUIREMENTS:
        text = b"".join(content)
        if wrong := mistakes(text.decode(errors="replace")):
            raise Invalid([FieldError("files", f"{REQUIREMENTS}: {wrong[0]}", "pinned with hashes")])
        content = [text]
    stored = _store(f"uploads/{upload.pk}/{name}", content)
    return {"path": name, "key": stored.key, "digest": stored.digest, "size": stored.size}


def _store(key: str, content: Iterable[bytes]) -> StoredObject:
    try:
        return registry.get(ObjectStore).put(key, content, limit=settings.UPLOAD_LIMIT)
    except TooLarge as problem:
        raise Invalid([FieldError("files", str(problem), "upload:limit")]) from problem
