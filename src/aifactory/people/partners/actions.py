"""Keeping the books of the consortium: who is in it, what was agreed, what was promised, what came."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import NotPossibleNow, enter
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.people.models import Organisation
from aifactory.people.partners.models import (
    UNITS,
    Contribution,
    Delivery,
    Partner,
    PartnerAgreement,
    Party,
)
from aifactory.people.partners.permissions import Permission
from aifactory.ports.identity import Actor


class IsPartnerAlready(Refused):
    """An organisation is one partner."""


def admit(organisation: Organisation, *, by: Actor, function: str, since: date) -> Partner:
    """Take an organisation into the consortium. Raises `IsPartnerAlready`, `Invalid`, `NotAllowed`."""
    _require_text(function=function)
    if Partner.objects.filter(organisation=organisation).exists():
        raise IsPartnerAlready(
            _("This organisation is in the consortium already."), next_step=_("Look at its page.")
        )
    partner = Partner(organisation=organisation, function=function.strip(), since=since)
    return enter(partner, "partner:admit", by=by, permission=Permission.MANAGE)


def leave(partner: Partner, *, by: Actor, until: date) -> Partner:
    """Let a partner leave after a last day; what it promised and delivered stays on record."""
    if until < partner.since:
        raise Invalid([FieldError("until", _("The last day can't be before the first."), "until ≥ since")])
    partner.until = until
    return enter(partner, "partner:leave", by=by, permission=Permission.MANAGE, fields=["until"])


def agree(
    *,
    by: Actor,
    title: str,
    kind: str,
    document_digest: str,
    starts_on: date,
    partners: list[Partner],
    ends_on: date | None = None,
    terms: str = "",
) -> PartnerAgreement:
    """Record an agreement and its parties; it binds when all of them have signed. Raises `Invalid`."""
    _require_text(title=title)
    errors = []
    if kind not in PartnerAgreement.Kind.values:
        errors.append(FieldError("kind", _("Choose one of the kinds in the list."), "closed list"))
    if not is_digest(document_digest):
        errors.append(
            FieldError("document_digest", _("Give sha256: and 64 characters of 0-9 and a-f."), "digest")
        )
    if ends_on and ends_on < starts_on:
        errors.append(FieldError("ends_on", _("The end can't be before the beginning."), "end ≥ start"))
    if not partners:
        errors.append(FieldError("partners", _("Name at least one partner."), "required"))
    if errors:
        raise Invalid(errors)
    agreement = PartnerAgreement(
        title=title.strip(),
        kind=kind,
        document_digest=document_digest,
        starts_on=starts_on,
        ends_on=ends_on,
        terms=terms.strip(),
    )
    with transaction.atomic():
        enter(agreement, "partner_agreement:record", by=by, permission=Permission.MANAGE)
        for partner in dict.fromkeys(partners):
            enter(Party(agreement=agreement, partner=partner), "party:name", by=by)
    return agreement


def is_digest(text: str) -> bool:
    """Say whether this is the digest of a document: `sha256:` and 64 hexadecimal digits."""
    return len(text) == 71 and text.startswith("sha256:") and set(text[7:]) <= set("0123456789abcdef")


def sign(party: Party, *, by: Actor, signed_on: date, signatory: str) -> Party:
    """Record that a party signed; once. Raises `NotPossibleNow`, `Invalid`."""
    _require_text(signatory=signatory)
    if party.signed_on:
        raise NotPossibleNow(_("This party has signed already."), next_step=_("Look at the agreement."))
    party.signed_on, party.signatory = signed_on, signatory.strip()
    return enter(party, "party:sign", by=by, permission=Permission.MANAGE, fields=["signed_on", "signatory"])


def promise(
    partner: Partner,
    *,
    by: Actor,
    kind: str,
    amount: Decimal,
    description: str,
    agreement: PartnerAgreement | None = None,
    due_on: date | None = None,
) -> Contribution:
    """Record what a partner will bring; `amount` in the shown unit of the kind. Raises `Invalid`."""
    _require_text(description=description)
    if kind not in Contribution.Kind.values:
        raise Invalid([FieldError("kind", _("Choose one of the kinds in the list."), "closed list")])
    contribution = Contribution(
        partner=partner,
        agreement=agreement,
        kind=kind,
        description=description.strip(),
        promised=whole(kind, amount),
        due_on=due_on,
    )
    return enter(contribution, "contribution:promise", by=by, permission=Permission.MANAGE)


def deliver(
    contribution: Contribution, *, by: Actor, amount: Decimal, delivered_on: date, evidence: str
) -> Delivery:
    """Record that a part of a contribution came; `amount` in the shown unit of its kind. Raises `Invalid`."""
    _require_text(evidence=evidence)
    delivery = Delivery(
        contribution=contribution,
        amount=whole(contribution.kind, amount),
        delivered_on=delivered_on,
        evidence=evidence.strip(),
    )
    return enter(delivery, "contribution:deliver", by=by, permission=Permission.MANAGE)


def whole(kind: str, amount: Decimal) -> int:
    """Return an amount in the whole units that are kept (cents, hours, …). Raises `Invalid`."""
    kept = amount * UNITS[Contribution.Kind(kind)][1]
    if not kept.is_finite() or kept != kept.to_integral_value() or not 0 < kept < 10**15:
        raise Invalid(
            [
                FieldError(
                    "amount", _("Give an amount above zero; money to the cent, the rest whole."), "amount"
                )
            ]
        )
    return int(kept)


def _require_text(**texts: str) -> None:
    errors = [
        FieldError(name, _("This can't be empty."), "required")
        for name, text in texts.items()
        if not text.strip()
    ]
    if errors:
        raise Invalid(errors)
