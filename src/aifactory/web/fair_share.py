"""Do all users of a class wait alike, and does each class get its part: the public page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from aifactory.people.language import spoken
from aifactory.supercomputer.fair_share import waiting
from aifactory.supercomputer.fair_share.queries import audit
from aifactory.web.jinja import number

DAYS = (30, 90, 365)


def equal_treatment(request: HttpRequest) -> HttpResponse:
    """Targets, what each class has and used, and how long its runs waited, with ranges."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, DAYS) else 90
    found = audit(days)
    titles = {one["id"]: one["title"] for one in found["classes"]}
    language = "nl" if spoken().startswith("nl") else "en"
    context = {
        "found": found,
        "days": days,
        "choices": DAYS,
        "least": waiting.LEAST,
        "classes": [
            [
                titles[one["id"]][language],
                *(_percent(one[f"{name}_percent"]) for name in ("target", "awarded", "used")),
            ]
            for one in found["classes"]
        ],
        "sizes": [_size(one, titles, language) for one in found["sizes"] if one["rows"]],
    }
    return render(request, "fair_share/equal_treatment.html", context)


def _size(one: dict[str, Any], titles: dict[str, Any], language: str) -> dict[str, Any]:
    names = {
        "cores": _("Runs without GPUs"),
        "small": _("Runs with one to four GPUs"),
        "large": _("Runs with five GPUs or more"),
    }
    return {
        "title": names[one["size"]],
        "rows": [_cells(row, titles[row["class"]][language]) for row in one["rows"]],
        "signals": [titles[row["class"]][language] for row in one["rows"] if row.get("signal")],
    }


def _cells(row: dict[str, Any], title: str) -> list[str]:
    if row["hidden"]:
        return [title, *[_("not shown")] * 5]
    median, within, difference = row["median_seconds"], row["within_an_hour"], row["difference"]
    return [
        title,
        number(row["projects"]),
        number(row["runs"]),
        _range([_minutes(median[name]) for name in ("value", "low", "high")]),
        _range([f"{100 * within[name]:.0f} %" for name in ("value", "low", "high")]),
        _range([f"{100 * difference[name]:+.0f}" for name in ("value", "low", "high")])
        if difference
        else "–",
    ]


def _minutes(seconds: float) -> str:
    return (
        f"{number(seconds / 60)} min" if seconds < 2 * waiting.HOUR else f"{number(seconds / waiting.HOUR)} h"
    )


def _range(texts: list[str]) -> str:
    value, low, high = texts
    return _("%(value)s (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{number(value)} %"


urlpatterns = [path("register/equal-treatment/", equal_treatment, name="equal_treatment")]
