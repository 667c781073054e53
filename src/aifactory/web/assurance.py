"""Pages of the room assurance: what a law asks, what it says, and who decided."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.assurance import actions, queries
from aifactory.assurance.laws import LAWS, STOPS, law
from aifactory.assurance.models import Assessment
from aifactory.assurance.permissions import Permission
from aifactory.assurance.procedure import REVIEW, Procedure
from aifactory.assurance.questions import NONE, Question
from aifactory.assurance.subjects import thing_of, titles_of
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.language import spoken
from aifactory.people.models import User
from aifactory.people.rules import can_view, find
from aifactory.web.forms import take_errors
from aifactory.web.jinja import show_date
from aifactory.web.law_form import TopicForm
from aifactory.web.paging import page
from aifactory.web.visitor import person


class GroundForm(forms.Form):
    """Why the factory decides so."""

    ground = forms.CharField(
        label=gettext_lazy("Why"), widget=forms.Textarea, required=False, max_length=4000,
        help_text=gettext_lazy("Needed to stop the work, or to go on where the law stands in the way."),
    )  # fmt: skip


@login_required
def assessments(request: HttpRequest) -> HttpResponse:
    """The assessments this person may see, newest first."""
    rows, following = page(request, queries.assessments(request.user))
    titles = titles_of((row.subject for row in rows), by=person(request))
    shown = [(row, titles[row.subject], _title(row.kind), _badge(law(row.kind), row.result)) for row in rows]
    return render(request, "assurance/assessments.html", {"rows": shown, "next": following})


@login_required
def about(request: HttpRequest, subject: str) -> HttpResponse:
    """The laws asked about one thing, and how far each is."""
    user = person(request)
    thing = thing_of(subject, by=user)
    found = queries.of(subject)
    may_answer = user.may(Permission.ANSWER, Assessment(subject_organisation=thing.organisation_id))
    laws = [_task(user, subject, kind, found.get(kind), may_answer=may_answer) for kind in LAWS]
    return render(request, "assurance/about.html", {"title": _name(subject, user), "laws": laws})


@login_required
def questions(request: HttpRequest, subject: str, kind: str, topic: str = "") -> HttpResponse:
    """The questions of one topic; sending them leads to the next one, and at the end to the outcome."""
    user, procedure = person(request), law(kind)
    thing = thing_of(subject, by=user)
    if not user.may(Permission.ANSWER, Assessment(subject_organisation=thing.organisation_id)):
        raise NotAllowed(_("Only the organisation whose work it is can answer."), rule=Permission.ANSWER)
    assessment = queries.of(subject).get(kind)
    if assessment and assessment.state in {"confirmed", "stopped"}:
        return redirect("assessment", assessment.pk)
    answers = assessment.answers if assessment else {}
    asked = [q for q in procedure.asked(answers) if q.topic == topic]
    if not asked:
        return redirect("assessment_questions", subject, kind, _open_topic(procedure, answers))
    form = TopicForm(request.POST or None, questions=asked, answers=answers)
    if request.method == "POST" and form.is_valid():
        saved = actions.answer(subject=subject, kind=kind, answers=answers | form.answers(), by=user)
        if procedure.complete(saved.answers):
            return redirect("assessment", saved.pk)
        return redirect("assessment_questions", subject, kind, _open_topic(procedure, saved.answers))
    context = {
        "form": form, "subject": subject, "kind": kind, "law": _title(kind),
        "title": _name(subject, user), "topic": procedure.topics[topic].said(spoken()),
        "topics": _topics(procedure, answers, topic),
    }  # fmt: skip
    return render(request, "assurance/questions.html", context)


@login_required
def assessment(request: HttpRequest, assessment_id: str) -> HttpResponse:
    """One assessment: what the law says, why, what to do and by when, and what it becomes later."""
    found = find(Assessment, assessment_id, request.user)
    return _show(request, found, GroundForm())


@login_required
@require_POST
def decide(request: HttpRequest, assessment_id: str) -> HttpResponse:
    """Confirm the outcome, or stop the work."""
    found = find(Assessment, assessment_id, request.user)
    form = GroundForm(request.POST)
    if form.is_valid():
        step = actions.stop if request.POST.get("decision") == "stop" else actions.confirm
        try:
            step(found, ground=form.cleaned_data["ground"], by=person(request))
        except Invalid as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("Your decision is recorded."))
            return redirect("assessment", found.pk)
    return _show(request, found, form)


@login_required
@require_POST
def ask_again(request: HttpRequest, assessment_id: str) -> HttpResponse:
    """Open the questions again."""
    found = actions.ask_again(find(Assessment, assessment_id, request.user), by=person(request))
    messages.success(request, _("The questions are open again."))
    return redirect("assessment_about", found.subject)


def _show(request: HttpRequest, found: Assessment, form: GroundForm) -> HttpResponse:
    user, procedure = person(request), law(found.kind)
    later = found.outcome.get("later")
    context = {
        "assessment": found, "form": form, "law": _title(found.kind), "basis": procedure.basis,
        "title": _name(found.subject, user), "lang": spoken(), "outcome": found.outcome, "day": _day,
        "later": later if later and later["codes"] != found.outcome["codes"] else None,
        "badge": _badge(procedure, found.result), "later_badge": _badge(procedure, found.later_result),
        "answers": _answers(procedure, found),
        "open": [procedure.questions[q] for q in found.outcome["open"]],
        "may_answer": user.may(Permission.ANSWER, found) and found.state in {"draft", "answered"},
        "may_confirm": user.may(Permission.CONFIRM, found) and found.state == "answered",
        "may_ask_again": user.may(Permission.ASK_AGAIN, found) and found.state in _closed_for(user, found),
        "needs_ground": procedure.result(found.result).weight >= STOPS,
    }  # fmt: skip
    return render(request, "assurance/assessment.html", context)


def _closed_for(user: User, found: Assessment) -> set[str]:
    """Return the states from which asking again makes sense: who may still answer needs no such step."""
    decided = {"confirmed", "stopped"}
    return decided if user.may(Permission.ANSWER, found) else decided | {"answered"}


def _task(
    user: User, subject: str, kind: str, found: Assessment | None, *, may_answer: bool
) -> dict[str, Any]:
    link = None
    if found and can_view(user, found) and found.state != "draft":
        link = found
    label, colour = (
        (found.get_state_display(), _STATE_COLOURS[found.state]) if found else (_("To do"), "warning")
    )
    return {
        "label": _title(kind), "hint": law(kind).basis, "status": label, "colour": colour,
        "assessment": link, "subject": subject, "kind": kind, "may_answer": may_answer,
    }  # fmt: skip


_STATE_COLOURS = {"draft": "warning", "answered": "info", "confirmed": "ok", "stopped": "error"}


def _badge(procedure: Procedure, code: str) -> dict[str, str]:
    """Return a short word and colour for a conclusion: the heavier, the more it asks for attention."""
    if not code:
        return {"label": "", "colour": "neutral"}
    weight = procedure.result(code).weight
    if code == REVIEW:
        return {"label": _("A person must look"), "colour": "warning"}
    if weight >= STOPS:
        return {"label": _("Stop"), "colour": "error"}
    if weight >= 50:
        return {"label": _("Strict duties"), "colour": "warning"}
    return (
        {"label": _("Some duties"), "colour": "info"}
        if weight >= 20
        else {"label": _("Clear"), "colour": "ok"}
    )


def _open_topic(procedure: Procedure, answers: dict[str, Any]) -> str:
    todo = procedure.next_questions(answers) or procedure.asked(answers)
    return todo[0].topic


def _topics(procedure: Procedure, answers: dict[str, Any], current: str) -> list[dict[str, str]]:
    """Return the topics as a line of steps. More may join while the answers come in."""
    asked = procedure.asked(answers)
    shown = [key for key in procedure.topics if any(q.topic == key for q in asked)]
    done = {key for key in shown if all(q.id in answers for q in asked if q.topic == key)}
    state = {key: "now" if key == current else "done" if key in done else "next" for key in shown}
    return [{"label": procedure.topics[key].said(spoken()), "state": state[key]} for key in shown]


def _answers(procedure: Procedure, found: Assessment) -> list[dict[str, str]]:
    asked = [q for q in procedure.asked(found.answers) if q.id in found.answers]
    return [
        {"key": q.text.said(spoken()), "value": _said(q, found.answers[q.id]), "topic": q.topic}
        for q in asked
    ]


def _said(question: Question, answer: Any) -> str:
    words = {"yes": _("Yes"), "no": _("No"), "unknown": _("I do not know"), NONE: _("None of these")}
    words |= {o.id: o.label.said(spoken()) for o in question.options}
    return "; ".join(words.get(one, str(one)) for one in (answer if isinstance(answer, list) else [answer]))


def _name(subject: str, user: User) -> str:
    return titles_of([subject], by=user)[subject]


def _title(kind: str) -> str:
    return law(kind).title.said(spoken())


def _day(written: str) -> str:
    return show_date(date.fromisoformat(written))


urlpatterns = [
    path("assurance/", assessments, name="assessments"),
    path("assurance/about/<subject>/", about, name="assessment_about"),
    path("assurance/about/<subject>/<kind>/", questions, name="assessment_start"),
    path("assurance/about/<subject>/<kind>/<topic>/", questions, name="assessment_questions"),
    path("assurance/<assessment_id>/", assessment, name="assessment"),
    path("assurance/<assessment_id>/decide/", decide, name="decide_assessment"),
    path("assurance/<assessment_id>/ask-again/", ask_again, name="ask_assessment_again"),
]
