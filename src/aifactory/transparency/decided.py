"""Decided applications as cases for the fairness figures: only those whose decision is published."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db.models import Max, QuerySet

from aifactory.access.applications.lifecycle import DECIDED
from aifactory.access.models import Application, Call, Objection
from aifactory.access.modes.queries import size_in
from aifactory.access.selection.models import SelectionLine
from aifactory.audit.record import plain
from aifactory.awards.models import Project
from aifactory.kit.units import Resource, shown
from aifactory.people.enterprises.size import SME
from aifactory.transparency.fairness import Case, Interval, Report, Row, report

UNKNOWN = ""


def decided(*, call: str = "", mode: str = "") -> "QuerySet[Application]":
    """Return the applications with a published decision, of one call or of one mode (its id, all versions)."""
    rows = Application.objects.filter(state__in=DECIDED, decision__isnull=False)
    if call:
        rows = rows.filter(call=call)
    if mode:
        rows = rows.filter(call__mode_name__startswith=f"{mode}-v")
    return rows.order_by("pk")


def cases(rows: "QuerySet[Application]") -> list[Case]:
    """Return applications as plain cases, in four queries for all."""
    found = list(
        rows.select_related("organisation", "decision", "call").only(
            "pk", "call__mode_name", "state", "submitted_at", "organisation_facts", "organisation__region",
            "organisation__sector", "decision__awarded",
        )
    )  # fmt: skip
    ruled = _ruled(rows)
    lines = _lines(rows)
    first = dict(
        Project.objects.exclude(application="")
        .order_by("-created_at")
        .values_list("organisation", "created_at")
    )
    return [_case(one, ruled.get(one.pk), lines.get(one.pk, {}), first) for one in found]


def _ruled(rows: "QuerySet[Application]") -> dict[str, dict[str, int]]:
    """What was awarded on objection, in place of the first decision."""
    objections = Objection.objects.filter(application__in=rows.values("pk"), state="decided")
    return dict(objections.exclude(effect="kept").values_list("application_id", "awarded"))


def _lines(rows: "QuerySet[Application]") -> dict[str, dict[str, Any]]:
    published = SelectionLine.objects.filter(application__in=rows.values("pk"), selection__state="published")
    return dict(published.values_list("application_id", "facts"))


def _case(
    one: Application, ruled: dict[str, int] | None, facts: dict[str, Any], first: dict[str, Any]
) -> Case:
    size = size_in(one.organisation_facts)
    begun = first.get(one.organisation_id)
    known = begun is not None and one.submitted_at is not None and begun < one.submitted_at
    ranked = facts.get("standing") == "ranked"
    awarded = one.decision.awarded if ruled is None else ruled
    return Case(
        id=one.pk,
        parts=(one.call.mode_name.rpartition("-v")[0], one.call_id),
        groups={
            "size": "sme" if size in SME else "other" if size else UNKNOWN,
            "region": one.organisation_facts.get("region") or one.organisation.region or UNKNOWN,
            "sector": one.organisation_facts.get("sector") or one.organisation.sector or UNKNOWN,
            "newcomer": "known" if known else "newcomer",
        },
        granted=one.state == "awarded",
        gpu_hours=float(shown(Resource.GPU, awarded.get("gpu", 0))) if one.state == "awarded" else 0.0,
        proposed=bool(facts["proposed"]) if ranked else None,
        without_floor=facts["without_floor"] if ranked else None,
        without_correction=facts["without_correction"] if ranked else None,
        score=facts["corrected"] if ranked else None,
    )


def fairness(*, call: str = "", mode: str = "") -> Report:
    """Return the figures of one call, of one mode, or of everything; reckoned anew only when decisions changed."""
    rows = decided(call=call, mode=mode)
    newest = Objection.objects.aggregate(at=Max("decided_at"))["at"]
    marks = rows.aggregate(at=Max("decision__decided_at"))["at"], rows.count(), newest
    return _reckoned(call, mode, str(marks))


@lru_cache(maxsize=256)
def _reckoned(call: str, mode: str, _marks: str) -> Report:
    return report(cases(decided(call=call, mode=mode)))


def calls_with_decisions(mode: str = "") -> list[Call]:
    """Return the calls in which decisions were published, oldest first."""
    return list(Call.objects.filter(pk__in=decided(mode=mode).values("call")).order_by("opens_at", "pk"))


def over_time(mode: str) -> list[dict[str, Any]]:
    """Return the calls of a mode in order, each with its figures by size."""
    return [
        {
            "call": call.pk,
            "title": call.title.plain(),
            "closed_at": plain(call.cut_off_at or call.opens_at),
            "size": [row_facts(row) for row in fairness(call=call.pk).dimensions["size"]],
        }
        for call in calls_with_decisions(mode)
    ]


def facts(found: Report) -> dict[str, Any]:
    """Return the figures as JSON."""
    return {
        "applications": found.applications,
        "granted": found.granted,
        "gpu_hours": found.gpu_hours,
        "dimensions": {name: [row_facts(row) for row in rows] for name, rows in found.dimensions.items()},
        "floor": vars(found.floor),
        "calibration": {
            "ranked": found.ranked,
            "crossed": found.crossed,
            "share": _interval(found.crossing),
        },
    }


def row_facts(row: Row) -> dict[str, Any]:
    """Return one group as JSON; hidden ones together and without a name."""
    if row.hidden:
        return {"group": row.group, "hidden": True}
    return {
        "group": row.group,
        "hidden": False,
        "applications": row.applications,
        "granted": row.granted,
        "success": _interval(row.success),
        "gpu_hours": row.gpu_hours,
        "gpu_share": _interval(row.gpu_share),
        "impact": None if row.impact is None else round(row.impact, 4),
        "signal": row.signal,
    }


def _interval(found: Interval | None) -> dict[str, float] | None:
    return None if found is None else {name: round(value, 4) for name, value in vars(found).items()}


def modes_with_decisions() -> list[str]:
    """Return the ids of the modes in which decisions were published."""
    names: Iterable[str] = decided().order_by().values_list("call__mode_name", flat=True).distinct()
    return sorted({name.rpartition("-v")[0] for name in names})
