"""Reading and writing the messages of the Dataspace Protocol 2025-1: plain functions on plain JSON.

Messages are compact JSON-LD. Nothing is fetched and nothing expanded: the protocol's context comes first,
its terms are protected (JSON-LD 1.1 section 4.1.11), so no context after it changes what we read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aifactory.kit.canonical import canonical, digest

CONTEXT = "https://w3id.org/dspace/2025/1/context.jsonld"
VERSION = "2025-1"
LONGEST_ID = 200
#: The one form in which data goes from us to others and from others to us: fetched over HTTPS with a token.
PULL = "HttpData-PULL"

PROVIDER, CONSUMER = "provider", "consumer"


class Malformed(ValueError):
    """The message does not fit the protocol; the sentence says where."""


def _text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 2_000 and "\x00" not in value


def _pid(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable()


def _url(value: Any) -> bool:
    if not _pid(value) or "\\" in value:
        return False
    try:
        url = urlsplit(value)
        return url.scheme in {"http", "https"} and bool(url.hostname) and not (url.query or url.fragment)
    except ValueError:
        return False


def _reasons(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _rules(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(rule, dict) and isinstance(rule.get("action"), str) for rule in value
    )


def _policy(value: Any, kind: str) -> bool:
    """A policy has a name, a type, and at least one permission or prohibition (contract-schema: PolicyClass)."""
    return (
        isinstance(value, dict)
        and value.get("@type") == kind
        and _pid(value.get("@id"))
        and all(_rules(value[part]) for part in ("permission", "prohibition", "obligation") if part in value)
        and bool(value.get("permission") or value.get("prohibition"))
        and all(_pid(value[part]) for part in ("target", "assigner", "assignee") if part in value)
    )


def _offer(value: Any) -> bool:
    return _policy(value, "Offer")


def _targeted(value: Any) -> bool:
    return _offer(value) and "target" in value


def _agreement(value: Any) -> bool:
    named = _policy(value, "Agreement") and all(part in value for part in ("target", "assigner", "assignee"))
    return named and ("timestamp" not in value or _pid(value["timestamp"]))


def _address(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("@type") != "DataAddress":
        return False
    named = value.get("endpointProperties", [])
    return (
        _text(value.get("endpointType"))
        and ("endpoint" not in value or _text(value["endpoint"]))
        and isinstance(named, list)
        and all(isinstance(p, dict) and _text(p.get("name")) and _text(p.get("value")) for p in named)
    )


_Check = Callable[[Any], bool]
_PIDS: dict[str, _Check] = {"consumerPid": _pid, "providerPid": _pid}
_WHY: dict[str, _Check] = {"code": _text, "reason": _reasons}
#: type → what it must hold, what it may hold
_SHAPES: dict[str, tuple[dict[str, _Check], dict[str, _Check]]] = {
    "CatalogRequestMessage": ({}, {"filter": lambda value: isinstance(value, list)}),
    "ContractRequestMessage": (
        {"consumerPid": _pid, "offer": _offer},
        {"providerPid": _pid, "callbackAddress": _url},
    ),
    "ContractOfferMessage": (
        {"providerPid": _pid, "offer": _targeted},
        {"consumerPid": _pid, "callbackAddress": _url},
    ),
    "ContractAgreementMessage": (_PIDS | {"agreement": _agreement}, {}),
    "ContractAgreementVerificationMessage": (_PIDS, {}),
    "ContractNegotiationEventMessage": (
        _PIDS | {"eventType": lambda value: value in ("ACCEPTED", "FINALIZED")},
        {},
    ),
    "ContractNegotiationTerminationMessage": (_PIDS, _WHY),
    "TransferRequestMessage": (
        {"consumerPid": _pid, "agreementId": _pid, "format": _text, "callbackAddress": _url},
        {"dataAddress": _address},
    ),
    "TransferStartMessage": (_PIDS, {"dataAddress": _address}),
    "TransferCompletionMessage": (_PIDS, {}),
    "TransferSuspensionMessage": (_PIDS, _WHY),
    "TransferTerminationMessage": (_PIDS, _WHY),
}
#: Of these two a message holds exactly one: the first opens a process, the second goes on with it.
_EITHER = {
    "ContractRequestMessage": ("callbackAddress", "providerPid"),
    "ContractOfferMessage": ("callbackAddress", "consumerPid"),
}

#: (who receives it, type, event) → the transition that it walks
RECEIVED: dict[tuple[str, str, str], str] = {
    (PROVIDER, "ContractRequestMessage", ""): "request",
    (CONSUMER, "ContractOfferMessage", ""): "offer",
    (PROVIDER, "ContractNegotiationEventMessage", "ACCEPTED"): "accept",
    (CONSUMER, "ContractAgreementMessage", ""): "agree",
    (PROVIDER, "ContractAgreementVerificationMessage", ""): "verify",
    (CONSUMER, "ContractNegotiationEventMessage", "FINALIZED"): "finalize",
    (PROVIDER, "ContractNegotiationTerminationMessage", ""): "terminate",
    (CONSUMER, "ContractNegotiationTerminationMessage", ""): "terminate",
    **{
        (role, kind, ""): name
        for role in (PROVIDER, CONSUMER)
        for kind, name in (
            ("TransferStartMessage", "start"),
            ("TransferSuspensionMessage", "suspend"),
            ("TransferCompletionMessage", "complete"),
            ("TransferTerminationMessage", "terminate"),
        )
    },
}
#: transition of a negotiation → type of its message, event, and path under the counterparty's process
NEGOTIATION_MESSAGES = {
    "request": ("ContractRequestMessage", "", "request"),
    "offer": ("ContractOfferMessage", "", "offers"),
    "accept": ("ContractNegotiationEventMessage", "ACCEPTED", "events"),
    "agree": ("ContractAgreementMessage", "", "agreement"),
    "verify": ("ContractAgreementVerificationMessage", "", "agreement/verification"),
    "finalize": ("ContractNegotiationEventMessage", "FINALIZED", "events"),
    "terminate": ("ContractNegotiationTerminationMessage", "", "termination"),
}
TRANSFER_MESSAGES = {
    "start": ("TransferStartMessage", "", "start"),
    "suspend": ("TransferSuspensionMessage", "", "suspension"),
    "complete": ("TransferCompletionMessage", "", "completion"),
    "terminate": ("TransferTerminationMessage", "", "termination"),
}


@dataclass(frozen=True)
class Message:
    """A message that fits its type. Absent fields read as empty."""

    type: str
    body: Mapping[str, Any]
    digest: str

    def __getitem__(self, field: str) -> Any:
        return self.body.get(field, "")

    @property
    def reason(self) -> str:
        """The reasons given, in one line."""
        said = self.body.get("reason") or []
        return "; ".join(part if isinstance(part, str) else str(part) for part in said)[:500]

    def transition(self, role: str) -> str:
        """Return what it walks at the receiver. Raises `Malformed` where it is not for this role."""
        try:
            return RECEIVED[(role, self.type, str(self["eventType"]))]
        except KeyError:
            raise Malformed(f"A {role} does not get {self.type} {self['eventType']}".rstrip() + ".") from None


def read(document: Any, *types: str) -> Message:
    """Read a message of one of `types`. Raises `Malformed`, which names the first thing that does not fit."""
    if not isinstance(document, dict):
        raise Malformed("The message is no JSON object.")
    context = document.get("@context")
    if not isinstance(context, list) or not all(isinstance(one, str) for one in context):
        raise Malformed("@context must be a list of addresses.")
    if not context or context[0] != CONTEXT:
        raise Malformed(f"@context must begin with {CONTEXT}.")
    kind = document.get("@type")
    if kind not in types:
        raise Malformed(f"@type must be {' or '.join(types)}.")
    needed, allowed = _SHAPES[kind]
    for field, fits in (needed | allowed).items():
        if field not in document:
            if field in needed:
                raise Malformed(f"{field} is missing.")
        elif not fits(document[field]):
            raise Malformed(f"{field} does not fit the protocol.")
    if kind in _EITHER and sum(field in document for field in _EITHER[kind]) != 1:
        raise Malformed(f"Exactly one of {' and '.join(_EITHER[kind])} is needed.")
    return Message(kind, document, _digest(document))


def _digest(document: dict[str, Any]) -> str:
    """Name the message by its content; what has no canonical form or can't be stored is refused."""
    try:
        written = canonical(document)
    except (ValueError, RecursionError) as problem:
        raise Malformed(f"A value in it can't be kept exactly: {problem}") from problem
    if b"\\u0000" in written:
        raise Malformed("A text in it has a character that can't be stored.")
    return digest(written)


def write(kind: str, **fields: Any) -> dict[str, Any]:
    """Return a message or answer; fields that are empty are left out."""
    return {"@context": [CONTEXT], "@type": kind} | {
        k: v for k, v in fields.items() if v not in ("", None, [])
    }


def error(kind: str, code: str, reason: str, **pids: str) -> dict[str, Any]:
    """Return a typed error; where a process is not known, its identifiers are said to be unknown."""
    found = {name: pids.get(name) or "unknown" for name in pids}
    return write(kind, **found, code=code, reason=[reason])


def version_document(path: str, service: str) -> dict[str, Any]:
    """Return what stands under `/.well-known/dspace-version` (section 4.2)."""
    one = {"version": VERSION, "path": path, "binding": "HTTPS", "serviceId": service}
    return {"protocolVersions": [one]}
