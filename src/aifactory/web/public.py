"""Pages that anyone may read: the first page, what words mean, how it is decided, how data is protected."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from aifactory.access import queries as access
from aifactory.access.modes.queries import newest_modes
from aifactory.kit import clock
from aifactory.people.language import spoken
from aifactory.people.models import Mandate
from aifactory.people.rules import visible
from aifactory.transparency import queries
from aifactory.web import glossary as words
from aifactory.web import operations, style_guide
from aifactory.web.jinja import co2, kwh, number

MOST_CALLS = 5


def home(request: HttpRequest) -> HttpResponse:
    """What the factory is, its three doors, what is open now, and its figures of this moment."""
    calls = access.calls(None).filter(state="open")[:MOST_CALLS]
    language = spoken()
    context = {
        "doors": {"apply": reverse("calls"), "data": reverse("datasets"), "register": reverse("register")},
        "calls": [
            {
                "title": call.title_nl if language == "nl" else call.title_en,
                "link": reverse("call", args=[call.pk]),
                "closes": call.cut_off_at,
            }
            for call in calls
        ],
        "figures": _figures(queries.totals()),
    }
    return render(request, "public/home.html", context)


def _figures(totals: dict[str, Any]) -> list[dict[str, Any]]:
    energy = totals["energy"]
    shown = [
        {"value": number(totals["projects"]), "label": _("Projects")},
        {"value": number(energy["core_hours"]), "unit": "core-h", "label": _("Core time used")},
        {"value": number(energy["gpu_hours"]), "unit": "GPU-h", "label": _("GPU time used")},
        {"value": number(totals["models_released"]), "label": _("Models released")},
    ]
    for name, words_for, label in (("kwh", kwh, _("Energy")), ("grams_co2eq", co2, _("Carbon"))):
        if found := energy[name]:
            low, high = words_for(found["low"]), words_for(found["high"])
            shown.append({"value": words_for(found["value"]), "low": low, "high": high, "label": label})
    return [{"low": None, "high": None} | figure for figure in shown]


def glossary(request: HttpRequest) -> HttpResponse:
    """The field's words, explained."""
    return render(request, "public/glossary.html", {"terms": words.sorted_in(spoken())})


def how_we_decide(request: HttpRequest) -> HttpResponse:
    """Which rules decide, who is accountable, and how to object."""
    running = Q(valid_until=None) | Q(valid_until__gt=clock.now())
    context = {
        "modes": newest_modes(),
        "mandates": visible(Mandate, None).filter(running).order_by("subject", "pk"),
    }
    return render(request, "public/how_we_decide.html", context)


def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about people, and how data is protected."""
    return render(request, "public/privacy.html")


def accessibility(request: HttpRequest) -> HttpResponse:
    """How the pages were made accessible, and whom to tell when they are not."""
    return render(request, "public/accessibility.html")


urlpatterns = [
    path("", home, name="home"),
    path("glossary/", glossary, name="glossary"),
    path("how-we-decide/", how_we_decide, name="how_we_decide"),
    path("privacy/", privacy, name="privacy"),
    path("accessibility/", accessibility, name="accessibility"),
    *operations.urlpatterns,
    *style_guide.urlpatterns,
]
