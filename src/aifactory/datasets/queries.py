"""Reads of datasets, offers and agreements that all faces and the supercomputer share."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from aifactory.audit.record import plain
from aifactory.datasets import contracts, details
from aifactory.datasets.drift import Change, changes
from aifactory.datasets.guards import duties_of
from aifactory.datasets.lifecycle import LIVE
from aifactory.datasets.models import Agreement, CatalogueSource, Dataset, DatasetFile, DatasetVersion, Offer
from aifactory.datasets.processing.queries import said_of
from aifactory.datasets.processing.said import Said
from aifactory.datasets.projections.entry import Column, Entry, FileEntry
from aifactory.datasets.rules import sees_details
from aifactory.datasets.terms import read, to_odrl, words
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.people.models import Role, User
from aifactory.people.rules import not_here, visible

#: How many datasets a page of the catalogue shows.
PAGE = 24
#: Files as lists show them: without the digests of their groups, which only the manifest names.
_FILES = Prefetch("files", DatasetFile.objects.defer("groups"))


def catalogue(viewer: Any) -> QuerySet[Dataset]:
    """Return the published datasets of this factory that the viewer sees."""
    return visible(Dataset, viewer).filter(state="published").select_related("holder")


def source_names(ids: Iterable[str]) -> dict[str, str]:
    """Return the names of the catalogues that cards come from; without asking where there are none."""
    wanted = [one for one in ids if one.startswith(CatalogueSource.PREFIX)]
    return dict(CatalogueSource.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def managed(user: User) -> QuerySet[Dataset]:
    """Return the datasets of the organisations for which this person is a steward."""
    if not user.has_role(Role.STEWARD):
        return Dataset.objects.none()
    return Dataset.objects.filter(holder__in=user.organisation_ids).select_related("holder")


def requests_to_decide(user: User) -> QuerySet[Agreement]:
    """Return the requests that wait for this steward."""
    return agreements_with_names(
        Agreement.objects.filter(state="requested", offer__dataset__in=managed(user).values("pk"))
    )


def agreements_to_sign(user: User) -> QuerySet[Agreement]:
    """Return the agreements that wait for this person's signature for an organisation."""
    organisations = user.memberships.filter(until=None, representative=True).values("organisation")
    return agreements_with_names(Agreement.objects.filter(state="agreed", organisation__in=organisations))


def agreements_with_names(rows: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Load what a list of agreements shows in one query."""
    return rows.select_related("offer__dataset__holder", "organisation", "version")


def versions(dataset: Dataset, viewer: Any) -> list[DatasetVersion]:
    """Return the versions that the viewer sees, newest first, with their files."""
    rows = visible(DatasetVersion, viewer).filter(dataset=dataset).prefetch_related(_FILES)
    return list(rows.order_by("-number"))


def latest(dataset: Dataset) -> DatasetVersion | None:
    """Return the newest published version."""
    return dataset.versions.filter(state="published").order_by("-number").first()


def agreement_in_force(*, project: str, version: str, purpose: str, attempt: str = "") -> Agreement:
    """Return the agreement under which a project may use a version now. Raises `NoValidAgreement`.

    `project` and `version` are ids; an empty `purpose` asks for any; `attempt` names a use that was counted.
    """
    rows = Agreement.objects.filter(project=project, version=version).select_related(
        "version__dataset", "offer__dataset", "organisation"
    )
    found = sorted(
        rows, key=lambda a: (a.holds, a.state == "in_force", a.purpose == purpose, a.pk), reverse=True
    )
    if not found:
        raise contracts.never_concluded()
    contracts.check(found[0], version=found[0].version, project=project, purpose=purpose, attempt=attempt)
    return found[0]


def agreements_ended(ids: Iterable[str]) -> list[dict[str, str]]:
    """Return those of these agreements that no longer hold, each with the reason: `{agreement, why}`."""
    now = clock.now()
    rows = Agreement.objects.filter(pk__in=list(ids)).exclude(state="in_force", valid_until__gt=now)
    renewed = Agreement.objects.filter(
        state="in_force", valid_from__lte=now, valid_until__gt=now, renews__isnull=False
    )
    # One that only ran out goes on under its renewal; one that was stopped does not.
    rows = rows.exclude(state="in_force", pk__in=renewed.values("renews"))
    return [{"agreement": a.pk, "why": contracts.why_stopped(a)} for a in rows.order_by("pk")]


def is_over(agreement: Agreement) -> bool:
    """Say whether nobody will use data under an agreement again: it was ended, or ran out and is not renewed."""
    if agreement.state == "ended":
        return True
    if agreement.state not in {"in_force", "suspended"} or agreement.valid_until > clock.now():
        return False
    return all(is_over(renewal) for renewal in agreement.renewals.filter(state__in=LIVE))


def agreements_ended_since(moment: datetime) -> list[dict[str, str]]:
    """Return the agreements that stopped holding after `moment`: suspended, ended or expired."""
    now = clock.now()
    rows = Agreement.objects.filter(
        Q(stopped_at__gt=moment) | Q(state="in_force", valid_until__gt=moment, valid_until__lte=now)
    )
    return [{"agreement": a.pk, "why": contracts.why_stopped(a)} for a in rows.order_by("pk")]


def report_for(version: DatasetVersion, viewer: Any) -> dict[str, Any] | None:
    """Return the inspection report where the viewer may know the columns, else None."""
    viewer = viewer if isinstance(viewer, User) else None
    return version.report if sees_details(viewer, version) else None


def drift_of(version: DatasetVersion, viewer: Any) -> tuple[DatasetVersion, list[Change]] | None:
    """Return the version before this one and what changed since, where the viewer may know the columns of both."""
    before = (
        visible(DatasetVersion, viewer)
        .filter(dataset=version.dataset_id, number__lt=version.number)
        .exclude(report=None)
        .order_by("-number")
        .select_related("dataset")
        .first()
    )
    old, new = (report_for(one, viewer) if one else None for one in (before, version))
    return (before, changes(old, new)) if before and old and new else None


def dataset_facts(dataset: Dataset) -> dict[str, Any]:
    """Return one dataset as the API shows it to everyone."""
    return {
        "id": dataset.pk,
        "title": {"en": dataset.title, "nl": dataset.title_nl},
        "description": {"en": dataset.description, "nl": dataset.description_nl},
        "holder": dataset.holder.name,
        "theme": dataset.theme,
        "access": dataset.access,
        "licence": dataset.licence,
        "contains_personal_data": dataset.contains_personal_data,
        "personal_data": said_of(dataset).document() if dataset.contains_personal_data else None,
        "details": dataset.details,
        "state": dataset.state,
    }


def version_facts(version: DatasetVersion, viewer: Any) -> dict[str, Any]:
    """Return one version; files and report only for who may know them."""
    person = viewer if isinstance(viewer, User) else None
    details = sees_details(person, version)
    files = sorted(version.files.all(), key=lambda f: str(f.path))
    return {
        "id": version.pk,
        "dataset": version.dataset_id,
        "number": version.number,
        "state": version.state,
        "digest": version.digest,
        "size": sum(f.size for f in files),
        "report_digest": version.report_digest,
        "files": [file_facts(f) for f in files] if details else None,
        "report": version.report if details else None,
    }


def file_facts(file: DatasetFile) -> dict[str, Any]:
    """Return one file of a version; size in bytes."""
    return {"id": file.pk, "path": file.path, "size": file.size, "digest": file.digest, "blake3": file.blake3}


def manifest_for(version: DatasetVersion, viewer: Any) -> dict[str, Any]:
    """Return the manifest of a version that has one, for who may know its files. Raises `NotFound`."""
    person = viewer if isinstance(viewer, User) else None
    if not version.digest or not sees_details(version=version, viewer=person):
        raise not_here()
    return version.manifest()


def offer_facts(offer: Offer, language: str = "en") -> dict[str, Any]:
    """Return one offer with its terms, in words too."""
    return {
        "id": offer.pk,
        "dataset": offer.dataset_id,
        "state": offer.state,
        "self_service": offer.self_service,
        "digest": offer.digest,
        "report_digest": offer.report_digest,
        "terms": offer.terms,
        "words": words(read(offer.terms), language),
    }


def agreement_facts(agreement: Agreement) -> dict[str, Any]:
    """Return one agreement as both parties may read it."""
    return {
        "id": agreement.pk,
        "state": agreement.state,
        "dataset": agreement.offer.dataset_id,
        "title": agreement.offer.dataset.title,
        "version": agreement.version_id,
        "version_digest": agreement.version.digest,
        "report_digest": agreement.version.report_digest,
        "organisation": agreement.organisation.name,
        "project": agreement.project,
        "purpose": agreement.purpose,
        "explanation": agreement.explanation,
        "persons": agreement.named,
        "terms": agreement.terms,
        "terms_digest": digest(agreement.terms),
        "digest": agreement.digest,
        "valid_from": plain(agreement.valid_from),
        "valid_until": plain(agreement.valid_until),
        "renews": agreement.renews_id,
        "duties": [
            {"duty": code, "met": said.met if said else None, "reason": said.reason if said else ""}
            for code, said in duties_of(agreement).items()
        ],
        "reason": agreement.reason,
    }


def signed_contract(agreement: Agreement) -> dict[str, Any]:
    """Return the contract with both envelopes, for whoever wants to check them without us."""
    return {
        "contract": agreement.contract() if agreement.valid_from else None,
        "digest": agreement.digest,
        "holder_signature": agreement.holder_signature,
        "user_signature": agreement.user_signature,
        "persons_changes": [
            {
                "amendment": change.amendment(),
                "holder_signature": change.holder_signature,
                "user_signature": change.user_signature,
            }
            for change in agreement.persons_changes.filter(state="in_force").order_by("decided_at", "pk")
        ],
    }


def offer_policy(offer: Offer, absolute: Callable[[str], str]) -> dict[str, Any]:
    """Return an offer as ODRL. `absolute` turns a path into an address."""
    dataset = absolute(f"/datasets/{offer.dataset_id}/")
    return to_odrl(
        read(offer.terms),
        uid=absolute(f"/offers/{offer.pk}/odrl.jsonld"),
        kind="Offer",
        target=dataset,
        assigner=absolute(f"/organisations/{offer.dataset.holder_id}/"),
    )


def agreement_policy(agreement: Agreement, absolute: Callable[[str], str]) -> dict[str, Any]:
    """Return an agreement as ODRL, between holder and user."""
    dataset = agreement.offer.dataset
    return to_odrl(
        read(agreement.terms),
        uid=absolute(f"/agreements/{agreement.pk}/odrl.jsonld"),
        kind="Agreement",
        target=absolute(f"/datasets/{dataset.pk}/"),
        assigner=absolute(f"/organisations/{dataset.holder_id}/"),
        assignee=absolute(f"/organisations/{agreement.organisation_id}/"),
    )


def for_entries(rows: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """Load what entries need in a fixed number of queries, however many datasets there are."""
    published = DatasetVersion.objects.filter(state="published").order_by("number").prefetch_related(_FILES)
    offers = Offer.objects.filter(state="open").order_by("pk")
    return rows.select_related("holder", "personal").prefetch_related(
        Prefetch("versions", published, to_attr="published_versions"),
        Prefetch("offers", offers, to_attr="open_offers"),
    )


def entries(rows: QuerySet[Dataset], absolute: Callable[[str], str]) -> list[Entry]:
    """Return what the public catalogue says of these datasets, in their order."""
    loaded: list[Any] = list(for_entries(rows))
    return [entry(dataset, absolute) for dataset in loaded if dataset.published_versions]


def entry(dataset: Any, absolute: Callable[[str], str]) -> Entry:
    """Return what everyone may know of a dataset loaded by `for_entries` with a published version."""
    version = dataset.published_versions[-1]
    files = sorted(version.files.all(), key=lambda f: str(f.path))
    purposes = {p for offer in dataset.open_offers for p in offer.terms["purposes"]}
    return Entry(
        address=absolute(f"/datasets/{dataset.pk}/"),
        identifier=dataset.pk,
        title={"en": dataset.title, "nl": dataset.title_nl},
        description={"en": dataset.description, "nl": dataset.description_nl},
        holder=dataset.holder.name,
        holder_address=absolute(f"/organisations/{dataset.holder_id}/"),
        theme=dataset.theme,
        access=dataset.access,
        licence=dataset.licence,
        personal_data=dataset.contains_personal_data,
        purposes=tuple(sorted(purposes)),
        version=str(version.number),
        digest=version.digest,
        report_digest=version.report_digest,
        size=sum(f.size for f in files),
        issued=dataset.created_at,
        modified=version.created_at,
        files=() if dataset.restricted else tuple(_file(f, version, absolute) for f in files),
        offers=tuple(absolute(f"/offers/{offer.pk}/odrl.jsonld") for offer in dataset.open_offers),
        details=details.read(dataset.details),
        personal=dataset.personal.said if hasattr(dataset, "personal") else Said(),
    )


def _file(file: DatasetFile, version: DatasetVersion, absolute: Callable[[str], str]) -> FileEntry:
    """Return a file of open data with its columns, as the inspection found them."""
    reports = {f["path"]: f["table"] for f in (version.report or {}).get("files", ())}
    table = reports.get(file.path)
    columns = tuple(Column(c["name"], c["kind"], c["type"]) for c in table["columns"]) if table else ()
    address = absolute(f"/datasets/files/{file.pk}/")
    return FileEntry(address, file.path, file.media_type, file.size, file.digest, columns)
