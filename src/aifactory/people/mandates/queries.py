"""Reads of mandates that pages, API and commands share."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from aifactory.audit.record import plain
from aifactory.kit import clock
from aifactory.kit.errors import NotFound, Refused
from aifactory.people.mandates.duties import Duty, Seat, seats
from aifactory.people.mandates.matrix import Alarm, Holding, accountable, alarms, in_force
from aifactory.people.mandates.models import Involvement
from aifactory.people.models import Mandate, Role, User
from aifactory.people.queries import mandate_for

#: who sees the names behind the functions
INSIDERS = (Role.OFFICE, Role.PANEL, Role.AUDITOR, Role.ADVISER, Role.STEWARD, Role.OPERATOR)


class NoMandate(Refused):
    """Nobody made this person accountable for this."""

    status = 403


@dataclass
class Row:
    """One duty in one scope, with everybody who has a part in it."""

    seat: Seat
    holdings: list[Holding] = field(default_factory=list)
    mandates: dict[str, Mandate] = field(default_factory=dict)
    involved: dict[str, list[Involvement]] = field(default_factory=lambda: defaultdict(list))
    alarms: list[Alarm] = field(default_factory=list)

    @property
    def duty(self) -> Duty:
        """The duty, whatever its scope."""
        return self.seat.duty

    @property
    def scope(self) -> str:
        """The scope, empty for a duty that is not split."""
        return self.seat.scope

    def present(self, at: datetime) -> list[Mandate]:
        """Return the mandates that count at that moment, the lowest ceiling first."""
        held = in_force(self.holdings, self.scope, at)
        most = float("inf")
        held.sort(
            key=lambda h: (most if h.gpu is None else h.gpu, most if h.core is None else h.core, h.mandate)
        )
        return [self.mandates[h.mandate] for h in held]

    def coming(self, at: datetime) -> list[Mandate]:
        """Return the mandates that begin later, the next first."""
        later = [m for m in self.mandates.values() if m.valid_from > at]
        return sorted(later, key=lambda m: (m.valid_from, m.pk))


def matrix(at: datetime | None = None) -> list[Row]:
    """Return every duty with who is accountable, responsible, consulted and informed, and its alarms."""
    at = at or clock.now()
    held: dict[str, list[Mandate]] = defaultdict(list)
    for mandate in Mandate.objects.exclude(valid_until__lte=at).select_related("user").order_by("pk"):
        held[mandate.subject].append(mandate)
    involved = list(Involvement.objects.exclude(until__lte=at).select_related("user").order_by("pk"))
    return [_row(seat, held[seat.duty.subject], involved, at) for seat in seats()]


def _row(seat: Seat, held: list[Mandate], involved: list[Involvement], at: datetime) -> Row:
    duty, scope, row = seat.duty, seat.scope, Row(seat)
    for mandate in held:
        if mandate.scope in {"", scope}:
            row.holdings.append(holding(mandate))
            row.mandates[mandate.pk] = mandate
    for one in involved:
        if one.subject == duty.subject and one.scope in {"", scope}:
            row.involved[one.part].append(one)
    row.alarms = alarms([(duty.subject, scope, row.holdings)], at)
    return row


def holding(mandate: Mandate) -> Holding:
    """Return a mandate as the matrix reads it."""
    return Holding(
        mandate=mandate.pk,
        person=mandate.user_id,
        title=mandate.holder_title,
        scope=mandate.scope,
        begins=mandate.valid_from,
        ends=mandate.valid_until,
        gpu=mandate.ceiling_gpu_seconds,
        core=mandate.ceiling_core_seconds,
        active=mandate.user.is_active,
    )


def all_alarms(at: datetime | None = None) -> list[Alarm]:
    """Return what needs somebody: duties without, or with more than, one accountable person."""
    return [alarm for row in matrix(at) for alarm in row.alarms]


def rows_of(subject: str, scope: str = "") -> list[Row]:
    """Return the lines of a duty that a mandate with this scope would touch. Raises `NotFound` for none."""
    found = [row for row in matrix() if row.duty.subject == subject and scope in {"", row.scope}]
    if not found:
        raise NotFound(_("There is no such duty."), next_step=_("Look in the list of duties."))
    return found


def find_row(subject: str, scope: str = "") -> Row:
    """Return one line of the matrix. Raises `NotFound`."""
    for row in rows_of(subject, scope):
        if row.scope == scope:
            return row
    raise NotFound(_("There is no such duty."), next_step=_("Look in the list of duties."))


def holder_of(subject: str, *, scope: str = "", gpu: int = 0, core: int = 0) -> Mandate | None:
    """Return the one mandate that answers for this now (amounts in seconds), or None for nobody or a double."""
    row = find_row(subject, scope)
    found = accountable(row.holdings, scope, clock.now(), gpu=gpu, core=core)
    people = {h.person for h in found}
    return row.mandates[found[0].mandate] if len(people) == 1 else None


def ground(by: object, subject: str, *, scope: str = "") -> Mandate:
    """Return the mandate under which a person acts. Raises `NoMandate`."""
    mandate = mandate_for(by, subject, scope=scope) if isinstance(by, User) else None
    if mandate is None:
        raise NoMandate(
            _("You have no mandate for this today."),
            rule=subject,
            next_step=_("Look under “Who answers for what” who holds it, and ask that person."),
        )
    return mandate


def named(viewer: Any, person: User | None, *, published: bool) -> str:
    """Return a person's name where this viewer may read it: in public only if the person agreed to it."""
    if person is None:
        return ""
    inside = isinstance(viewer, User) and viewer.is_active and viewer.has_role(*INSIDERS)
    return str(person) if published or inside else ""


def mandate_facts(mandate: Mandate, viewer: Any) -> dict[str, Any]:
    """Return one mandate as the API shows it to this viewer; ceilings in seconds."""
    return {
        "id": mandate.pk,
        "subject": mandate.subject,
        "scope": mandate.scope,
        "title": mandate.holder_title,
        "name": named(viewer, mandate.user, published=mandate.name_published),
        "ceiling_gpu_seconds": mandate.ceiling_gpu_seconds,
        "ceiling_core_seconds": mandate.ceiling_core_seconds,
        "valid_from": plain(mandate.valid_from),
        "valid_until": plain(mandate.valid_until),
        "basis": mandate.basis,
        "follows": mandate.follows_id,
    }


def row_facts(row: Row, viewer: Any, language: str, at: datetime) -> dict[str, Any]:
    """Return one line of the matrix as the API shows it."""
    parts = {
        part.value: [
            {"id": i.pk, "function": i.function, "name": named(viewer, i.user, published=False)}
            for i in row.involved[part.value]
        ]
        for part in Involvement.Part
    }
    return {
        "subject": row.duty.subject,
        "scope": row.scope,
        "kind": row.duty.kind,
        "title": row.seat.title(language),
        "accountable": [mandate_facts(m, viewer) for m in row.present(at)],
        "coming": [mandate_facts(m, viewer) for m in row.coming(at)],
        **parts,
        "alarms": [alarm_facts(a) for a in row.alarms],
    }


def alarm_facts(alarm: Alarm) -> dict[str, Any]:
    """Return one alarm as the API shows it."""
    return {
        "kind": alarm.kind,
        "subject": alarm.subject,
        "scope": alarm.scope,
        "at": plain(alarm.at),
        "mandates": list(alarm.mandates),
    }
