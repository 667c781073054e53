"""What can be done to datasets, their versions and files, and to offers."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire, note
from aifactory.datasets import details
from aifactory.datasets import vocabulary as v
from aifactory.datasets.agreeing import (
    accept_terms,
    conclude,
    counter_request,
    decide_request,
    end_agreement,
    mount_grant,
    propose_terms,
    renew_agreement,
    request_agreement,
    resume_agreement,
    suspend_agreement,
)
from aifactory.datasets.guards import personal_is_not_public
from aifactory.datasets.inspection import READERS, inspect_table
from aifactory.datasets.models import Dataset, DatasetFile, DatasetVersion, Offer
from aifactory.datasets.permissions import Permission
from aifactory.datasets.search import index
from aifactory.datasets.terms import write
from aifactory.kit.canonical import digest
from aifactory.kit.content import ContentLimits, inspect, measured
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.people.models import Organisation, User
from aifactory.ports.identity import Actor
from aifactory.ports.object_store import NoSuchObject, ObjectStore
from aifactory.ports.registry import get

__all__ = [
    "accept_terms", "add_file", "close_offer", "conclude", "counter_request", "decide_request", "describe", "edit",
    "end_agreement", "inspect_version", "make_offer", "mount_grant", "new_version", "propose_terms",
    "publish_dataset", "publish_version", "renew_agreement", "request_agreement", "resume_agreement",
    "suspend_agreement", "tell_more", "verify_files", "withdraw_dataset",
    "withdraw_version",
]  # fmt: skip

#: Media types that a dataset may hold.
ALLOWED = (*READERS, "text/plain", "text/markdown", "application/json", "application/pdf", "application/zip")
FILE_LIMIT = 500_000_000
_FACTS = ("title", "title_nl", "description", "description_nl", "theme", "access", "licence")


class VersionIsFixed(Refused):
    """Files can be added to a draft version only."""


class ClassificationIsFixed(Refused):
    """Who may see the data, and whether it is about people, decided how it was inspected."""


class FileExists(Refused):
    """The version holds a file of this name already."""


class FilesChanged(Refused):
    """The bytes in the store are not the ones that were uploaded."""


def describe(*, by: User, holder: Organisation, contains_personal_data: bool, **facts: str) -> Dataset:
    """Enter a new dataset as a draft. Raises `Invalid`, `NotAllowed`."""
    _check(facts)
    dataset = Dataset(holder=holder, steward=by, contains_personal_data=contains_personal_data, **facts)
    personal_is_not_public(dataset)
    return enter(dataset, "dataset:describe", by=by, permission=Permission.MANAGE)


def edit(dataset: Dataset, *, by: Actor, contains_personal_data: bool, **facts: str) -> Dataset:
    """Change the description. Raises `Invalid`, `NotAllowed`, `ClassificationIsFixed`."""
    _check(facts)
    changed = (facts["access"], contains_personal_data) != (dataset.access, dataset.contains_personal_data)
    if changed and dataset.versions.exclude(state="draft").exists():
        raise ClassificationIsFixed(
            _("Access and personal data can't change once a version is inspected."),
            field="access",
            next_step=_("Describe the data anew as another dataset, and withdraw this one."),
        )
    for name, value in facts.items():
        setattr(dataset, name, value)
    dataset.contains_personal_data = contains_personal_data
    personal_is_not_public(dataset)
    fields = [*facts, "contains_personal_data"]
    return _edited(dataset, by=by, fields=fields)


def tell_more(dataset: Dataset, *, by: Actor, said: dict[str, Any]) -> Dataset:
    """Say what catalogues want to know further, in the words of `details`. Raises `Invalid`, `NotAllowed`."""
    if not by.may(Permission.MANAGE, dataset):
        raise NotAllowed(_("Only the stewards of the holder can do this."), rule=Permission.MANAGE)
    dataset.details = details.write(said).document()
    return _edited(dataset, by=by, fields=["details"])


def _edited(dataset: Dataset, *, by: Actor, fields: list[str]) -> Dataset:
    with transaction.atomic():
        dataset = enter(dataset, "dataset:edit", by=by, permission=Permission.MANAGE, fields=fields)
        index.show(dataset)
    return dataset


def _check(facts: dict[str, str]) -> None:
    errors = [
        FieldError(name, _("There is no such field."), "closed list") for name in facts if name not in _FACTS
    ]
    errors += [
        FieldError(name, _("This is needed."), "required")
        for name in ("title", "description")
        if not facts.get(name, "").strip()
    ]
    errors += [
        FieldError(name, _("This is too long."), f"at most {limit} characters")
        for name, limit in (
            ("title", 200),
            ("title_nl", 200),
            ("description", 5_000),
            ("description_nl", 5_000),
        )
        if len(facts.get(name, "")) > limit
    ]
    lists = {"theme": v.THEMES, "access": v.ACCESS_RIGHTS, "licence": v.LICENCES}
    errors += [
        FieldError(name, _("Choose one of the list."), "closed list")
        for name, words in lists.items()
        if facts.get(name) not in words
    ]
    if errors:
        raise Invalid(errors)


def publish_dataset(dataset: Dataset, *, by: Actor) -> Dataset:
    """Show the entry to the world.

    Raises `NothingToPublish`, `PersonalDataCannotBePublic`, `ProfileNotKept`.
    """
    with transaction.atomic():
        dataset = fire(dataset, "publish", by=by)
        index.show(dataset)
    return dataset


def withdraw_dataset(dataset: Dataset, *, by: Actor, reason: str) -> Dataset:
    """Take the entry back; every agreement on it ends."""
    with transaction.atomic():
        dataset = fire(dataset, "withdraw", by=by)
        index.show(dataset)
        for version in dataset.versions.all():
            _end_all(version, by=by, reason=reason)
    return dataset


def new_version(dataset: Dataset, *, by: Actor) -> DatasetVersion:
    """Start the next version as an empty draft."""
    with transaction.atomic():
        Dataset.objects.select_for_update().get(pk=dataset.pk)
        last = dataset.versions.aggregate(last=Max("number"))["last"] or 0
        version = DatasetVersion(dataset=dataset, number=last + 1)
        return enter(version, "version:start", by=by, permission=Permission.MANAGE)


def add_file(
    version: DatasetVersion,
    chunks: Iterable[bytes],
    *,
    by: Actor,
    name: str,
    media_type: str = "",
    limit: int = FILE_LIMIT,
) -> DatasetFile:
    """Take in one file: measured, checked for what it truly is, stored, and added to the manifest.

    `limit` is in bytes; the stream is not read past it. Raises `NotAllowed`, `VersionIsFixed`, `TooLarge`,
    `TypeLies`, `ArchiveBomb`, `UnsafeName`, `FileExists`.
    """
    if not by.may(Permission.MANAGE, version):
        raise NotAllowed(_("Only the holder's steward may add files."), rule=Permission.MANAGE)
    if version.state != "draft":
        raise VersionIsFixed(_("This version is inspected and fixed."), next_step=_("Start a new version."))
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        upload = Path(folder, "upload")
        with upload.open("wb") as file:
            file.writelines(measured(chunks, limit))
        facts = inspect(
            upload,
            declared_name=name,
            declared_type=media_type,
            allowed=ALLOWED,
            limits=ContentLimits(size=limit),
        )
        if version.files.filter(path=facts.name).exists():
            raise FileExists(
                _("This version holds a file called %(name)s already.") % {"name": facts.name},
                field="file",
                next_step=_("Give it another name, or start a new version."),
            )
        key = f"datasets/{version.pk}/{facts.digest.removeprefix('sha256:')}"
        get(ObjectStore).put(key, _read(upload), limit=limit)
    file_ = DatasetFile(
        version=version,
        path=facts.name,
        media_type=facts.media_type,
        size=facts.size,
        digest=facts.digest,
        key=key,
    )
    with transaction.atomic():
        version = DatasetVersion.objects.select_for_update().get(pk=version.pk)
        if version.state != "draft":
            raise VersionIsFixed(
                _("This version is inspected and fixed."), next_step=_("Start a new version.")
            )
        enter(file_, "version:add_file", by=by, data={"size": facts.size})
        version.digest = digest(version.manifest())
        enter(version, "version:change_manifest", by=by, fields=["digest"])
    return file_


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def inspect_version(version: DatasetVersion, *, by: Actor) -> DatasetVersion:
    """Fetch every file, compare its digest, profile the tables, and keep the report with its digest.

    Raises `NoFiles`, `FilesChanged`, `NotATable`.
    """
    if not by.may(Permission.MANAGE, version):
        raise NotAllowed(_("Only the holder's steward may inspect it."), rule=Permission.MANAGE)
    files = [
        _inspected(file, restricted=version.dataset.restricted) for file in version.files.order_by("path")
    ]
    report = {"schema": "aifactory/version-report/1", "version": version.digest, "files": files}
    figures = {"files": len(files), "rows": sum(f["table"]["rows"] for f in files if f["table"])}
    return fire(version, "inspect", by=by, data=figures, report=report, report_digest=digest(report))


def _inspected(file: DatasetFile, *, restricted: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="inspect-") as folder:
        copy = Path(folder, "file")
        try:
            found = get(ObjectStore).fetch(file.key, copy)
        except NoSuchObject as problem:
            raise _changed(file) from problem
        if (found.digest, found.size) != (file.digest, file.size):
            raise _changed(file)
        table = None
        if file.media_type in READERS:
            table = inspect_table(copy, media_type=file.media_type, restricted=restricted)
    return {
        "path": file.path,
        "media_type": file.media_type,
        "size": file.size,
        "digest": file.digest,
        "table": table,
    }


def _changed(file: DatasetFile) -> FilesChanged:
    return FilesChanged(
        _("The stored bytes of %(path)s are not the ones that were uploaded.") % {"path": file.path},
        rule="digest",
        next_step=_("Tell the factory office, and upload the file again in a new version."),
    )


def verify_files(version: DatasetVersion, *, by: Actor) -> None:
    """Hash every stored file anew. Raises `FilesChanged` (and writes it to the log) where one differs."""
    for file in version.files.order_by("path"):
        try:
            same = get(ObjectStore).stat(file.key).digest == file.digest
        except NoSuchObject:
            same = False
        if not same:
            note("version:found_changed", by=by, data={"version": version.pk, "file": file.pk})
            raise _changed(file)


def publish_version(version: DatasetVersion, *, by: Actor) -> DatasetVersion:
    """Fix the version for good, once its files still are what was inspected.

    Raises `FilesChanged`, `PersonalDataWasNotAnnounced`, `PersonalDataCannotBePublic`.
    """
    if version.state == "inspected" and by.may(Permission.MANAGE, version):
        verify_files(version, by=by)
    return fire(version, "publish", by=by)


def withdraw_version(version: DatasetVersion, *, by: Actor, reason: str) -> DatasetVersion:
    """Take a version back; every agreement on it ends at once."""
    with transaction.atomic():
        version = fire(version, "withdraw", by=by)
        _end_all(version, by=by, reason=reason)
    return version


def _end_all(version: DatasetVersion, *, by: Actor, reason: str) -> None:
    from aifactory.datasets.lifecycle import LIVE

    for agreement in version.agreements.filter(state__in=LIVE):
        end_agreement(agreement, by=by, reason=reason)


def make_offer(dataset: Dataset, *, by: User, terms: dict[str, Any], self_service: bool = False) -> Offer:
    """Offer the dataset under these terms. Raises `Invalid` for words outside the closed lists."""
    document = write(terms).document()
    offer = Offer(
        dataset=dataset, terms=document, digest=digest(document), self_service=self_service, offered_by=by
    )
    return enter(offer, "offer:make", by=by, permission=Permission.OFFER)


def close_offer(offer: Offer, *, by: Actor) -> Offer:
    """Take no more requests under this offer; agreements under it go on."""
    return fire(offer, "close", by=by)
