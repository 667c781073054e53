"""Reads of the consortium that pages, API and commands share."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from aifactory.kit import clock
from aifactory.people.partners.models import (
    UNITS,
    Contribution,
    Partner,
    PartnerAgreement,
    standing,
)

ENDS_SOON = timedelta(days=90)


def partners() -> list[dict[str, Any]]:
    """Return every partner with its contributions by kind: promised against delivered, in the shown unit."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in contributions():
        found[one["partner"]].append(one)
    rows = Partner.objects.select_related("organisation").order_by("since", "pk")
    return [partner_facts(p) | {"contributions": found[p.pk]} for p in rows]


def partner_facts(partner: Partner) -> dict[str, Any]:
    """Return one partner as everybody may see it."""
    return {
        "id": partner.pk,
        "organisation": partner.organisation.name,
        "country": partner.organisation.country,
        "function": partner.function,
        "since": partner.since.isoformat(),
        "until": partner.until.isoformat() if partner.until else None,
    }


def contributions(partner: Partner | None = None) -> list[dict[str, Any]]:
    """Return what was promised and what was delivered of it, oldest first, in the shown unit."""
    rows = Contribution.objects.annotate(delivered=Sum("deliveries__amount", default=0)).order_by("pk")
    if partner:
        rows = rows.filter(partner=partner)
    today = clock.now().date()
    return [contribution_facts(c, c.delivered, today) for c in rows]


def contribution_facts(contribution: Contribution, delivered: int, today: date) -> dict[str, Any]:
    """Return one contribution with its unit, and whether it is late."""
    unit, size = UNITS[Contribution.Kind(contribution.kind)]
    late = contribution.due_on is not None and contribution.due_on < today
    return {
        "id": contribution.pk,
        "partner": contribution.partner_id,
        "agreement": contribution.agreement_id,
        "kind": contribution.kind,
        "description": contribution.description,
        "unit": unit,
        "promised": contribution.promised / size,
        "delivered": delivered / size,
        "due_on": contribution.due_on.isoformat() if contribution.due_on else None,
        "late": late and delivered < contribution.promised,
    }


def totals() -> list[dict[str, Any]]:
    """Return promised against delivered by kind, for the public summary."""
    summed: dict[str, list[float]] = defaultdict(lambda: [0, 0])
    for one in contributions():
        summed[one["kind"]][0] += one["promised"]
        summed[one["kind"]][1] += one["delivered"]
    return [
        {
            "kind": kind.value,
            "unit": UNITS[kind][0],
            "promised": summed[kind][0],
            "delivered": summed[kind][1],
        }
        for kind in Contribution.Kind
        if kind in summed
    ]


def agreements() -> list[PartnerAgreement]:
    """Return every agreement, newest first, with its parties."""
    rows = PartnerAgreement.objects.prefetch_related("parties__partner__organisation").order_by("-pk")
    return list(rows)


def agreement_facts(agreement: PartnerAgreement, *, details: bool) -> dict[str, Any]:
    """Return one agreement; `details`: with the names of who signed."""
    parties = sorted(agreement.parties.all(), key=lambda party: party.pk)
    signed = [party.signed_on for party in parties]
    return {
        "id": agreement.pk,
        "title": agreement.title,
        "kind": agreement.kind,
        "document_digest": agreement.document_digest,
        "starts_on": agreement.starts_on.isoformat(),
        "ends_on": agreement.ends_on.isoformat() if agreement.ends_on else None,
        "terms": agreement.terms,
        "standing": standing(agreement.starts_on, agreement.ends_on, signed, clock.now().date()),
        "parties": [
            {"id": party.pk, "partner": party.partner_id, "organisation": party.partner.organisation.name,
             "signed_on": party.signed_on.isoformat() if party.signed_on else None}
            | ({"signatory": party.signatory} if details else {})
            for party in parties
        ],
    }  # fmt: skip


def attention() -> list[tuple[str, str]]:
    """Return what the office should look at, as (what, why): unsigned or ending agreements, late contributions."""
    today = clock.now().date()
    found = []
    for agreement in agreements():
        signed = [party.signed_on for party in agreement.parties.all()]
        now = standing(agreement.starts_on, agreement.ends_on, signed, today)
        if now == "unsigned":
            found.append((agreement.title, _("Not signed by all parties")))
        elif now == "in_force" and agreement.ends_on and agreement.ends_on - today <= ENDS_SOON:
            found.append((agreement.title, _("Ends on %(day)s") % {"day": agreement.ends_on}))
    found += [(one["description"], _("Promised, and late")) for one in contributions() if one["late"]]
    return found
