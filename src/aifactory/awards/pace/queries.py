"""Reads of the pace of awards, of what is taken back, and of the pool."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncDate

from aifactory.audit.record import plain
from aifactory.awards.models import AwardLine, Hold
from aifactory.awards.pace import forecast as forecasting
from aifactory.awards.pace import judging, plan
from aifactory.awards.pace.forecast import Forecast, Range
from aifactory.awards.pace.models import Lapse, PaceWarning, PoolCredit, PoolWish, RampPlan, Reclaim
from aifactory.awards.pace.policy import Policy, in_force
from aifactory.kit import clock
from aifactory.kit.units import UNITS, Resource, shown
from aifactory.people.rules import visible

#: resources that are used up in time; storage is a room, not a stream
STREAMS = (Resource.GPU, Resource.CORE, Resource.ADVICE)


@dataclass(frozen=True)
class Standing:
    """How one award line stands now: base units, days."""

    line: AwardLine
    planned: dict[str, int] | None
    seen: judging.Seen
    forecast: Forecast | None
    verdict: judging.Verdict
    warned: int
    policy: Policy


def zone() -> ZoneInfo:
    """Return the factory's time zone: its days and months count."""
    return ZoneInfo(settings.TIME_ZONE)


def running(at: datetime) -> "models.QuerySet[AwardLine]":
    """Return the lines in their period whose pace matters: of active projects, in resources that pass with time."""
    rows = AwardLine.objects.filter(resource__in=STREAMS, project__state="active")
    return rows.filter(starts_at__lte=at, ends_at__gt=at).select_related("project__organisation")


def allocations_running(viewer: Any) -> "models.QuerySet[AwardLine]":
    """Return the lines in their period that the viewer sees."""
    return running(clock.now()).filter(pk__in=visible(AwardLine, viewer).values("pk"))


def daily_use(lines: Sequence[AwardLine], since: date) -> dict[str, dict[date, int]]:
    """Return what was billed on which day, by line, in one query; a job counts on the day it ended.

    A day with a correction can be below zero.
    """
    rows = (
        Hold.objects.filter(line__in=lines, state=Hold.State.SETTLED)
        .exclude(drawn=0)
        .filter(settled_at__gte=datetime(since.year, since.month, since.day, tzinfo=zone()))
        .annotate(day=TruncDate("settled_at", tzinfo=zone()))
        .values_list("line_id", "day")
        .annotate(used=Sum("drawn"))
    )
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for line, day, used in rows.order_by():
        found[line][day] = used
    return found


def standings(lines: Sequence[AwardLine], policy: Policy | None = None) -> list[Standing]:
    """Return how each line stands, in three queries for all."""
    now = clock.now()
    policy = policy or in_force(now)
    today = now.astimezone(zone()).date()
    since = today - timedelta(days=7 * policy.forecast.history_weeks)
    used = daily_use(lines, since)
    plans = dict(RampPlan.objects.filter(line__in=lines).values_list("line_id", "months"))
    warned = _warned(lines)
    return [
        _standing(line, plans.get(line.pk), used[line.pk], warned.get(line.pk, 0), policy) for line in lines
    ]


def _warned(lines: Sequence[AwardLine]) -> dict[str, int]:
    """Return how often each line was warned of too little use since it was last decided on."""
    decided = Reclaim.objects.filter(line=OuterRef("line")).exclude(decided_at=None).order_by("-decided_at")
    rows = PaceWarning.objects.filter(line__in=lines, kind__in=("slow", "idle"))
    rows = rows.annotate(decided=Subquery(decided.values("decided_at")[:1]))
    rows = rows.filter(Q(decided=None) | Q(created_at__gt=F("decided"))).order_by()
    return dict(rows.values_list("line_id").annotate(n=Count("pk")))


def standing(line: AwardLine) -> Standing:
    """Return how one line stands."""
    return standings([line])[0]


def _standing(
    line: AwardLine,
    planned: dict[str, int] | None,
    used: dict[date, int],
    warned: int,
    policy: Policy,
) -> Standing:
    now, here = clock.now(), zone()
    seen = _seen(line, planned, used, policy)
    made = None
    if seen.days_old >= policy.forecast.least_days and line.resource in STREAMS:
        today, begun = now.astimezone(here).date(), line.starts_at.astimezone(here).date()
        length = min((today - begun).days, 7 * policy.forecast.history_weeks)
        daily = [max(0, used.get(today - timedelta(days=back), 0)) for back in range(length, 0, -1)]
        period = (line.ends_at - line.starts_at) / timedelta(days=1)
        rule = policy.forecast
        made = forecasting.forecast(
            daily, left=seen.left, days=seen.days_left, even=line.amount / period, draws=rule.draws,
            prior_weeks=rule.prior_weeks, level=rule.level,
        )  # fmt: skip
    return Standing(line, planned, seen, made, judging.verdict(seen, made, policy), warned, policy)


def _seen(
    line: AwardLine, planned: dict[str, int] | None, used: dict[date, int], policy: Policy
) -> judging.Seen:
    now = clock.now()

    def due(at: datetime) -> int:
        return plan.expected(line.amount, line.starts_at, line.ends_at, at, zone=zone(), planned=planned)

    begun = line.starts_at.astimezone(zone()).date()
    history = timedelta(days=7 * policy.forecast.history_weeks)
    today = now.astimezone(zone()).date()
    # Before what is looked at, use is known to have been or not, but no more by day.
    last = max(used, default=max(begun, today - history) if line.drawn else begun)
    lately = now - timedelta(days=policy.warnings.idle_days)
    return judging.Seen(
        amount=line.amount,
        used=line.drawn + line.held,
        expected=due(now),
        expected_lately=due(now) - due(lately),
        days_old=max(0, (now - line.starts_at).days),
        days_unused=0 if line.held else max(0, (today - last).days),
        days_left=max(0, ceil((line.ends_at - now) / timedelta(days=1))),
        gone=min(1.0, max(0.0, (now - line.starts_at) / (line.ends_at - line.starts_at))),
    )


def takeable(found: Standing, *, counting_warnings: bool = True) -> int:
    """Return how much the policy would take back from a line now, in base units."""
    warned = found.warned if counting_warnings else None
    return judging.to_take(
        found.seen, found.forecast, found.policy, resource=found.line.resource, warned=warned
    )


def pool(resource: str = "") -> dict[str, int]:
    """Return what the pool holds that can still be granted, by resource, in base units."""
    rows = PoolCredit.objects.filter(left__gt=0, usable_until__gt=clock.now())
    rows = rows.filter(resource=resource) if resource else rows
    return dict(rows.values_list("resource").annotate(total=Sum("left")).order_by("resource"))


def moved() -> list[dict[str, Any]]:
    """Return what came back, was granted again and lapsed, by resource, in the unit of the field; four queries."""
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for resource, source, total in (
        PoolCredit.objects.values_list("resource", "source").annotate(total=Sum("amount")).order_by()
    ):
        sums[resource][source] = total
    granted = PoolWish.objects.filter(state="granted").values_list("line__resource")
    for resource, total in granted.annotate(total=Sum("granted")).order_by():
        sums[resource]["granted"] = total
    for resource, total in lapses().values_list("resource").annotate(total=Sum("amount")).order_by():
        sums[resource]["lapsed"] = total
    held = pool()
    names = ("returned", "reclaimed", "granted", "lapsed")
    return [
        {"resource": resource, "unit": UNITS[Resource(resource)][0],
         **{name: _shown(resource, sums[resource].get(name, 0)) for name in names},
         "held": _shown(resource, held.get(resource, 0))}
        for resource in sorted(sums)
    ]  # fmt: skip


def lapses() -> "models.QuerySet[Lapse]":
    """Return everything that lapsed, with its project; not of awards that were extended after all."""
    stands = Q(credit__isnull=False) | Q(ended_at=F("line__ends_at"))
    return Lapse.objects.filter(stands).select_related("line__project__organisation")


def reclaims(viewer: Any) -> "models.QuerySet[Reclaim]":
    """Return the reclaims that the viewer sees, with their projects."""
    return visible(Reclaim, viewer).select_related("line__project__organisation", "mandate")


def wishes(viewer: Any) -> "models.QuerySet[PoolWish]":
    """Return the wishes for more that the viewer sees, with their projects."""
    return visible(PoolWish, viewer).select_related("line__project__organisation", "mandate")


def queue(resource: str) -> "models.QuerySet[PoolWish]":
    """Return who waits for more of a resource, in the order in which they asked."""
    waiting = PoolWish.objects.filter(state="asked", line__resource=resource)
    return waiting.select_related("line__project").order_by("created_at", "pk")


def _shown(resource: str, amount: int) -> float:
    return float(shown(resource, amount))


def _range(resource: str, found: Range) -> dict[str, float]:
    return {name: _shown(resource, amount) for name, amount in asdict(found).items()}


def standing_facts(found: Standing) -> dict[str, Any]:
    """Return the pace of a line as the API shows it, in the unit of the field; ranges as value, low, high."""
    line, seen = found.line, found.seen
    resource = line.resource
    made = found.forecast
    used = seen.used
    return {
        "line": line.pk,
        "project": line.project_id,
        "resource": resource,
        "unit": UNITS[Resource(resource)][0],
        "granted": _shown(resource, seen.amount),
        "used": _shown(resource, used),
        "expected_by_now": _shown(resource, seen.expected),
        "planned": {m: _shown(resource, a) for m, a in found.planned.items()} if found.planned else None,
        "days_left": seen.days_left,
        "days_unused": seen.days_unused,
        "verdict": found.verdict,
        "warnings": found.warned,
        "forecast": {
            "used_at_end": _range(resource, _added(made.more, used)),
            "level_percent": found.policy.forecast.level,
            "used_up_early": round(made.full, 3),
            "used_up_in_days": made.full_in,
            "by_week": [
                {"days_from_now": days, "used": _range(resource, _added(more, used))}
                for days, more in made.weeks
            ],
        }
        if made
        else None,
        "policy": found.policy.name,
    }


def _added(more: Range, used: int) -> Range:
    return Range(more.value + used, more.low + used, more.high + used)


def reclaim_facts(reclaim: Reclaim) -> dict[str, Any]:
    """Return one reclaim as the API shows it."""
    line = reclaim.line
    return {
        "id": reclaim.pk,
        "line": line.pk,
        "project": line.project_id,
        "title": line.project.title,
        "organisation": line.project.organisation.name,
        "resource": line.resource,
        "unit": UNITS[Resource(line.resource)][0],
        "amount": _shown(line.resource, reclaim.amount),
        "figures": reclaim.figures,
        "policy": reclaim.policy,
        "policy_digest": reclaim.policy_digest,
        "answer_until": plain(reclaim.answer_until),
        "answer": reclaim.answer,
        "reasons": reclaim.reasons,
        "mandate": reclaim.mandate.holder_title if reclaim.mandate else None,
        "decided_at": plain(reclaim.decided_at),
        "objection": reclaim.objection,
        "objected_at": plain(reclaim.objected_at),
        "hearing": reclaim.hearing,
        "ruling": reclaim.ruling,
        "restored": None if reclaim.restored is None else _shown(line.resource, reclaim.restored),
        "ruled_at": plain(reclaim.ruled_at),
        "ruling_mandate": reclaim.ruling_mandate.holder_title if reclaim.ruling_mandate else None,
        "state": reclaim.state,
    }


def wish_facts(wish: PoolWish) -> dict[str, Any]:
    """Return one wish for more as the API shows it."""
    line = wish.line
    return {
        "id": wish.pk,
        "line": line.pk,
        "project": line.project_id,
        "title": line.project.title,
        "resource": line.resource,
        "unit": UNITS[Resource(line.resource)][0],
        "asked": _shown(line.resource, wish.amount),
        "granted": _shown(line.resource, wish.granted),
        "why": wish.why,
        "out_of_turn": wish.out_of_turn,
        "reasons": wish.reasons,
        "state": wish.state,
        "asked_at": plain(wish.created_at),
    }


def lapse_facts(lapse: Lapse) -> dict[str, Any]:
    """Return what lapsed, as everybody sees it."""
    return {
        "id": lapse.pk,
        "project": lapse.line.project_id,
        "title": lapse.line.project.title,
        "organisation": lapse.line.project.organisation.name,
        "resource": lapse.resource,
        "unit": UNITS[Resource(lapse.resource)][0],
        "amount": _shown(lapse.resource, lapse.amount),
        "from_pool": lapse.credit_id is not None,
        "ended_at": plain(lapse.ended_at),
    }
