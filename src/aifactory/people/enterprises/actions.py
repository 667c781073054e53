"""Declaring what makes up the size of an organisation: other enterprises, accounts, holdings."""

import re
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid
from aifactory.people.enterprises.holdings import MAJORITY, WHOLE, Kind
from aifactory.people.enterprises.models import Enterprise, Shareholding, YearlyAccounts
from aifactory.people.enterprises.permissions import Permission
from aifactory.people.enterprises.queries import web_of
from aifactory.people.models import Organisation
from aifactory.ports.identity import Actor

MOST = 60
"""Enterprises in one declaration: more than any group that asks for free computing time needs to name."""
LARGEST = 10**13


def own_enterprise(organisation: Organisation, *, by: Actor) -> Enterprise:
    """Return the organisation itself as an enterprise of its declaration, made on first use."""
    found = organisation.enterprises.filter(own=True).first()
    if found:
        return found
    facts = {name: getattr(organisation, name) for name in ("name", "country", "registration_number")}
    fresh = Enterprise(organisation=organisation, own=True, **facts)
    try:
        with transaction.atomic():
            return enter(fresh, "enterprise:declare", by=by, permission=Permission.DECLARE)
    except IntegrityError:
        return organisation.enterprises.get(own=True)


def name_enterprise(
    organisation: Organisation,
    *,
    by: Actor,
    name: str,
    kind: str = Kind.ENTERPRISE,
    country: str = "",
    registration_number: str = "",
) -> Enterprise:
    """Name an enterprise, person or body that is tied to the organisation. Raises `Invalid`, `NotAllowed`."""
    errors = []
    if not name.strip() or len(name) > 200:
        errors.append(FieldError("name", _("Give the name, in at most 200 characters."), "required"))
    if kind not in set(Kind):
        errors.append(FieldError("kind", _("Choose one of the kinds in the list."), "closed list"))
    if country and not re.fullmatch("[A-Za-z]{2}", country):
        errors.append(FieldError("country", _("Give the two letters of the country, e.g. NL."), "ISO 3166-1"))
    if len(registration_number) > 40:
        errors.append(FieldError("registration_number", _("Use at most 40 characters."), "length"))
    if not errors and organisation.enterprises.count() >= MOST:
        errors.append(FieldError("name", _("A declaration names at most 60 enterprises."), "at most 60"))
    if errors:
        raise Invalid(errors)
    own_enterprise(organisation, by=by)
    fresh = Enterprise(
        organisation=organisation,
        name=name.strip(),
        kind=kind,
        country=country.upper(),
        registration_number=registration_number.strip(),
    )
    return enter(fresh, "enterprise:declare", by=by, permission=Permission.DECLARE)


def state_accounts(
    enterprise: Enterprise, *, by: Actor, year: int, staff_hundredths: int, turnover_eur: int, balance_eur: int,
    consolidated: bool = False, estimate: bool = False, source: str = "declared", reference: str = "",
) -> YearlyAccounts:  # fmt: skip
    """State the accounts of a year: staff in hundredths of an annual work unit, money in whole euros.

    A second statement of the same year replaces the first; the log keeps both. `estimate` is for an enterprise
    whose first accounts are not closed (Article 4(3)). Raises `Invalid`, `NotAllowed`.
    """
    figures = {"staff_hundredths": staff_hundredths, "turnover_eur": turnover_eur, "balance_eur": balance_eur}
    _require_accounts(year, figures, enterprise, source, reference)
    facts = figures | {
        "consolidated": consolidated,
        "estimate": estimate,
        "source": source,
        "reference": reference,
    }
    permission = Permission.REGISTER if source == "registered" else Permission.DECLARE
    with transaction.atomic():
        Enterprise.objects.select_for_update().get(pk=enterprise.pk)
        held = enterprise.accounts.filter(year=year).first()
        stated = held or YearlyAccounts(enterprise=enterprise, year=year)
        for name, value in facts.items():
            setattr(stated, name, value)
        event = "accounts:correct" if held else "accounts:state"
        fields = list(facts) if held else None
        return enter(stated, event, by=by, permission=permission, data={"year": year}, fields=fields)


def _require_accounts(
    year: int, figures: dict[str, int], enterprise: Enterprise, source: str, reference: str
) -> None:
    errors = [
        FieldError(name, _("Give a number from zero up."), "range")
        for name, value in figures.items()
        if not 0 <= value <= LARGEST
    ]
    if not 1990 <= year <= clock.now().year:
        errors.append(FieldError("year", _("Give a year that has begun, such as 2025."), "range"))
    if enterprise.kind == Kind.PERSON:
        errors.append(FieldError("enterprise", _("A person has no accounts to add."), "Article 6"))
    if source not in YearlyAccounts.Source.values or (source == "registered" and not reference.strip()):
        errors.append(FieldError("reference", _("Say in which register, and where."), "registered"))
    if len(reference) > 200:
        errors.append(FieldError("reference", _("Use at most 200 characters."), "length"))
    if errors:
        raise Invalid(errors)


def state_holding(
    owner: Enterprise, held: Enterprise, *, by: Actor, capital: int, votes: int | None = None,
    control: bool = False, same_market: bool = False,
) -> Shareholding:  # fmt: skip
    """State what one holds in another, in hundredths of a percent; again replaces what stood.

    Raises `Invalid`; `HoldingsCannotBe` where it contradicts what stands; `NotAllowed`.
    """
    votes = capital if votes is None else votes
    errors = [
        FieldError(name, _("Give a percentage from 0 to 100."), "range")
        for name, value in (("capital", capital), ("votes", votes))
        if not 0 <= value <= WHOLE
    ]
    if owner.organisation_id != held.organisation_id:
        errors.append(
            FieldError("owner", _("Choose one of the enterprises in this declaration."), "closed list")
        )
    if held.kind == Kind.PERSON:
        errors.append(FieldError("held", _("Nobody can hold a share in a person."), "Article 3"))
    if not (capital or votes or control):
        errors.append(FieldError("capital", _("Give a share, or say that there is control."), "required"))
    if errors:
        raise Invalid(errors)
    facts = {"capital": capital, "votes": votes, "control": control, "same_market": same_market}
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=held.organisation_id)
        standing = Shareholding.objects.filter(owner=owner, held=held, ended_at=None).first()
        stated = standing or Shareholding(owner=owner, held=held)
        for name, value in facts.items():
            setattr(stated, name, value)
        event, fields = ("holding:change", list(facts)) if standing else ("holding:state", None)
        enter(stated, event, by=by, permission=Permission.DECLARE, data=_shares(stated), fields=fields)
        web_of(held.organisation)
    return stated


def _shares(holding: Shareholding) -> dict[str, Any]:
    return {"majority": holding.votes > MAJORITY or holding.control}


def end_holding(holding: Shareholding, *, by: Actor) -> Shareholding:
    """Say that a holding ended; it counts no more from now on, for no year. Ending it twice changes nothing."""
    if holding.ended_at:
        return holding
    holding.ended_at = clock.now()
    return enter(holding, "holding:end", by=by, permission=Permission.DECLARE, fields=["ended_at"])
