"""The Dataspace Protocol 2025-1 over HTTPS: what other participants call, as provider and as consumer.

Every answer that is no success carries the protocol's typed error, with a code and a reason. Who has not
proved to be on the list learns nothing but that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from aifactory.api.reading import strict
from aifactory.datasets.dataspace import catalogue, giving, messages, receiving
from aifactory.datasets.dataspace.conduct import conduct
from aifactory.datasets.dataspace.messages import Malformed
from aifactory.datasets.dataspace.models import Negotiation, Participant, Transfer
from aifactory.datasets.dataspace.queries import our_identity
from aifactory.datasets.dataspace.questions import Question
from aifactory.datasets.dataspace.receiving import Taken
from aifactory.kit.errors import Refused
from aifactory.ports.dataspace import Credentials, Identity, NotIdentified
from aifactory.ports.registry import get

LARGEST_MESSAGE = 256 * 1024
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Heard:
    """A message (or a question) of a participant that has proved who it is; `key` is its idempotency key."""

    request: HttpRequest
    participant: Participant
    body: dict[str, Any]
    key: str | None


log = structlog.get_logger()

ADMITTED = Question(
    lambda name: Participant.objects.select_related("organisation").filter(identifier=name, state="admitted")
)
ERRORS = {"catalog": "CatalogError", "negotiations": "ContractNegotiationError", "transfers": "TransferError"}


def version(_request: HttpRequest) -> HttpResponse:
    """Say which version of the protocol is spoken, and where; for everybody."""
    return JsonResponse(messages.version_document(f"/dsp/{messages.VERSION}", get(Identity).participant))


def key_set(_request: HttpRequest) -> HttpResponse:
    """Publish the key that our messages are signed with (RFC 7517); for everybody."""
    key = our_identity()["key"]
    return JsonResponse({"keys": [key | {"use": "sig", "alg": "EdDSA"}] if key else []})


def spoken(area: str, method: Callable[[View], View]) -> Callable[[View], View]:
    """Find out who speaks, and answer every refusal in the protocol's words for this area."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @method
        @wraps(view)
        def answered(request: HttpRequest, **named: str) -> HttpResponse:
            sent: dict[str, Any] = {}
            try:
                participant = sender(request)
                sent = _read(request) if request.method == "POST" else {}
                return view(Heard(request, participant, sent, _key(request, participant)), **named)
            except NotIdentified as problem:
                log.info("dataspace_sender_unknown", why=str(problem), path=request.path)
                said = "Prove who you are with a valid token."
                return _error(area, 401, "unauthenticated", said, _pids(area, {}, named))
            except Malformed as problem:
                return _error(area, 400, "malformed", str(problem), _pids(area, sent, named))
            except Refused as refusal:
                return _error(
                    area, refusal.status, type(refusal).__name__, str(refusal), _pids(area, sent, named)
                )

        return answered

    return decorate


def sender(request: HttpRequest) -> Participant:
    """Return who sent this. Raises `NotIdentified`."""
    if settings.DATASPACE_TCK and not ip_address(request.META["REMOTE_ADDR"]).is_loopback:
        raise NotIdentified("The conformance mode answers this machine only.")
    asked: dict[str, Participant] = {}

    def known(identifier: str) -> Credentials | None:
        found = ADMITTED.first(identifier)
        if found is None:
            return None
        asked[identifier] = found
        return Credentials(found.identifier, found.issuer, tuple(found.keys), found.keys_address)

    who = get(Identity).identify(request.headers.get("Authorization", ""), known)
    if who not in asked and known(who) is None:
        raise NotIdentified("The sender is not on our list.")
    return asked[who]


def _read(request: HttpRequest) -> dict[str, Any]:
    if int(request.headers.get("Content-Length") or 0) > LARGEST_MESSAGE:
        raise Malformed(f"A message holds at most {LARGEST_MESSAGE} bytes.")
    if request.content_type not in {"application/json", "application/ld+json"}:
        raise Malformed("Messages are application/json.")
    try:
        found = strict(request.body)
    except ValueError as problem:
        raise Malformed(f"This can't be read as JSON: {problem}.") from problem
    if not isinstance(found, dict):
        raise Malformed("The message is no JSON object.")
    return found


def _pids(area: str, sent: dict[str, Any], named: dict[str, str]) -> dict[str, str]:
    """Return the names of the process that an error is about: the message's, else the address's."""
    if area == "catalog":
        return {}
    names = ("consumerPid", "providerPid")
    found = {name: value if isinstance(value := sent.get(name), str) else "" for name in names}
    return found if any(found.values()) else dict.fromkeys(names, named.get("pid", ""))


def _error(area: str, status: int, code: str, reason: str, pids: dict[str, str]) -> HttpResponse:
    response = JsonResponse(messages.error(ERRORS[area], code, reason, **pids), status=status)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _key(request: HttpRequest, participant: Participant) -> str | None:
    """Return the message's idempotency key, as its sender's own."""
    given = request.headers.get("Idempotency-Key", "")
    return sha256(f"{participant.pk} {given}".encode()).hexdigest() if given else None


def negotiation_state(process: Negotiation | Taken) -> dict[str, Any]:
    """Return where a negotiation stands, for its counterparty."""
    return messages.write(
        "ContractNegotiation",
        consumerPid=process.consumer_pid or "unknown",
        providerPid=process.provider_pid or "unknown",
        state=process.state.upper(),
    )


def transfer_state(process: Transfer | Taken) -> dict[str, Any]:
    """Return where a transfer stands, for its counterparty."""
    return messages.write(
        "TransferProcess",
        consumerPid=process.consumer_pid or "unknown",
        providerPid=process.provider_pid or "unknown",
        state=process.state.upper(),
    )


@gzip_page
@spoken("catalog", require_POST)
def catalog_request(heard: Heard) -> HttpResponse:
    """Show our catalogue, a page at a time; the `Link` header leads on."""
    wish = messages.read(heard.body, "CatalogRequestMessage")
    address = str(settings.DATASPACE_ADDRESS)
    try:
        limit = min(max(int(heard.request.GET.get("limit", catalogue.PAGE)), 1), catalogue.PAGE)
        entries, after = conduct().page(wish["filter"] or [], heard.request.GET.get("after", ""), limit)
    except ValueError as problem:
        raise Malformed(str(problem)) from problem
    body = catalogue.catalogue(entries, participant=get(Identity).participant, address=address)
    response = JsonResponse(body)
    if after:
        response["Link"] = f'<{address}/catalog/request?after={quote(after)}&limit={limit}>; rel="next"'
    return response


@gzip_page
@spoken("catalog", require_GET)
def dataset(heard: Heard, dataset_id: str) -> HttpResponse:  # noqa: ARG001 - who asks was found out
    """Show one dataset of our catalogue."""
    found = conduct().dataset(dataset_id)
    if found is None:
        return _error("catalog", 404, "unknown-dataset", "There is no such dataset in our catalogue.", {})
    return JsonResponse({"@context": [messages.CONTEXT]} | found)


@spoken("negotiations", require_POST)
def negotiation_request(heard: Heard) -> HttpResponse:
    """A consumer opens a negotiation."""
    message = messages.read(heard.body, "ContractRequestMessage")
    if "callbackAddress" not in heard.body:
        raise Malformed("callbackAddress is missing.")
    made = receiving.request_negotiation(message, heard.participant, heard.key)
    return JsonResponse(negotiation_state(made), status=201)


@spoken("negotiations", require_POST)
def negotiation_offer(heard: Heard) -> HttpResponse:
    """A provider opens a negotiation with an offer."""
    message = messages.read(heard.body, "ContractOfferMessage")
    if "callbackAddress" not in heard.body:
        raise Malformed("callbackAddress is missing.")
    made = receiving.offer_negotiation(message, heard.participant, heard.key)
    return JsonResponse(negotiation_state(made), status=201)


@spoken("negotiations", require_GET)
def negotiation(heard: Heard, pid: str) -> HttpResponse:
    """Say where a negotiation stands."""
    return JsonResponse(negotiation_state(receiving.find(Negotiation, pid, heard.participant)))


@spoken("negotiations", require_POST)
def negotiation_move(heard: Heard, pid: str, kind: str) -> HttpResponse:
    """A step of the counterparty in a negotiation."""
    message = messages.read(heard.body, kind)
    made = receiving.receive(Negotiation, pid, message, heard.participant, heard.key)
    return JsonResponse(negotiation_state(made))


@spoken("transfers", require_POST)
def transfer_request(heard: Heard) -> HttpResponse:
    """A consumer asks for the data of an agreement."""
    message = messages.read(heard.body, "TransferRequestMessage")
    made = receiving.request_transfer(message, heard.participant, heard.key)
    return JsonResponse(transfer_state(made), status=201)


@spoken("transfers", require_GET)
def transfer(heard: Heard, pid: str) -> HttpResponse:
    """Say where a transfer stands."""
    return JsonResponse(transfer_state(receiving.find(Transfer, pid, heard.participant)))


@spoken("transfers", require_POST)
def transfer_move(heard: Heard, pid: str, kind: str) -> HttpResponse:
    """A step of the counterparty in a transfer."""
    message = messages.read(heard.body, kind)
    made = receiving.receive(Transfer, pid, message, heard.participant, heard.key)
    return JsonResponse(transfer_state(made))


@require_GET
def manifest(request: HttpRequest, pid: str) -> HttpResponse:
    """List the files of a started transfer, for who has its token."""
    try:
        return JsonResponse(giving.manifest(pid, _token(request)))
    except Refused as refusal:
        return _error(
            "transfers",
            refusal.status,
            type(refusal).__name__,
            str(refusal),
            _pids("transfers", {}, {"pid": pid}),
        )


@require_GET
def content(request: HttpRequest, pid: str, file_id: str) -> HttpResponse | StreamingHttpResponse:
    """Give one file of a started transfer, for who has its token."""
    try:
        chunks = giving.file(pid, file_id, _token(request))
    except Refused as refusal:
        return _error(
            "transfers",
            refusal.status,
            type(refusal).__name__,
            str(refusal),
            _pids("transfers", {}, {"pid": pid}),
        )
    return StreamingHttpResponse(chunks, content_type="application/octet-stream")


def _closed(refusal: Refused, pid: str) -> HttpResponse:
    pids = {"consumerPid": pid, "providerPid": pid}
    return _error("transfers", refusal.status, type(refusal).__name__, str(refusal), pids)


def _token(request: HttpRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


_NEGOTIATIONS = {path: kind for kind, _, path in messages.NEGOTIATION_MESSAGES.values()}
_TRANSFERS = {path: kind for kind, _, path in messages.TRANSFER_MESSAGES.values()}
_ROOT = f"dsp/{messages.VERSION}/"

urlpatterns = [
    path(".well-known/dspace-version", version),
    path(".well-known/jwks.json", key_set),
    path(_ROOT + "catalog/request", catalog_request),
    path(_ROOT + "catalog/datasets/<dataset_id>", dataset),
    path(_ROOT + "negotiations/request", negotiation_request),
    path(_ROOT + "negotiations/offers", negotiation_offer),
    path(_ROOT + "negotiations/<pid>", negotiation),
    *(
        path(_ROOT + f"negotiations/<pid>/{step}", negotiation_move, {"kind": kind})
        for step, kind in _NEGOTIATIONS.items()
    ),
    path(_ROOT + "transfers/request", transfer_request),
    path(_ROOT + "transfers/<pid>", transfer),
    *(
        path(_ROOT + f"transfers/<pid>/{step}", transfer_move, {"kind": kind})
        for step, kind in _TRANSFERS.items()
    ),
    path(_ROOT + "data/<pid>", manifest),
    path(_ROOT + "data/<pid>/<file_id>", content),
]
