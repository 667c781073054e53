"""Applying: a task list, one page a step, check your answers, send, and the letter."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aifactory.access import actions, queries
from aifactory.access.applications.actions import missing
from aifactory.access.applications.comparison import doubts_about
from aifactory.access.applications.earlier import earlier_answers, reuse
from aifactory.access.applications.forms import FieldMistake, Step
from aifactory.access.calls.clocks import countdown
from aifactory.access.lanes.queries import ahead_of, place_of
from aifactory.access.models import Application, Attachment, Call
from aifactory.access.permissions import Permission
from aifactory.access.review.queries import shows_reviews
from aifactory.access.screening.queries import verdicts
from aifactory.access.supervision.queries import is_student, stands, supervision
from aifactory.datasets.models import Dataset
from aifactory.kit.errors import NotFound, Refused
from aifactory.people.language import spoken
from aifactory.people.rules import find
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get
from aifactory.web.access_forms import DataForm, DocumentForm, StartForm, StepForm, steps_shown
from aifactory.web.forms import take_errors
from aifactory.web.paging import page
from aifactory.web.visitor import person

COLOURS = {
    "draft": "warning",
    "awarded": "ok",
    "rejected": "error",
    "ineligible": "error",
    "withdrawn": "neutral",
}


@login_required
def start(request: HttpRequest, call_id: str) -> HttpResponse:
    """Begin an application: for whom, and under what name."""
    call = find(Call, call_id, request.user)
    form = StartForm(person(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.start(call, by=person(request), **form.cleaned_data)
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            return redirect("application", made.pk)
    context = {"form": form, "call": call, "title": call.title.of(spoken())}
    return render(request, "access/start.html", context)


@login_required
def applications(request: HttpRequest) -> HttpResponse:
    """The applications of my organisations, newest first."""
    rows, following = page(request, queries.own_applications(person(request)))
    shown = [(row, row.get_state_display(), COLOURS.get(row.state, "info")) for row in rows]
    return render(request, "access/applications.html", {"rows": shown, "next": following})


@login_required
def application(request: HttpRequest, application_id: str) -> HttpResponse:
    """One application: the task list while it is written, its way and whose turn it is afterwards."""
    found = _find(request, application_id)
    own = person(request).may(Permission.EDIT, found)
    context = _shown(found) | {"own": own, "turn": queries.turn(found), "way": queries.way(found)}
    if found.state == "draft":
        return render(request, "access/tasks.html", context | {"tasks": _tasks(found)})
    context |= {
        "may_withdraw": person(request).may(Permission.WITHDRAW, found) and found.state != "withdrawn"
    }
    context |= {"steps": steps_shown(found.call, found, spoken()), "files": _files(found)}
    context |= {"clock": countdown(found)} | _lane(found)
    return render(request, "access/application.html", context)


def _lane(found: Application) -> dict[str, Any]:
    """Return the place in a first-in-first-out lane, and how many are ahead while it waits."""
    place = place_of(found)
    waits = place is not None and place.standing == "waiting"
    return {"place": place, "ahead": ahead_of(found) if waits else None}


@login_required
def step(request: HttpRequest, application_id: str, step_id: str) -> HttpResponse:
    """One page of the form."""
    found = _find(request, application_id)
    try:
        asked = found.call.mode.step(step_id)
    except KeyError:
        raise NotFound(_("This form has no such page.")) from None
    form = StepForm(asked, found, spoken(), request.POST if request.method == "POST" else None)
    if request.method == "POST":
        try:
            actions.save(found, form.sent(), by=person(request))
            reused = request.POST.get("reuse")
            if reused:
                reuse(found, [reused], by=person(request))
        except Refused as refusal:
            form.is_valid()
            take_errors(form, refusal)
        else:
            return (
                redirect("application_step", found.pk, asked.id)
                if reused
                else redirect("application", found.pk)
            )
    context = {"form": form, "heading": asked.title.of(spoken()), "earlier": _earlier(found, asked, request)}
    return render(request, "access/step.html", _shown(found) | context)


def _earlier(found: Application, asked: Step, request: HttpRequest) -> list[dict[str, str]]:
    """Return what was answered to the questions of this page before, as it can be taken over."""
    known = earlier_answers(found, request.user) if found.state == "draft" else {}
    return [
        {
            "id": question.id,
            "label": question.label.of(spoken()),
            "answer": question.tell(known[question.id].answer, spoken()),
            "reference": known[question.id].reference,
        }
        for question in asked.questions
        if question.id in known
    ]


@login_required
def data(request: HttpRequest, application_id: str) -> HttpResponse:
    """Which data of the catalogue the work would use."""
    found = _find(request, application_id)
    form = DataForm(found, person(request), spoken(), request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            actions.save(found, {}, datasets=facts["datasets"], purpose=facts["purpose"], by=person(request))
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            return redirect("application", found.pk)
    return render(request, "access/step.html", _shown(found) | {"form": form, "heading": _("Data")})


@login_required
def document(request: HttpRequest, application_id: str, slot_id: str) -> HttpResponse:
    """Add one document, or take it out."""
    found = _find(request, application_id)
    try:
        slot = found.call.mode.slot(slot_id)
    except KeyError:
        raise NotFound(_("This form asks for no such document.")) from None
    form = DocumentForm(slot, spoken(), request.POST or None, request.FILES or None)
    if request.method == "POST" and "remove" in request.POST:
        actions.remove(found, slot.id, by=person(request))
        return redirect("application", found.pk)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            actions.attach(
                found,
                slot.id,
                path=_place(file),
                name=file.name,
                media_type=file.content_type or "",
                by=person(request),
            )
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            return redirect("application", found.pk)
    there = found.attachments.filter(slot=slot.id, replaced_at=None).first()
    context = _shown(found) | {"form": form, "heading": slot.label.of(spoken()), "there": there}
    return render(request, "access/document.html", context)


def _place(file: Any) -> Path:
    assert isinstance(file, TemporaryUploadedFile)  # noqa: S101 - settings.FILE_UPLOAD_HANDLERS
    return Path(file.temporary_file_path())


@login_required
def check(request: HttpRequest, application_id: str) -> HttpResponse:
    """Check your answers; sending is a POST of this page."""
    found = _find(request, application_id)
    if request.method == "POST":
        actions.submit(found, by=person(request))
        messages.success(request, _("We have received your application."))
        return redirect("application", found.pk)
    lacking = missing(found)
    context = _shown(found) | {
        "steps": steps_shown(found.call, found, spoken()),
        "files": _files(found),
        "datasets": Dataset.objects.filter(pk__in=found.datasets).order_by("title"),
        "missing": _places(found, lacking),
        "not_met": [v for v in verdicts(found) if not v.passed] if not lacking else [],
        "complete": all(task["done"] for task in queries.tasks(found)),
        "doubts": [doubt.text.of(spoken()) for doubt in doubts_about(found, request.user)],
    }
    return render(request, "access/check.html", context)


def _places(found: Application, lacking: Iterable[FieldMistake]) -> list[tuple[str, str, str]]:
    """Return each mistake with the question or document that it is about, and the page where that is given."""
    language, mode = spoken(), found.call.mode
    places = {
        question.id: (question.label.of(language), reverse("application_step", args=[found.pk, step.id]))
        for step in mode.steps
        for question in step.questions
    }
    places |= {
        slot.id: (slot.label.of(language), reverse("application_document", args=[found.pk, slot.id]))
        for slot in mode.slots
    }
    return [
        (mistake.message.of(language), *places.get(mistake.field, (mistake.field, ""))) for mistake in lacking
    ]


@login_required
@require_POST
def withdraw(request: HttpRequest, application_id: str) -> HttpResponse:
    """Take an application back."""
    found = _find(request, application_id)
    actions.withdraw(found, by=person(request))
    messages.success(request, _("Your application is withdrawn."))
    return redirect("application", found.pk)


@login_required
def letter(request: HttpRequest, application_id: str) -> HttpResponse:
    """The decision letter, as it was sent."""
    found = _find(request, application_id)
    decision = queries.decision(found, request.user)
    context = {"decision": decision, "letter": decision.letter, "reviews_shown": shows_reviews(found)}
    return render(request, "access/letter.html", _shown(found) | context)


@login_required
def attachment(request: HttpRequest, attachment_id: str) -> StreamingHttpResponse:
    """Download a document; never shown in the browser as a page of ours."""
    found = find(Attachment, attachment_id, request.user)
    store = get(ObjectStore)
    answer = StreamingHttpResponse(store.open(found.key), content_type=found.media_type)
    answer.headers["Content-Length"] = str(found.size)
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.pk}{Path(found.name).suffix}"'
    return answer


def _find(request: HttpRequest, application_id: str) -> Application:
    find(Application, application_id, request.user)
    return Application.objects.select_related("call", "organisation", "applicant").get(pk=application_id)


def _shown(found: Application) -> dict[str, Any]:
    label = found.get_state_display()
    colour = COLOURS.get(found.state, "info")
    return {
        "application": found,
        "call": found.call,
        "call_title": found.call.title.of(spoken()),
        "label": label,
        "colour": colour,
    }


def _files(found: Application) -> list[Attachment]:
    return list(found.attachments.filter(replaced_at=None).order_by("slot"))


def _tasks(found: Application) -> list[dict[str, Any]]:
    """Return the parts of a draft as the `task_list` component shows them."""
    parts = [
        {
            "label": part["title"].of(spoken()),
            "link": _link(found, part["kind"], part["id"]),
            "status": _("Done") if part["done"] else _("To do"),
            "colour": "ok" if part["done"] else "warning",
        }
        for part in queries.tasks(found)
    ]
    data_task = {
        "label": _("Data from the catalogue"),
        "link": reverse("application_data", args=(found.pk,)),
        "status": _("Chosen") if found.datasets else _("Not required"),
        "colour": "ok" if found.datasets else "neutral",
    }
    if not is_student(found.applicant, found):
        return [*parts, data_task]
    confirmed = stands(supervision(found), found)
    supervisor_task = {
        "label": _("Supervisor"),
        "link": reverse("application_supervisor", args=(found.pk,)),
        "status": _("Confirmed") if confirmed else _("To do"),
        "colour": "ok" if confirmed else "warning",
    }
    return [*parts, data_task, supervisor_task]


def _link(found: Application, kind: str, part: str) -> str:
    if kind == "assessment":
        return reverse("assessment_start", args=(found.thing, part))
    return reverse({"step": "application_step", "slot": "application_document"}[kind], args=(found.pk, part))


urlpatterns = [
    path("calls/<call_id>/apply/", start, name="apply"),
    path("applications/", applications, name="applications"),
    path("applications/<application_id>/", application, name="application"),
    path("applications/<application_id>/step/<step_id>/", step, name="application_step"),
    path("applications/<application_id>/data/", data, name="application_data"),
    path("applications/<application_id>/document/<slot_id>/", document, name="application_document"),
    path("applications/<application_id>/check/", check, name="application_check"),
    path("applications/<application_id>/withdraw/", withdraw, name="application_withdraw"),
    path("applications/<application_id>/letter/", letter, name="application_letter"),
    path("attachments/<attachment_id>/", attachment, name="attachment"),
]
