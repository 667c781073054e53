"""Declaring, granting and annulling de minimis aid; nothing is granted beyond the room."""

import re
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire
from aifactory.awards.state_aid.models import AidEntry
from aifactory.awards.state_aid.permissions import Permission
from aifactory.awards.state_aid.queries import MEMBER_STATE, Standing, standing
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.people.enterprises.queries import single_undertaking
from aifactory.people.models import Organisation
from aifactory.ports.identity import Actor


class NoRoomForAid(Refused):
    """A grant would bring the undertaking over what it may get in three years."""


def require_room(
    organisation: Organisation,
    cents: int,
    *,
    on: date | None = None,
    undertaking: list[Organisation] | None = None,
) -> Standing:
    """Return where the undertaking stands on the day (today); raise `NoRoomForAid` where `cents` do not fit.

    `undertaking`: who belongs to it, where that is known already.
    """
    found = standing(organisation, on=on, undertaking=undertaking)
    if cents <= found.room.left:
        return found
    day = found.fits_from(cents)
    names = ", ".join(one.name for one in found.undertaking)
    raise NoRoomForAid(
        _(
            "This grant is worth EUR %(worth)s; there is room for EUR %(left)s on %(day)s (counted: %(names)s)."
        )
        % {"worth": _euros(cents), "left": _euros(found.room.left), "day": found.room.on, "names": names},
        rule="Regulation (EU) 2023/2831, Article 3(2)",
        next_step=_("It fits from %(day)s, or grant less.") % {"day": day}
        if day
        else _("It never fits: grant less, or let the organisation pay."),
    )


def _euros(cents: int) -> str:
    return f"{cents / 100:,.2f}"


def declare_aid(
    organisation: Organisation, *, by: Actor, granted_on: date, cents: int, authority: str, measure: str = "",
    member_state: str = MEMBER_STATE, register_reference: str = "",
) -> AidEntry:  # fmt: skip
    """Write down aid granted elsewhere: declared, or read from the register. Raises `Invalid`, `NotAllowed`."""
    errors = []
    if not 0 < cents <= 10**11:
        errors.append(FieldError("euros", _("Give an amount above zero."), "range"))
    if granted_on > clock.now().date() + timedelta(days=1):
        errors.append(FieldError("granted_on", _("Give a day that has come."), "range"))
    if not authority.strip():
        errors.append(FieldError("authority", _("Say who granted it."), "required"))
    if not re.fullmatch("[A-Za-z]{2}", member_state):
        errors.append(
            FieldError("member_state", _("Give the two letters of the country, e.g. NL."), "ISO 3166-1")
        )
    if errors:
        raise Invalid(errors)
    source = AidEntry.Source.REGISTER if register_reference else AidEntry.Source.DECLARED
    entry = AidEntry(
        organisation=organisation,
        member_state=member_state.upper(),
        granted_on=granted_on,
        cents=cents,
        source=source,
        authority=authority.strip()[:200],
        measure=measure.strip()[:200],
        register_reference=register_reference.strip()[:100],
    )
    permission = Permission.KEEP if register_reference else Permission.DECLARE
    return enter(entry, "aid:declare", by=by, permission=permission, data={"cents": cents})


def grant_aid(
    organisation: Organisation, cents: int, *, by: Actor, application: str, authority: str, measure: str = ""
) -> AidEntry:
    """Write down aid that an award gives, on the day of the decision; once an application.

    Everybody of the undertaking is locked first, so two grants cannot share the same room.
    Raises `NoRoomForAid`, `NotAllowed`.
    """
    with transaction.atomic():
        undertaking = _locked(organisation)
        known = AidEntry.objects.filter(application=application, state="standing").first()
        if known:
            return known
        require_room(organisation, cents, undertaking=undertaking)
        entry = AidEntry(
            organisation=organisation,
            member_state=MEMBER_STATE,
            granted_on=clock.now().date(),
            cents=cents,
            source=AidEntry.Source.HERE,
            authority=authority,
            measure=measure[:200],
            application=application,
        )
        data = {"cents": cents, "application": application}
        return enter(entry, "aid:grant", by=by, permission=Permission.GRANT, data=data)


def _locked(organisation: Organisation) -> list[Organisation]:
    """Return everybody of the undertaking, locked."""
    found = single_undertaking(organisation)
    ids = [one.pk for one in found]
    list(Organisation.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    return found


def register_aid(entry: AidEntry, reference: str, *, by: Actor) -> AidEntry:
    """Keep the reference under which an entry stands in the central register (Article 6)."""
    if not reference.strip() or len(reference) > 100:
        raise Invalid(
            [FieldError("reference", _("Give the reference, in at most 100 characters."), "required")]
        )
    entry.register_reference = reference.strip()
    return enter(entry, "aid:register", by=by, permission=Permission.KEEP, fields=["register_reference"])


def annul_aid(entry: AidEntry, *, by: Actor) -> AidEntry:
    """Let an entry count no more: it was wrong, given back, or its award was annulled."""
    return fire(entry, "annul", by=by)
