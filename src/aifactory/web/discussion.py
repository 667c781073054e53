"""After the reviews: the panel's list, and the talk about one application."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.access import actions
from aifactory.access.conflicts.queries import measures
from aifactory.access.conflicts.rules import OVERSEERS, require_overseer
from aifactory.access.review import queries
from aifactory.access.review.actions import reviewing_of
from aifactory.access.review.scores import shown
from aifactory.access.review.spread import Agreement, Spread, widest
from aifactory.kit.errors import Refused
from aifactory.people.language import spoken
from aifactory.web.access_forms import RemarkForm, ReviseForm
from aifactory.web.forms import take_errors
from aifactory.web.visitor import person

#: the word, the colour and the sign of how far scores lie apart
AGREEMENT = {
    Agreement.NONE_YET: (gettext_lazy("One score"), "neutral", "·"),
    Agreement.CLOSE: (gettext_lazy("Close"), "ok", "="),
    Agreement.SOME: (gettext_lazy("Some spread"), "warning", "≈"),
    Agreement.WIDE: (gettext_lazy("Far apart"), "error", "↔"),
}
MOST = 100


@login_required
def panel(request: HttpRequest) -> HttpResponse:
    """What the panel talks about, due first on top, with the criterion on which reviewers differ most."""
    user = person(request)
    require_overseer(user)
    rows = [_line(row) for row in queries.panel_work(user)[:MOST]]
    return render(request, "access/panel.html", {"rows": rows})


def _line(application: Any) -> dict[str, Any]:
    reviewing = application.call.mode.reviewing
    found = queries.spreads_of(application, application.given)
    furthest = widest(found)
    labels = {c.id: c.label.of(spoken()) for c in reviewing.criteria} if reviewing else {}
    return {
        "application": application,
        "given": len(application.given),
        "needed": reviewing.reviews if reviewing else 0,
        "spread": _shown(furthest, labels[furthest.criterion]) if furthest else None,
    }


def _shown(one: Spread, label: str) -> dict[str, Any]:
    word, colour, sign = AGREEMENT[one.agreement]
    return {
        "label": label,
        "scores": " · ".join(map(str, one.scores)),
        "mean": shown(one.mean) if one.mean is not None else "–",
        "range": f"{min(one.scores)}-{max(one.scores)}" if one.scores else "–",
        "deviation": f"{one.deviation:.2f}" if one.deviation is not None else "–",
        "word": f"{sign} {word}",
        "colour": colour,
    }


@login_required
def discussion(request: HttpRequest, application_id: str) -> HttpResponse:
    """All reviews side by side, how far they lie apart, and what is said about them."""
    talk = queries.find_discussion(application_id, person(request))
    form = RemarkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        note = request.POST.get("kind") == "note"
        actions.remark(talk.application, text=form.cleaned_data["text"], note=note, by=person(request))
        return redirect("discussion", application_id)
    labels = {c.id: c.label.of(spoken()) for c in reviewing_of(talk.application).criteria}
    overseer = person(request).has_role(*OVERSEERS)
    context = {
        "talk": talk,
        "application": talk.application,
        "form": form,
        "labels": labels,
        "spreads": [_shown(one, labels[one.criterion]) for one in talk.spreads],
        "measures": list(measures(talk.application)) if overseer else [],
        "overseer": overseer,
    }
    return render(request, "access/discussion.html", context)


@login_required
def revise(request: HttpRequest, application_id: str) -> HttpResponse:
    """Change my review because of what was said, once."""
    talk = queries.find_discussion(application_id, person(request))
    if talk.mine is None or not talk.may_revise:
        return redirect("discussion", application_id)
    sent = request.POST if request.method == "POST" else None
    form = ReviseForm(talk.mine, reviewing_of(talk.application), spoken(), sent)
    if request.method == "POST":
        try:
            actions.revise_review(
                talk.mine,
                scores=form.sent("score"),
                reasons=form.sent("reason"),
                because=form.data.get("because", ""),
                by=person(request),
            )
        except Refused as refusal:
            form.is_valid()
            take_errors(form, refusal)
        else:
            messages.success(request, _("Your review is changed; what you gave first is kept beside it."))
            return redirect("discussion", application_id)
    context = {"application": talk.application, "form": form, "parts": form.by_criterion()}
    return render(request, "access/revise.html", context)


urlpatterns = [
    path("panel/", panel, name="panel"),
    path("applications/<application_id>/discussion/", discussion, name="discussion"),
    path("applications/<application_id>/discussion/revise/", revise, name="revise_review"),
]
