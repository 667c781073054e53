"""Giving a duty to a person, handing it over without a gap, ending it; and who else has a part in it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import ChangedMeanwhile, NotPossibleNow, enter
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.people.actions import give_mandate
from aifactory.people.mandates import matrix
from aifactory.people.mandates.matrix import Holding
from aifactory.people.mandates.models import Involvement
from aifactory.people.mandates.queries import Row, find_row, holding, rows_of
from aifactory.people.models import Mandate, User
from aifactory.people.rules import Permission
from aifactory.ports.identity import Actor


class SomebodyAnswersAlready(Refused):
    """The duty has an accountable person at that moment."""


def appoint(
    person: User,
    *,
    by: Actor,
    subject: str,
    holder_title: str,
    scope: str = "",
    valid_from: datetime | None = None,
    **terms: Any,
) -> Mandate:
    """Make a person accountable for a duty of the list, from a moment that is not past.

    Raises `NotFound` for an unknown duty, `Invalid`, and `SomebodyAnswersAlready` where two would answer.
    """
    now = clock.now()
    begins = valid_from or now
    _require_future(begins, now, "valid_from")
    _require_title(holder_title, person, by)
    with transaction.atomic():
        rows = rows_of(subject, scope)
        mandate = give_mandate(
            person,
            by=by,
            subject=subject,
            scope=scope,
            holder_title=holder_title.strip(),
            valid_from=begins,
            **terms,
        )
        if any(_clashes(row, holding(mandate)) for row in rows):
            raise SomebodyAnswersAlready(
                _("Somebody answers for this already: then two people would."),
                rule="mandate:one",
                next_step=_("Hand over the mandate that is there, or give this one another ceiling."),
            )
    return mandate


def _clashes(row: Row, mine: Holding) -> bool:
    """Say whether two people would answer at some moment from the beginning of this mandate on."""
    held = [*row.holdings, mine]
    moments = {mine.begins, *(h.begins for h in held if h.begins > mine.begins)}
    present = [matrix.in_force(held, row.scope, moment) for moment in moments]
    return any(mine in pair for those in present for pair in matrix.clashes(those))


def hand_over(
    mandate: Mandate, to: User, *, by: Actor, at: datetime | None = None, holder_title: str = ""
) -> Mandate:
    """End one person's mandate and begin another's for the same at the same instant; returns the new one.

    `at` lies within the mandate and not in the past; the end that was set for the old one holds for the new one.
    Raises `Invalid`, `NotPossibleNow` when it has ended or was handed over, `NotAllowed`.
    """
    now = clock.now()
    at = at or now
    title = holder_title.strip() or mandate.holder_title
    _require_future(at, now, "at")
    _require_title(title, to, by)
    if to.pk == mandate.user_id:
        raise Invalid([FieldError("person", _("This person holds the mandate already."), "another person")])
    with transaction.atomic():
        old = _running(mandate, at)
        until, old.valid_until = old.valid_until, at
        data = {"to": to.pk}
        enter(
            old,
            "mandate:hand_over",
            by=by,
            permission=Permission.GIVE_MANDATE,
            data=data,
            fields=["valid_until"],
        )
        new = give_mandate(
            to,
            by=by,
            subject=old.subject,
            scope=old.scope,
            holder_title=title,
            ceiling_gpu_seconds=old.ceiling_gpu_seconds,
            ceiling_core_seconds=old.ceiling_core_seconds,
            basis=old.basis,
            valid_from=at,
            valid_until=until,
            follows=old,
        )
    mandate.refresh_from_db()
    return new


def end(mandate: Mandate, *, by: Actor, at: datetime | None = None) -> Mandate:
    """End a mandate without a successor: an alarm tells of the gap. Raises like `hand_over`."""
    now = clock.now()
    at = at or now
    _require_future(at, now, "at")
    with transaction.atomic():
        old = _running(mandate, at)
        old.valid_until = at
        enter(old, "mandate:end", by=by, permission=Permission.GIVE_MANDATE, fields=["valid_until"])
    mandate.refresh_from_db()
    return mandate


def publish_name(mandate: Mandate, *, by: Actor, published: bool = True) -> Mandate:
    """Show the holder's name in public, or hide it again; only the holder says so."""
    mandate.name_published = published
    return enter(
        mandate,
        "mandate:publish_name" if published else "mandate:hide_name",
        by=by,
        permission=Permission.PUBLISH_NAME,
        fields=["name_published"],
    )


def involve(
    subject: str, *, by: Actor, part: str, function: str, scope: str = "", person: User | None = None
) -> Involvement:
    """Name a function that is responsible, consulted or informed; once is enough. Raises `NotFound`, `Invalid`."""
    row = find_row(subject, scope)
    errors = []
    if part not in Involvement.Part.values:
        errors.append(FieldError("part", _("Choose responsible, consulted or informed."), "closed list"))
    if not function.strip():
        errors.append(FieldError("function", _("Give the function, e.g. “adviser on duty”."), "required"))
    if errors:
        raise Invalid(errors)
    facts = {"subject": row.duty.subject, "scope": scope, "part": part, "function": function.strip()}
    known = Involvement.objects.filter(**facts, until=None).first()
    return known or enter(
        Involvement(**facts, user=person, since=clock.now()),
        "involvement:begin",
        by=by,
        permission=Permission.GIVE_MANDATE,
    )


def end_involvement(involvement: Involvement, *, by: Actor) -> Involvement:
    """End a part; the record stays. An ended one stays as it is."""
    if involvement.until:
        return involvement
    involvement.until = clock.now()
    return enter(involvement, "involvement:end", by=by, permission=Permission.GIVE_MANDATE, fields=["until"])


def _running(mandate: Mandate, at: datetime) -> Mandate:
    """Lock a mandate and return it as it is now. Raises `NotPossibleNow` unless `at` lies within it."""
    found = Mandate.objects.select_for_update().filter(pk=mandate.pk).first()
    if found is None:
        raise ChangedMeanwhile(_("Somebody else changed this a moment ago."))
    if found.valid_until is not None and found.valid_until <= at:
        raise NotPossibleNow(
            _("This mandate has ended by then."),
            rule="mandate:no gap",
            next_step=_("Choose an earlier moment, or give a new mandate."),
        )
    if at < found.valid_from:
        raise NotPossibleNow(
            _("This mandate has not begun by then."),
            rule="mandate:period",
            next_step=_("Choose a later moment."),
        )
    return found


def _require_future(moment: datetime, now: datetime, name: str) -> None:
    if moment < now:
        raise Invalid(
            [FieldError(name, _("This moment is past. What was decided until now stays."), "not past")]
        )


def _require_title(title: str, person: User, by: Actor) -> None:
    errors = []
    if person.pk == by.id:
        errors.append(FieldError("person", _("Nobody makes themself accountable."), "mandate:by another"))
    if not title.strip():
        errors.append(
            FieldError("holder_title", _("Give the function, which is shown in public."), "required")
        )
    if not person.is_active:
        errors.append(FieldError("person", _("This account is closed."), "active"))
    if errors:
        raise Invalid(errors)
