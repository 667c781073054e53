"""How the conformance kit asks us to start a negotiation or a transfer; served in that mode alone."""

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST

from aifactory.api.dsp import Heard, spoken
from aifactory.datasets.dataspace import messages, moving
from aifactory.datasets.dataspace.conduct import conduct
from aifactory.datasets.dataspace.models import Negotiation, Transfer
from aifactory.datasets.dataspace.permissions import Permission
from aifactory.datasets.dataspace.rules import DATASPACE
from aifactory.kit import clock


@spoken("negotiations", require_POST)
def negotiate(heard: Heard) -> HttpResponse:
    """Ask the kit, as provider, for a contract about its dataset."""
    address, dataset = _text(heard, "connectorAddress"), _text(heard, "datasetId")
    conduct().check_callback(heard.participant, address)
    offer = {
        "@id": _text(heard, "offerId"),
        "@type": "Offer",
        "target": dataset,
        "permission": [{"action": "use"}],
    }
    negotiation = Negotiation(
        role="consumer",
        participant=heard.participant,
        callback=address,
        dataset=dataset,
        offer=offer,
        attend=True,
        attend_at=clock.now(),
    )
    body = messages.write(
        "ContractRequestMessage",
        consumerPid=negotiation.pk,
        offer=offer,
        callbackAddress=str(settings.DATASPACE_ADDRESS),
    )
    moving.begin(
        negotiation,
        "negotiation:start",
        by=DATASPACE,
        body=body,
        path="negotiations/request",
        permission=Permission.NEGOTIATE,
    )
    return JsonResponse({"consumerPid": negotiation.pk}, status=201)


@spoken("transfers", require_POST)
def transfer(heard: Heard) -> HttpResponse:
    """Ask the kit, as provider, for data under its agreement."""
    address = _text(heard, "connectorAddress")
    conduct().check_callback(heard.participant, address)
    made = Transfer(
        role="consumer",
        participant=heard.participant,
        callback=address,
        agreement_pid=_text(heard, "agreementId"),
        format=str(heard.body.get("format") or messages.PULL),
        attend=True,
        attend_at=clock.now(),
    )
    body = messages.write(
        "TransferRequestMessage",
        consumerPid=made.pk,
        agreementId=made.agreement_pid,
        format=made.format,
        callbackAddress=str(settings.DATASPACE_ADDRESS),
    )
    moving.begin(
        made,
        "transfer:ask",
        by=DATASPACE,
        body=body,
        path="transfers/request",
        permission=Permission.TRANSFER,
    )
    return JsonResponse({"consumerPid": made.pk}, status=201)


def _text(heard: Heard, field: str) -> str:
    found = heard.body.get(field)
    if not isinstance(found, str):
        raise messages.Malformed(f"{field} is missing.")
    return found


urlpatterns = [
    path("tck/negotiations/requests", negotiate),
    path("tck/transfers/requests", transfer),
]
