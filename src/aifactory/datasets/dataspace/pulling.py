"""The consumer's side of a transfer: the data comes in, and the agreement becomes one of the factory's own.

What comes is kept as a dataset that the other party holds, under an offer that is closed: nobody but the
project that asked can use it, and it is never offered on. Each step looks at what is there already, so that
it can be begun again after any interruption.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire
from aifactory.audit.queries import history
from aifactory.awards.models import Project
from aifactory.datasets import actions, contracts, guards
from aifactory.datasets import vocabulary as v
from aifactory.datasets.dataspace import asking, moving, policies
from aifactory.datasets.dataspace.agreed import TOKEN_LIFETIME, last_moment
from aifactory.datasets.dataspace.conduct import conduct
from aifactory.datasets.dataspace.models import Negotiation, Transfer
from aifactory.datasets.dataspace.rules import DATASPACE
from aifactory.datasets.models import Agreement, Dataset, DatasetVersion, Offer
from aifactory.datasets.permissions import Permission
from aifactory.datasets.processing.actions import state_as_told
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused
from aifactory.ports.dataspace import AddressRefused, Caller, Unreachable
from aifactory.ports.registry import get

LONGEST_PAUSE_S = 600
log = structlog.get_logger()


class NotWhatWasPromised(Refused):
    """What the provider gives is not whole, or not what its own list says."""


class DataIsClosed(NotWhatWasPromised):
    """The provider says that our token opens nothing (any more)."""


def turn() -> int:
    """Get the data of every started transfer that has not brought it yet; return how many came whole."""
    if not conduct().pulls:
        return 0
    due = Transfer.objects.filter(role="consumer", state="started", pull_at__lte=clock.now())
    return sum(_try(transfer) for transfer in due.select_related("negotiation__participant", "participant"))


def _try(transfer: Transfer) -> bool:
    """Pull once. Whatever a provider says, it holds up nobody else's data."""
    try:
        return _tried(transfer)
    except Exception as problem:
        log.exception("dataspace_pull_failed", transfer=transfer.pk)
        return _later(transfer, problem)


def _tried(transfer: Transfer) -> bool:
    try:
        pull(transfer)
    except DataIsClosed as refusal:
        if clock.now() - transfer.created_at > TOKEN_LIFETIME and transfer.negotiation is not None:
            # The token is too old: a new transfer brings a new one, or the provider's no.
            moving.terminate(transfer, by=DATASPACE, code="token", reason=refusal.message)
            asking.get_data(transfer.negotiation, by=DATASPACE)
            return False
        return _later(transfer, refusal)
    except (Refused, Unreachable, AddressRefused) as problem:
        return _later(transfer, problem)
    Transfer.objects.filter(pk=transfer.pk).update(pull_at=None, trouble="", data_address=None)
    return True


def _later(transfer: Transfer, problem: Exception) -> bool:
    waited = (clock.now() - transfer.created_at).total_seconds()
    pause = timedelta(seconds=min(max(2.0, waited), LONGEST_PAUSE_S))
    trouble = str(problem).encode(errors="replace").decode().replace("\0", "")[:300]
    Transfer.objects.filter(pk=transfer.pk).update(pull_at=clock.now() + pause, trouble=trouble)
    return False


def pull(transfer: Transfer) -> Agreement:
    """Bring in the data of a transfer and put its agreement in force here.

    Raises `Unreachable`, `NotWhatWasPromised`, whatever taking in the files raises.
    """
    endpoint, headers = _way(transfer)
    negotiation = transfer.negotiation
    if negotiation is None:
        raise NotWhatWasPromised(_("We have no agreement for this transfer."))
    listed = _manifest(endpoint, headers)
    version = _version(transfer, negotiation, listed)
    if version.state == "draft":
        _take_files(version, listed, endpoint, headers)
        version.refresh_from_db()
        if version.digest != listed["digest"]:
            raise NotWhatWasPromised(_("The files are not the ones that were promised."), rule="digest")
        actions.inspect_version(version, by=DATASPACE)
    if version.state == "inspected":
        actions.publish_version(version, by=DATASPACE)
    if version.dataset.state == "draft":
        actions.publish_dataset(version.dataset, by=DATASPACE)
    return _agreement(negotiation, version)


def _way(transfer: Transfer) -> tuple[str, dict[str, str]]:
    """Return where the data is and what opens it; it must be at the provider's own address."""
    address = transfer.data_address or {}
    said = {p.get("name"): p.get("value") for p in address.get("endpointProperties", [])}
    endpoint = str(address.get("endpoint", ""))
    conduct().check_callback(transfer.participant, endpoint)
    return endpoint, {"Authorization": f"Bearer {said.get('authorization', '')}"}


def _manifest(endpoint: str, headers: Mapping[str, str]) -> Mapping[str, Any]:
    answer = get(Caller).call("GET", endpoint, None, headers)
    if answer.status != 200:
        kind = DataIsClosed if answer.status in (401, 403) else NotWhatWasPromised
        raise kind(
            _("The provider does not give the data: %(said)s")
            % {"said": f"{answer.status} {answer.body.get('reason', '')}"}
        )
    match answer.body:
        case {
            "files": list(files),
            "digest": str(),
            "addresses": dict(addresses),
            "media_types": dict(media_types),
            "dataset": dict(),
            "number": int(),
        } if (
            all(
                isinstance(f, dict) and f.get("path") in addresses and f["path"] in media_types for f in files
            )
            and files
        ):
            return answer.body
    raise NotWhatWasPromised(_("The provider's list of files can't be read."))


def _version(transfer: Transfer, negotiation: Negotiation, listed: Mapping[str, Any]) -> DatasetVersion:
    """Return the version that the files go into, made when there is none."""
    if transfer.version_id:
        return DatasetVersion.objects.select_related("dataset").get(pk=transfer.version_id)
    earlier = negotiation.transfers.exclude(version=None).order_by("pk").last()
    with transaction.atomic():
        version = earlier.version if earlier and earlier.version else None
        version = version or DatasetVersion(dataset=_dataset(negotiation, listed["dataset"]), number=1)
        if version._state.adding:  # noqa: SLF001 - Django's own name
            enter(version, "version:start", by=DATASPACE, permission=Permission.MANAGE)
        transfer.version = version
        enter(
            transfer,
            "transfer:take_in",
            by=DATASPACE,
            data={"version": version.pk, "digest": str(listed["digest"])[:71]},
            fields=["version"],
        )
    return version


def _dataset(negotiation: Negotiation, said: Mapping[str, Any]) -> Dataset:
    """Enter what the provider says of the data; closed lists are ours, and what is unclear counts as personal."""

    def text(name: str, limit: int) -> str:
        return str(said.get(name) or "")[:limit]

    theme, licence = text("theme", 12), text("licence", 20)
    dataset = Dataset(
        title=text("title", 200) or negotiation.dataset,
        title_nl=text("title_nl", 200),
        description=text("description", 5_000) or negotiation.dataset,
        description_nl=text("description_nl", 5_000),
        holder=negotiation.participant.organisation,
        steward=negotiation.participant.contact,
        theme=theme if theme in v.THEMES else "science",
        access="nonpublic",
        licence=licence if licence in v.LICENCES else "agreement",
        contains_personal_data=said.get("contains_personal_data") is not False,
    )
    enter(dataset, "dataset:describe", by=DATASPACE, permission=Permission.MANAGE)
    if dataset.contains_personal_data:
        # What the provider does not tell, the office can add; until then the data is not published, so not used.
        state_as_told(dataset, said.get("personal_data"), by=DATASPACE)
    return dataset


def _take_files(
    version: DatasetVersion, listed: Mapping[str, Any], endpoint: str, headers: Mapping[str, str]
) -> None:
    there = set(version.files.values_list("path", flat=True))
    for file in listed["files"]:
        path = file["path"]
        if path in there:
            continue
        address = str(listed["addresses"][path])
        if not address.startswith(endpoint + "/"):
            raise NotWhatWasPromised(_("A file is said to be at another address."), rule="address")
        with get(Caller).stream(address, headers) as (status, chunks):
            if status != 200:
                raise NotWhatWasPromised(_("The provider does not give a file."), rule=str(status))
            actions.add_file(
                version,
                chunks,
                by=DATASPACE,
                name=str(path),
                media_type=str(listed["media_types"][path]),
            )


def _agreement(negotiation: Negotiation, version: DatasetVersion) -> Agreement:
    """Put the agreement in force for the project that asked, signed for both as the messages prove."""
    if negotiation.agreed_id:
        return Agreement.objects.get(pk=negotiation.agreed_id)
    policy = negotiation.agreement or {}
    terms = policies.read(policy)
    with transaction.atomic():
        offer = Offer(
            dataset=version.dataset,
            terms=terms.document(),
            digest=digest(terms.document()),
            offered_by=negotiation.participant.contact,
        )
        enter(offer, "offer:make", by=DATASPACE, permission=Permission.OFFER)
        fire(offer, "close", by=DATASPACE)
        agreement = Agreement(
            offer=offer,
            version=version,
            organisation=_project(negotiation).organisation,
            project=negotiation.project,
            requested_by=negotiation.requested_by,
            purpose=negotiation.purpose,
            terms=terms.document(),
            valid_until=min(last_moment(terms), _project(negotiation).ends_at),
        )
        guards.terms_still_allow(agreement, DATASPACE)
        enter(agreement, "agreement:request", by=DATASPACE, permission=Permission.REQUEST)
        agreement.valid_from = clock.now()
        sealed = agreement.contract_digest()
        theirs = negotiation.participant.identifier
        holder = contracts.signature(agreement, party="holder", person=theirs)
        fire(
            agreement,
            "agree",
            by=DATASPACE,
            data={"contract": sealed, "their_agreement": negotiation.agreement_pid},
            valid_from=agreement.valid_from,
            digest=sealed,
            holder_signature=holder,
        )
        user = contracts.signature(agreement, party="user", person=str(negotiation.requested_by_id))
        fire(agreement, "conclude", by=DATASPACE, data={"contract": sealed}, user_signature=user)
        negotiation.agreed = agreement
        enter(negotiation, "negotiation:keep_agreement", by=DATASPACE, fields=["agreed"])
    return agreement


def _project(negotiation: Negotiation) -> Project:
    return Project.objects.select_related("organisation").get(pk=negotiation.project)


def follow() -> int:
    """Let our own agreements follow the transfers they came by: suspended, resumed, or ended with them.

    Called by the worker; running jobs on the data stop with the agreement. What people here have suspended stays so.
    Returns how many changed.
    """
    newer = Transfer.objects.filter(negotiation=OuterRef("negotiation"), pk__gt=OuterRef("pk"))
    rows = Transfer.objects.filter(~Exists(newer), role="consumer", negotiation__agreed__isnull=False)
    rows = rows.select_related("negotiation__agreed")
    wrong: dict[str, tuple[str, ...]] = {"suspended": ("in_force",), "started": ("suspended",)}
    over = ("requested", "agreed", "in_force", "suspended")
    wrong |= {"terminated": over, "completed": over}
    changed = 0
    for state, not_yet in wrong.items():
        for transfer in rows.filter(state=state, negotiation__agreed__state__in=not_yet):
            try:
                changed += _follow(transfer)
            except Refused:  # somebody here was quicker; the next round looks again
                log.exception("dataspace_follow_failed", transfer=transfer.pk)
    return changed


def _follow(transfer: Transfer) -> bool:
    assert transfer.negotiation is not None  # noqa: S101 - `follow` asks for one with an agreement
    agreement = transfer.negotiation.agreed
    assert agreement is not None  # noqa: S101
    said = transfer.reason or _("The data may not be used any more.")
    match transfer.state:
        case "suspended":
            actions.suspend_agreement(agreement, by=DATASPACE, reason=said)
        case "started":
            if not _suspended_by_the_provider(agreement):
                return False
            actions.resume_agreement(agreement, by=DATASPACE)
        case _:
            actions.end_agreement(agreement, by=DATASPACE, reason=said)
    return True


def _suspended_by_the_provider(agreement: Agreement) -> bool:
    """Say whether it was the transfer that suspended it: what a person suspended, a person lets go on."""
    stops = [event for event in history(agreement.thing) if event.name == "agreement:suspend"]
    return bool(stops) and stops[-1].actor == DATASPACE.id
