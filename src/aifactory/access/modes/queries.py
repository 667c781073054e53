"""Reads of modes: which there are, and what their quotas leave."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from aifactory.access import modes
from aifactory.access.applications.models import Application
from aifactory.access.calls.models import Call
from aifactory.access.decisions.models import Decision
from aifactory.access.modes.models import ModeVersion
from aifactory.access.modes.quotas import Awarded, Room, counts, rooms
from aifactory.access.objections.models import Objection
from aifactory.access.screening.facts import facts_of
from aifactory.awards.reserves.models import Reserve
from aifactory.kit import clock
from aifactory.kit.errors import NotFound, Refused
from aifactory.kit.units import Resource, human
from aifactory.people.language import spoken


class QuotaIsUsedUp(Refused):
    """The year's share for these modes or organisations leaves no room for this award."""


def adopted() -> list[ModeVersion]:
    """Return the versions that the office adopted, oldest first."""
    return list(ModeVersion.objects.filter(state="adopted").order_by("mode_id", "version"))


def all_modes() -> list[modes.Mode]:
    """Return every version that a call may be opened under: those of the platform and those adopted, by name."""
    own = [modes.kept(row.digest, row.content) for row in adopted()]
    packaged = [modes.named(name) for name in modes.names()]
    return sorted([*packaged, *own], key=lambda mode: (mode.id, mode.version))


def newest_modes() -> list[modes.Mode]:
    """Return the newest version of each mode."""
    return list({mode.id: mode for mode in all_modes()}.values())


def mode_named(name: str) -> modes.Mode:
    """Return the mode of that name (`regional-v1`). Raises `NotFound` with the names that there are."""
    if name in modes.names():
        return modes.named(name)
    row = ModeVersion.objects.filter(state="adopted", name=name).first()
    if row is None:
        there = ", ".join(mode.name for mode in all_modes())
        raise NotFound(_("There is no mode %(name)r; there are: %(there)s.") % {"name": name, "there": there})
    return modes.kept(row.digest, row.content)


def text_of(mode: modes.Mode) -> str:
    """Return the TOML of a mode, as its writer wrote it."""
    if mode.name in modes.names():
        return (modes.folder() / f"{mode.name}.toml").read_text("utf-8")
    return ModeVersion.objects.get(state="adopted", name=mode.name).text


def awarded_in_year(mode: modes.Mode, at: datetime) -> list[Awarded]:
    """Return the GPU-seconds awarded in the calendar year of a moment, on objection too, for the quotas of a mode."""
    year = at.astimezone(zone := ZoneInfo(mode.clock.time_zone)).year
    first, last = (datetime(y, 1, 1, tzinfo=zone).astimezone(UTC) for y in (year, year + 1))
    rows = Decision.objects.filter(outcome="awarded", decided_at__gte=first, decided_at__lt=last)
    found = rows.values_list("application__call__mode_name", "application__organisation_facts", "awarded")
    later = Objection.objects.filter(decided_at__gte=first, decided_at__lt=last).exclude(effect="kept")
    more = later.values_list(
        "application__call__mode_name", "application__organisation_facts", "awarded", "decision__awarded"
    )
    return [_counted(name, facts, awarded) for name, facts, awarded in found] + [
        _counted(name, facts, after, less=before) for name, facts, after, before in more
    ]


def _counted(
    mode_name: str,
    facts: Mapping[str, Any],
    amounts: Mapping[str, int],
    *,
    less: Mapping[str, int] | None = None,
) -> Awarded:
    gpu = amounts.get(Resource.GPU, 0) - (less or {}).get(Resource.GPU, 0)
    return Awarded(mode_name.rpartition("-v")[0], size_in(facts), gpu)


def kept_back_now() -> list[Awarded]:
    """Return the GPU-seconds that open objections may still bring, as if they were awarded."""
    kept = dict(Reserve.objects.filter(state="kept").values_list("cause", "amounts"))
    open_ = Objection.objects.filter(pk__in=[cause.partition(":")[2] for cause in kept])
    rows = open_.select_related("application__call")
    return [
        _counted(row.application.call.mode_name, row.application.organisation_facts, kept[row.thing])
        for row in rows
        if row.thing in kept
    ]


def size_in(organisation_facts: Mapping[str, Any]) -> str:
    """Return the size class in the facts that an application was submitted with; empty where it is not known."""
    if not organisation_facts:
        return ""
    known = facts_of(organisation_facts, {}, {}, clock.now().date())
    return known["organisation.size"] or ""


def rooms_now(mode: modes.Mode) -> list[Room]:
    """Return the quotas of a mode with what this year's awards and open objections leave of them."""
    return rooms_at(mode, clock.now()) if mode.quotas else []


def rooms_at(mode: modes.Mode, at: datetime) -> list[Room]:
    """Return the same for the calendar year of a moment."""
    return rooms(mode, awarded_in_year(mode, at), kept_back_now())


def require_room(application: Application, granted: Mapping[str, int], at: datetime) -> None:
    """Raise `QuotaIsUsedUp` where an award would go over a quota of its mode.

    To be called in the transaction of the decision: the calls of the modes that share a quota are locked, so
    that two deciders cannot both take what is left.
    """
    mode, wanted = application.call.mode, granted.get(Resource.GPU, 0)
    if not mode.quotas or not wanted:
        return
    sharing = {shared for quota in mode.quotas for shared in quota.modes} or {mode.id}
    named = Q(*(("mode_name__startswith", f"{shared}-v") for shared in sorted(sharing)), _connector=Q.OR)
    list(Call.objects.select_for_update().filter(named).order_by("pk").values_list("pk", flat=True))
    size = size_in(application.organisation_facts)
    for room in rooms_at(mode, at):
        if counts(room.quota, mode.id, size) and wanted > room.left:
            raise QuotaIsUsedUp(
                _(
                    "Of the quota of %(percent)s %% for “%(quota)s” %(left)s are left, and %(wanted)s are asked."
                )
                % {
                    "percent": room.quota.percent,
                    "quota": room.quota.label.of(spoken()),
                    "left": human(Resource.GPU, room.left, spoken()),
                    "wanted": human(Resource.GPU, wanted, spoken()),
                },
                rule=f"quota:{room.quota.id}",
                next_step=_("Award less, or wait for the next calendar year."),
            )
