"""The work of the office and the panel: whose turn is it, check, ask reviewers, decide."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aifactory.access import actions, queries
from aifactory.access.calls.clocks import countdown
from aifactory.access.conflicts.rules import is_in_conflict, require_overseer
from aifactory.access.decisions.actions import outcome_of, verdicts_kept
from aifactory.access.models import Application, Review
from aifactory.access.permissions import Permission
from aifactory.access.review.queries import candidates
from aifactory.access.review.scores import shown
from aifactory.access.screening.assessments import answered, assessments, stops
from aifactory.access.screening.queries import verdicts
from aifactory.assurance.laws import law
from aifactory.kit import clock
from aifactory.kit.errors import NotAllowed, Refused
from aifactory.people.language import spoken
from aifactory.people.models import User
from aifactory.people.rules import find, not_here, visible
from aifactory.web.access_apply import COLOURS
from aifactory.web.access_forms import DecisionForm, NameForm, TakeBackForm, steps_shown
from aifactory.web.forms import carried_out, take_errors
from aifactory.web.jinja import number
from aifactory.web.visitor import person


@login_required
def office(request: HttpRequest) -> HttpResponse:
    """Whose turn is it: every application before the factory, due first on top."""
    require_overseer(person(request))
    now = clock.now()
    rows = [
        {
            "application": row,
            "turn": queries.turn(row),
            "late": row.due_at is not None and row.due_at < now,
            "clock": countdown(row),
            "colour": COLOURS.get(row.state, "info"),
        }
        for row in queries.office_work(person(request))[:200]
    ]
    late = sum(bool(row["late"]) for row in rows)
    return render(request, "access/office.html", {"rows": rows, "late": late})


@login_required
def office_application(request: HttpRequest, application_id: str) -> HttpResponse:
    """Everything about one application, and what can be done with it now."""
    return render(
        request, "access/office_application.html", _context(request, _find(request, application_id))
    )


@login_required
@require_POST
def judge(request: HttpRequest, application_id: str) -> HttpResponse:
    """Hold the rules to an application."""
    found = _find(request, application_id)
    kept = actions.judge_eligibility(found, by=person(request))
    messages.success(request, _("All rules are met.") if kept.passed else _("Not all rules are met."))
    return redirect("office_application", found.pk)


@login_required
@require_POST
def assign(request: HttpRequest, application_id: str) -> HttpResponse:
    """Ask the reviewers who are free of conflicts and have least to do."""
    found = _find(request, application_id)
    made = actions.assign_reviewers(found, by=person(request))
    messages.success(request, _("%(count)s reviewers were asked.") % {"count": len(made)})
    return redirect("office_application", found.pk)


@login_required
def name_reviewers(request: HttpRequest, application_id: str) -> HttpResponse:
    """Name reviewers by hand, of those without a conflict."""
    found, user = _find(request, application_id), person(request)
    if not user.may(Permission.ASSIGN, found):
        raise NotAllowed(_("The office asks reviewers."), rule=Permission.ASSIGN)
    people = candidates(found) if queries.lacks_reviewers(found) else []
    form = NameForm([one for one in people if one.free], request.POST or None)
    if request.method == "POST" and (
        made := carried_out(form, lambda: actions.assign_reviewers(found, by=user, reviewers=form.named()))
    ):
        messages.success(request, _("%(count)s reviewers were asked.") % {"count": len(made)})
        return redirect("office_application", found.pk)
    context = {"application": found, "form": form, "needed": queries.lacking(found)}
    tied = [one.user.name for one in people if not one.free]
    return render(request, "access/name_reviewers.html", context | {"tied": tied})


@login_required
def decide(request: HttpRequest, application_id: str) -> HttpResponse:
    """Decide, on a mandate, with reasons."""
    found = _find(request, application_id)
    form = DecisionForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.decide(
                found, awarded=form.awarded(), reasons=form.cleaned_data["reasons"], by=person(request)
            )
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The decision is taken and the letter is there."))
            return redirect("office_application", found.pk)
    return render(request, "access/decide.html", _context(request, found) | {"form": form})


@login_required
def take_back(request: HttpRequest, review_id: str) -> HttpResponse:
    """Take a review back that its reviewer does not give, with the reason."""
    require_overseer(person(request))
    found = find(Review, review_id, request.user, related="application__call")
    _find(request, found.application_id)
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and carried_out(
        form, lambda: actions.take_back(found, reason=form.cleaned_data["reason"], by=person(request))
    ):
        messages.success(request, _("It is taken back. Somebody else can be asked now."))
        return redirect("office_application", found.application_id)
    context = {"review": found, "application": found.application, "form": form}
    return render(request, "access/take_back.html", context | {"may": _may_take_back(person(request), found)})


def _may_take_back(user: User, review: Review) -> bool:
    return review.state == "assigned" and user.may(Permission.SET_ASIDE, review)


def _find(request: HttpRequest, application_id: str) -> Application:
    require_overseer(person(request))
    if is_in_conflict(person(request), find(Application, application_id, request.user)):
        raise not_here()  # somebody of the organisation that applies reads it as an applicant, and not here
    return Application.objects.select_related("call", "organisation", "applicant").get(pk=application_id)


def _context(request: HttpRequest, found: Application) -> dict[str, Any]:
    user = person(request)
    result = outcome_of(found)
    kept = verdicts_kept(found)
    return {
        "application": found,
        "call": found.call,
        "label": found.get_state_display(),
        "colour": COLOURS.get(found.state, "info"),
        "turn": queries.turn(found),
        "way": queries.way(found),
        "steps": steps_shown(found.call, found, spoken()),
        "files": found.attachments.filter(replaced_at=None).order_by("slot"),
        "verdicts": kept or verdicts(found),
        "reviews": _reviews(user, found),
        "total": number(float(shown(result.total)), 2) if result else None,
        "line": number(float(shown(result.threshold)), 2) if result else None,
        "assessments": [_assessment(kind, row) for kind, row in assessments(found).items()],
        "may_judge": found.state == "submitted" and user.may(Permission.JUDGE, found),
        "may_assign": queries.lacks_reviewers(found) and user.may(Permission.ASSIGN, found),
        "may_decide": queries.ready_to_decide(found) and queries.may_decide(user, found),
    }


def _reviews(user: User, found: Application) -> list[dict[str, Any]]:
    """Return the reviews of an application as rows, with those that are late and those that can be taken back."""
    rows = visible(Review, user).filter(application=found).select_related("reviewer").order_by("pk")
    may, now = user.may(Permission.SET_ASIDE, found), clock.now()
    return [
        {
            "review": row,
            "late": row.state == "assigned" and row.due_at < now,
            "take_back": may and row.state == "assigned",
        }
        for row in rows
    ]


def _assessment(kind: str, row: Any) -> dict[str, Any]:
    title = law(kind).title.said(spoken())
    if not answered(row):
        return {"title": title, "label": _("Not answered"), "colour": "warning", "pk": None}
    stop = stops(row)
    label = _("Stop") if stop else row.get_state_display()
    return {"title": title, "label": label, "colour": "error" if stop else "ok", "pk": row.pk}


urlpatterns = [
    path("office/", office, name="office"),
    path("office/applications/<application_id>/", office_application, name="office_application"),
    path("office/applications/<application_id>/judge/", judge, name="office_judge"),
    path("office/applications/<application_id>/reviewers/", assign, name="office_assign"),
    path(
        "office/applications/<application_id>/reviewers/name/", name_reviewers, name="office_name_reviewers"
    ),
    path("office/applications/<application_id>/decide/", decide, name="office_decide"),
    path("office/reviews/<review_id>/take-back/", take_back, name="take_back_review"),
]
