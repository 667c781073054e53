"""How the conformance kit asks us to start a negotiation or a transfer; served in that mode alone."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST

from aifactory.api.dsp import spoken
from aifactory.datasets.dataspace import messages, moving
from aifactory.datasets.dataspace.conduct import conduct
from aifactory.datasets.dataspace.models import Negotiation, Participant, Transfer
from aifactory.datasets.dataspace.permissions import Permission
from aifactory.datasets.dataspace.rules import DATASPACE
from aifactory.kit import clock


@spoken("negotiations", require_POST)
def negotiate(request: HttpRequest, participant: Participant, sent: dict[str, Any]) -> HttpResponse:  # noqa: ARG001
    """Ask the kit, as provider, for a contract about its dataset."""
    address, dataset = str(sent["connectorAddress"]), str(sent["datasetId"])
    conduct().check_callback(participant, address)
    offer = {
        "@id": str(sent["offerId"]),
        "@type": "Offer",
        "target": dataset,
        "permission": [{"action": "use"}],
    }
    negotiation = Negotiation(
        role="consumer",
        participant=participant,
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
def transfer(request: HttpRequest, participant: Participant, sent: dict[str, Any]) -> HttpResponse:  # noqa: ARG001
    """Ask the kit, as provider, for data under its agreement."""
    address = str(sent["connectorAddress"])
    conduct().check_callback(participant, address)
    made = Transfer(
        role="consumer",
        participant=participant,
        callback=address,
        agreement_pid=str(sent["agreementId"]),
        format=str(sent.get("format") or messages.PULL),
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


urlpatterns = [
    path("tck/negotiations/requests", negotiate),
    path("tck/transfers/requests", transfer),
]
