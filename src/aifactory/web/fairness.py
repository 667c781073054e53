"""Who applies and who gets: the public page of the fairness figures."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from aifactory.access.models import Call
from aifactory.people.language import spoken
from aifactory.people.rules import find
from aifactory.people.sectors import sector_in
from aifactory.transparency import decided as reads
from aifactory.transparency.fairness import DIMENSIONS, LEAST, Interval, Row
from aifactory.web import charts
from aifactory.web.jinja import number

LONGEST = 60


def fairness(request: HttpRequest) -> HttpResponse:
    """Success and GPU-hours by size, region, sector and newcomers; what floor and calibration changed."""
    asked, mode = request.GET.get("call", ""), request.GET.get("mode", "")[:LONGEST]
    call = find(Call, asked, request.user) if asked else None
    found = reads.fairness(call=call.pk if call else "", mode="" if call else mode)
    context = {
        "call": call,
        "title": call.title.of(spoken()) if call else mode,
        "mode": mode,
        "modes": reads.modes_with_decisions(),
        "calls": [(one.pk, one.title.of(spoken())) for one in reads.calls_with_decisions()],
        "found": found,
        "parts": [_part(name, found.dimensions[name]) for name in DIMENSIONS],
        "crossing": _range(found.crossing),
        "history": [_point(one) for one in reads.over_time(mode)] if mode and not call else [],
        "least": LEAST,
    }
    return render(request, "fairness/fairness.html", context)


def _part(name: str, rows: list[Row] | Any) -> dict[str, Any]:
    shown = [row for row in rows if not row.hidden]
    title = {
        "size": _("By size of the organisation"),
        "region": _("By region"),
        "sector": _("By sector"),
        "newcomer": _("Newcomers, and those who had an award before"),
    }[name]
    bars = [(label(row.group), round(100 * row.success.value, 1)) for row in shown if row.success]
    shares = [(label(row.group), round(100 * row.gpu_share.value, 1)) for row in shown if row.gpu_share]
    return {
        "title": title,
        "rows": [_cells(row) for row in rows],
        "success": charts.bars(
            bars,
            title=_("Granted, of all that was asked"),
            label=title,
            unit="%",
            table_summary=_("The numbers"),
        )
        if bars
        else "",
        "shares": charts.bars(
            shares, title=_("Share of the GPU-hours"), label=title, unit="%", table_summary=_("The numbers")
        )
        if shares
        else "",
        "signals": [label(row.group) for row in shown if row.signal],
    }


def _cells(row: Row) -> list[str]:
    if row.hidden:
        return [_("Groups too small to show"), *[_("not shown")] * 6]
    return [
        label(row.group),
        number(row.applications),
        number(row.granted),
        _range(row.success),
        number(row.gpu_hours, 0),
        _range(row.gpu_share),
        "–" if row.impact is None else number(row.impact, 2) + (" ⚑" if row.signal else ""),
    ]


def _range(found: Interval | None) -> str:
    if found is None:
        return "–"
    value, low, high = (f"{100 * share:.0f}" for share in (found.value, found.low, found.high))
    return _("%(value)s %% (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}


def label(group: str) -> str:
    """Return what a group is called, in the reader's language; regions are called as they are."""
    known = {
        "": _("Not known"),
        "sme": _("Micro, small and medium-sized"),
        "other": _("Larger, public and research"),
        "newcomer": _("First award"),
        "known": _("Had an award before"),
    }
    return str(known.get(group, sector_in(group, spoken())))


def _point(one: dict[str, Any]) -> list[str]:
    by_group = {row["group"]: row for row in one["size"] if not row["hidden"]}
    cells = []
    for group in ("sme", "other"):
        row = by_group.get(group)
        cells.append(f"{100 * row['success']['value']:.0f} %" if row else _("not shown"))
    share = by_group.get("sme", {}).get("gpu_share")
    language = spoken()
    title = one["title"].get(language, one["title"]["en"])
    return [title, *cells, f"{100 * share['value']:.0f} %" if share else _("not shown")]


urlpatterns = [path("register/fairness/", fairness, name="register_fairness")]
