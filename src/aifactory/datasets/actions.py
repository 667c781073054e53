"""What can be done to datasets, their versions and files, and to offers."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
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
from aifactory.datasets.inspection import READERS, SCHEMA, inspect_table
from aifactory.datasets.intake.files import (
    FileExists,
    VersionIsFixed,
    enter_file,
    look_at,
    may_add,
    name_is_free,
)
from aifactory.datasets.models import Dataset, DatasetFile, DatasetVersion, Offer
from aifactory.datasets.permissions import Permission
from aifactory.datasets.processing.actions import state
from aifactory.datasets.search import index
from aifactory.datasets.terms import write
from aifactory.datasets.vault import opening
from aifactory.kit.canonical import digest
from aifactory.kit.content import measured
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.kit.ids import new_id
from aifactory.kit.sealed import sealed_size
from aifactory.people.models import Organisation, User
from aifactory.ports.identity import Actor
from aifactory.ports.object_store import NoSuchObject, ObjectStore
from aifactory.ports.object_store import TooLarge as StoreTooLarge
from aifactory.ports.registry import get

__all__ = [
    "FileExists", "VersionIsFixed",
    "accept_terms", "add_file", "close_offer", "conclude", "counter_request", "decide_request", "describe", "edit",
    "end_agreement", "inspect_version", "make_offer", "mount_grant", "new_version", "propose_terms",
    "publish_dataset", "publish_version", "renew_agreement", "request_agreement", "resume_agreement",
    "suspend_agreement", "tell_more", "verify_files", "withdraw_dataset",
    "withdraw_version",
]  # fmt: skip

#: Bytes of a file that is taken in at once; larger ones come in parts (`intake`).
FILE_LIMIT = 500_000_000
_FACTS = ("title", "title_nl", "description", "description_nl", "theme", "access", "licence")


class ClassificationIsFixed(Refused):
    """Who may see the data, and whether it is about people, decided how it was inspected."""


class ReportDoesNotFit(Refused):
    """A report is about other tables than the version's, or was made under other rules than it needs."""


class FilesChanged(Refused):
    """The bytes in the store are not the ones that were uploaded."""


def describe(
    *,
    by: User,
    holder: Organisation,
    contains_personal_data: bool,
    personal: Mapping[str, Any] | None = None,
    **facts: str,
) -> Dataset:
    """Enter a new dataset as a draft; `personal` is what the law asks of personal data, in the words of `processing`.

    Raises `Invalid`, `NotAllowed`.
    """
    _check(facts)
    dataset = Dataset(holder=holder, steward=by, contains_personal_data=contains_personal_data, **facts)
    personal_is_not_public(dataset)
    with transaction.atomic():
        enter(dataset, "dataset:describe", by=by, permission=Permission.MANAGE)
        _tell_of_people(dataset, personal, by=by)
    return dataset


def _tell_of_people(dataset: Dataset, said: Mapping[str, Any] | None, *, by: Actor) -> None:
    if dataset.contains_personal_data and said is not None:
        state(dataset, by=by, said=said)


def edit(
    dataset: Dataset,
    *,
    by: Actor,
    contains_personal_data: bool,
    personal: Mapping[str, Any] | None = None,
    **facts: str,
) -> Dataset:
    """Change the description, and with `personal` what is said of personal data.

    Raises `Invalid`, `NotAllowed`, `ClassificationIsFixed`.
    """
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
    with transaction.atomic():
        dataset = _edited(dataset, by=by, fields=fields)
        _tell_of_people(dataset, personal, by=by)
    return dataset


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
    """Take in one file at once: measured, checked for what it truly is, stored, and added to the manifest.

    `limit` is in bytes; the stream is not read past it. Raises `NotAllowed`, `VersionIsFixed`, `TooLarge`,
    `TypeLies`, `ArchiveBomb`, `UnsafeName`, `FileExists`, `KeyIsDestroyed`.
    """
    may_add(version, by=by)
    store = get(ObjectStore)
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        upload = Path(folder, "upload")
        with upload.open("wb") as file:
            file.writelines(measured(chunks, limit))
        facts = look_at(upload, name=name, media_type=media_type, limit=limit)
        name_is_free(version, facts.name)
        key = f"datasets/{version.pk}/{new_id('raw')}"
        salt = opening.new_salt(version.dataset, by=by)
        store.put(key, opening.rested(version.dataset, _read(upload), salt, key), limit=sealed_size(limit))
        try:
            return enter_file(version, upload, facts, key=key, salt=salt, by=by)
        except Refused:
            store.delete(key)
            raise


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
    if version.state in ("draft", "inspected"):
        _seal_what_rests_plain(version, by=by)
    files = [
        _inspected(file, restricted=version.dataset.restricted)
        for file in version.files.order_by("path").select_related("version")
    ]
    return _keep_report(version, files, by=by)


def take_report(
    version: DatasetVersion, tables: Mapping[str, Any], *, by: Actor, data: Mapping[str, str]
) -> DatasetVersion:
    """Keep the report that a cluster made of the version's tables, by path; `data` says of which job's result it is.

    It is the report that `inspect_version` makes, with the same digest. Raises `NotAllowed`, `ReportDoesNotFit`.
    """
    if not by.may(Permission.MANAGE, version):
        raise NotAllowed(_("Only the holder's steward may inspect it."), rule=Permission.MANAGE)
    files = list(version.files.order_by("path"))
    should = {file.path: version.dataset.restricted for file in files if file.media_type in READERS}
    is_whole = all(map(_is_report, tables.values()))
    if not is_whole or {path: table["restricted"] for path, table in tables.items()} != should:
        raise ReportDoesNotFit(
            _("The report is not about the tables of this version, or hides too little of them."),
            rule="report",
            next_step=_("Order the inspection again on the page of the version."),
        )
    if version.state in ("draft", "inspected"):
        _seal_what_rests_plain(version, by=by)
    told = [_of_file(file, tables.get(file.path)) for file in files]
    return _keep_report(version, told, by=by, data=data)


def _is_report(table: Any) -> bool:
    match table:
        case {"schema": str(schema), "restricted": bool(), "rows": int(), "columns": list()}:
            return schema == SCHEMA
    return False


def _keep_report(
    version: DatasetVersion, files: list[dict[str, Any]], *, by: Actor, data: Mapping[str, str] | None = None
) -> DatasetVersion:
    report = {"schema": "aifactory/version-report/1", "version": version.digest, "files": files}
    figures = {"files": len(files), "rows": sum(f["table"]["rows"] for f in files if f["table"])} | dict(
        data or {}
    )
    return fire(version, "inspect", by=by, data=figures, report=report, report_digest=digest(report))


def _seal_what_rests_plain(version: DatasetVersion, *, by: Actor) -> None:
    """Seal the files that came in while the dataset was still to be open; the plain bytes go."""
    store = get(ObjectStore)
    for file in version.files.filter(salt="") if version.dataset.restricted else ():
        plain, key = file.key, f"datasets/{version.pk}/{new_id('raw')}"
        salt = opening.new_salt(version.dataset, by=by)
        try:
            chunks = opening.rested(version.dataset, store.open(plain), salt, key)
            store.put(key, chunks, limit=sealed_size(file.size))
        except (NoSuchObject, StoreTooLarge) as problem:
            raise _changed(file) from problem
        file.key, file.salt = key, salt
        enter(file, "version:seal_file", by=by, fields=["key", "salt"])
        store.delete(plain)


def _inspected(file: DatasetFile, *, restricted: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="inspect-") as folder:
        copy = Path(folder, "file")
        if not opening.fetch(file, copy):
            raise _changed(file)
        table = None
        if file.media_type in READERS:
            table = inspect_table(copy, media_type=file.media_type, restricted=restricted)
    return _of_file(file, table)


def _of_file(file: DatasetFile, table: dict[str, Any] | None) -> dict[str, Any]:
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
    for file in version.files.order_by("path").select_related("version"):
        if not opening.holds(file):
            note("version:found_changed", by=by, data={"version": version.pk, "file": file.pk})
            raise _changed(file)


def publish_version(version: DatasetVersion, *, by: Actor) -> DatasetVersion:
    """Fix the version for good, once its files still are what was inspected.

    Raises `FilesChanged`, `PersonalDataWasNotAnnounced`, `PersonalDataCannotBePublic`.
    """
    if version.state == "inspected" and by.may(Permission.MANAGE, version):
        verify_files(version, by=by)
    with transaction.atomic():
        version = fire(version, "publish", by=by)
        _bind_offers(version, by=by)
    return version


def _bind_offers(version: DatasetVersion, *, by: Actor) -> None:
    """Bind what is on offer to the report of the version that is now offered."""
    rows = Offer.objects.filter(dataset=version.dataset_id, state="open").exclude(
        report_digest=version.report_digest
    )
    for offer in rows:
        offer.report_digest = version.report_digest
        enter(offer, "offer:bind", by=by, fields=["report_digest"])


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
    inspected = dataset.versions.filter(state__in=("inspected", "published")).order_by("-number")
    report = inspected.values_list("report_digest", flat=True).first()
    offer = Offer(
        dataset=dataset,
        terms=document,
        digest=digest(document),
        report_digest=report or "",
        self_service=self_service,
        offered_by=by,
    )
    return enter(offer, "offer:make", by=by, permission=Permission.OFFER)


def close_offer(offer: Offer, *, by: Actor) -> Offer:
    """Take no more requests under this offer; agreements under it go on."""
    return fire(offer, "close", by=by)
