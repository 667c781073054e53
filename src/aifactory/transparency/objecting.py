"""Objecting to a decision that is not about an application: until when, the objection, and the ruling on it."""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.access.deadlines import next_working_day, objection_ends
from aifactory.audit.actions import NotPossibleNow, enter
from aifactory.awards.pace.actions import restore
from aifactory.awards.pace.models import Reclaim
from aifactory.awards.pace.permissions import Permission
from aifactory.awards.pace.policy import named
from aifactory.awards.pace.queries import zone
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid
from aifactory.kit.units import human
from aifactory.people.language import spoken
from aifactory.people.mandates.queries import ground
from aifactory.people.models import User
from aifactory.people.rules import require

#: whose public holidays count: the law of objections is that of the factory's country
COUNTRY = "NL"
#: the duty of who rules; never the person who took the time back
DUTY = "objection:decide"
#: from the day after the term for objecting ended (Awb 7:10)
RULING_WEEKS = 6
LONG = 4000


def object_until(reclaim: Reclaim) -> date | None:
    """Return the last day to object to time being taken back (Awb 6:7, 6:8); None where nothing was taken."""
    if reclaim.state != "confirmed" or reclaim.decided_at is None:
        return None
    weeks = named(reclaim.policy).reclaim.object_weeks
    return objection_ends(reclaim.decided_at, weeks, settings.TIME_ZONE, COUNTRY)


def ruling_until(reclaim: Reclaim) -> date | None:
    """Return the day before which an objection is ruled on (Awb 7:10); None where there is none."""
    last = object_until(reclaim)
    if last is None or reclaim.objected_at is None:
        return None
    return next_working_day(last + timedelta(weeks=RULING_WEEKS), COUNTRY)


def object_to(reclaim: Reclaim, text: str, *, by: User) -> Reclaim:
    """Object, for the project, to time being taken back. Once, and within the term.

    Raises `NotAllowed`, `Invalid`; `NotPossibleNow` where nothing was taken, too late, or for a second one.
    """
    require(by, Permission.OBJECT, reclaim)
    _require_words(("objection", text))
    last = object_until(reclaim)
    if last is None or reclaim.objected_at:
        raise NotPossibleNow(_("There is nothing here to object to, or no more."), rule="Awb 6:4")
    if clock.now().astimezone(zone()).date() > last:
        raise NotPossibleNow(
            _("The last day to object was %s.") % last,
            rule="Awb 6:7",
            next_step=_("Write to the factory office why it comes late: a good reason can count."),
        )
    reclaim.objection, reclaim.objected_at = text.strip(), clock.now()
    return enter(
        reclaim, "reclaim:object", by=by, permission=Permission.OBJECT, fields=["objection", "objected_at"]
    )


def rule(reclaim: Reclaim, restored: int, *, hearing: str, reasons: str, by: User) -> Reclaim:
    """Rule on an objection: give back so much of what was taken (base units, maybe nothing), with reasons.

    `hearing` says what came of hearing the project, or why it was not heard (Awb 7:2, 7:3). Raises `NoMandate`,
    `NotAllowed` for who took it back or belongs to the project, `Invalid`, `NotPossibleNow`.
    """
    mandate = ground(by, DUTY)
    require(by, Permission.RULE, reclaim)
    _require_words(("hearing", hearing), ("reasons", reasons))
    with transaction.atomic():
        found = (
            Reclaim.objects.select_for_update(of=("self",)).select_related("line__project").get(pk=reclaim.pk)
        )
        if found.objected_at is None or found.ruled_at:
            raise NotPossibleNow(_("There is no objection to rule on."), rule="Awb 7:11")
        if not 0 <= restored <= found.amount:
            text = _("Give back nothing, or at most what was taken: %s.") % human(
                found.line.resource, found.amount, spoken()
            )
            raise Invalid([FieldError("restored", text, "0 … taken")])
        found.hearing, found.ruling, found.restored = hearing.strip(), reasons.strip(), restored
        found.ruled_at, found.ruling_mandate = clock.now(), mandate
        fields = ["hearing", "ruling", "restored", "ruled_at", "ruling_mandate"]
        data = {"restored": restored, "line": found.line_id}
        enter(found, "reclaim:rule", by=by, permission=Permission.RULE, data=data, fields=fields)
        if restored:
            restore(found, restored, by=by)
    return found


def _require_words(*given: tuple[str, str]) -> None:
    errors = [FieldError(name, _("Fill this in."), "required") for name, text in given if not text.strip()]
    long = _("Use at most %s characters.") % LONG
    errors += [FieldError(name, long, "length") for name, text in given if len(text) > LONG]
    if errors:
        raise Invalid(errors)
