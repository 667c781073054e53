"""Reads of the dataspace that pages, API and commands share, and the catalogues of others."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from aifactory.audit.record import plain
from aifactory.datasets.dataspace import policies
from aifactory.datasets.dataspace.messages import write
from aifactory.datasets.dataspace.models import Message, Negotiation, Participant, Process, Transfer
from aifactory.datasets.terms import words
from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused
from aifactory.people.language import spoken
from aifactory.ports.dataspace import AddressRefused, Answer, Caller, Identity, Unreachable
from aifactory.ports.registry import get


class NoCatalogue(Refused):
    """The other participant's catalogue can't be had now."""


def with_names(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Load what a list of processes shows in the same query."""
    return rows.select_related("participant__organisation")


def transfers_with_names(rows: "QuerySet[Transfer]") -> "QuerySet[Transfer]":
    """Load what a list of transfers shows in the same query."""
    return rows.select_related("participant__organisation", "negotiation")


def turn_of(process: Process) -> str:
    """Say whose turn it is: `us`, `them`, `steward`, `requester`, `anyone` (with a project) or `nobody`."""
    if process.over:
        return "nobody"
    if isinstance(process, Negotiation):
        table = {
            ("provider", "requested"): "steward",
            ("provider", "accepted"): "us",
            ("provider", "verified"): "us",
            ("consumer", "offered"): "requester",
            ("consumer", "agreed"): "us",
        }
        turn = table.get((process.role, process.state), "them")
        return "anyone" if turn == "requester" and not process.project else turn
    if not isinstance(process, Transfer):
        raise TypeError(f"{process!r} is no process of the dataspace")
    table = {("provider", "requested"): "us", ("provider", "started"): "nobody"}
    if process.role == "consumer" and process.state == "started":
        return "us" if process.pull_at else "nobody"
    if process.state == "suspended":
        return "us" if process.suspended_by == "us" else "them"
    return table.get((process.role, process.state), "them")


def participant_facts(participant: Participant) -> dict[str, Any]:
    """Return one participant on our list."""
    return {
        "id": participant.pk,
        "identifier": participant.identifier,
        "organisation": participant.organisation.name,
        "address": participant.address,
        "issuer": participant.issuer,
        "keys": [str(key.get("kid", "")) for key in participant.keys],
        "keys_address": participant.keys_address,
        "state": participant.state,
    }


def negotiation_facts(negotiation: Negotiation) -> dict[str, Any]:
    """Return one negotiation."""
    return _process_facts(negotiation) | {
        "dataset": negotiation.dataset,
        "title": negotiation.title,
        "project": negotiation.project,
        "purpose": negotiation.purpose,
        "agreement": negotiation.agreed_id,
        "their_agreement": negotiation.agreement_pid,
        "seen": digest(negotiation.offer),
        "terms": terms_in_words(negotiation.agreement or negotiation.offer),
    }


def transfer_facts(transfer: Transfer) -> dict[str, Any]:
    """Return one transfer."""
    return _process_facts(transfer) | {
        "negotiation": transfer.negotiation_id,
        "agreement": transfer.agreement_pid,
        "version": transfer.version_id,
        "trouble": transfer.trouble,
    }


def _process_facts(process: Any) -> dict[str, Any]:
    return {
        "id": process.pk,
        "role": process.role,
        "participant": process.participant.identifier,
        "organisation": process.participant.organisation.name,
        "their_pid": process.their_pid,
        "state": process.state,
        "turn": turn_of(process),
        "reason": process.reason,
        "since": plain(process.created_at),
    }


def terms_in_words(policy: Mapping[str, Any]) -> list[str]:
    """Say a policy in sentences; for what is not in our words, say so."""
    terms = policies.read(policy)
    if terms.unknown:
        return [
            _("These terms use words that this factory does not know: %(words)s.")
            % {"words": ", ".join(terms.unknown)}
        ]
    return words(terms, spoken())


def messages_of(process: Process) -> list[dict[str, Any]]:
    """Return every message of a process, oldest first; what opens data is left out."""
    rows = Message.objects.filter(process=process.pk).order_by("id")
    return [
        {
            "kind": message.kind,
            "event": message.body.get("eventType", ""),
            "standing": message.standing,
            "at": plain(message.at),
            "tries": message.tries,
            "trouble": message.trouble,
            "digest": message.digest,
            "body": without_secrets(message.body),
        }
        for message in rows
    ]


def without_secrets(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message without the token that its data address carries."""
    address = body.get("dataAddress")
    if not isinstance(address, dict):
        return dict(body)
    hidden = {key: value for key, value in address.items() if key != "endpointProperties"}
    return {**body, "dataAddress": hidden}


def their_catalogue(participant: Participant, *, text: str = "", after: str = "") -> dict[str, Any]:
    """Ask a participant for a page of its catalogue. Raises `NoCatalogue`.

    Returns its entries as read by us, and `next`: what to pass as `after` for the following page.
    """
    filters = [{"text": text}] if text else []
    query = f"?after={quote(after)}" if after else ""
    body = write("CatalogRequestMessage") | {"filter": filters}
    answer = _ask(participant, "POST", f"catalog/request{query}", body)
    listed = answer.body.get("dataset", [])
    entries = [e for e in (_entry(one) for one in (listed if isinstance(listed, list) else [])) if e]
    return {"items": entries, "next": _following(answer.next)}


def _following(address: str) -> str:
    """Return what the address of a next page adds to the first one's: the place to go on from."""
    return parse_qs(urlsplit(address).query).get("after", [""])[0][:200]


def their_dataset(participant: Participant, dataset_id: str) -> dict[str, Any]:
    """Ask a participant for one dataset. Raises `NoCatalogue`."""
    answer = _ask(participant, "GET", f"catalog/datasets/{dataset_id}", None)
    found = _entry(answer.body)
    if found is None or found["id"] != dataset_id:
        raise NoCatalogue(_("The answer can't be read."))
    return found


def _ask(participant: Participant, method: str, path: str, body: dict[str, Any] | None) -> Answer:
    if participant.state != "admitted":
        raise NoCatalogue(_("This participant is blocked."))
    try:
        proof = get(Identity).present(participant.identifier)
        answer = get(Caller).call(method, f"{participant.address.rstrip('/')}/{path}", body, proof)
    except (Unreachable, AddressRefused) as problem:
        raise NoCatalogue(
            _("The participant can't be reached: %(why)s") % {"why": problem}, next_step=_("Try again later.")
        ) from problem
    if answer.status != 200:
        reason = answer.body.get("reason", "")
        raise NoCatalogue(
            _("The participant says no: %(said)s") % {"said": f"{answer.status} {reason}"[:300]}
        )
    return answer


def _entry(said: Any) -> dict[str, Any] | None:
    """Read one dataset of a catalogue: its name and its offers; whoever has neither is left out."""
    if not isinstance(said, dict) or not isinstance(said.get("@id"), str):
        return None
    listed = said.get("hasPolicy")
    offers = [
        offer
        for offer in (listed if isinstance(listed, list) else [])
        if isinstance(offer, dict) and isinstance(offer.get("@id"), str)
    ]
    return {
        "id": said["@id"],
        "title": _title(said.get("dct:title") or said.get("title")) or said["@id"],
        "offers": [{"id": o["@id"], "policy": o, "words": terms_in_words(o)} for o in offers],
    }


def _title(said: Any) -> str:
    texts = said if isinstance(said, list) else [said]
    found = [
        (t.get("@language", ""), str(t.get("@value", ""))) if isinstance(t, dict) else ("", t)
        for t in texts
        if isinstance(t, dict | str)
    ]
    mine = [value for language, value in found if language == spoken()[:2]]
    return (mine or [value for _language, value in found] or [""])[0][:200]


def our_identity() -> dict[str, Any]:
    """Return what another participant needs to put us on its list; no key where our tokens are fixed ones."""
    who = get(Identity)
    key = getattr(who, "public_key", None)
    return {
        "identifier": who.participant,
        "address": str(settings.DATASPACE_ADDRESS),
        "key": key() if key else None,
    }
