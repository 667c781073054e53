"""Pages of modes: which there are, each in words, and for the office: write, check, preview and adopt one."""

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

from aifactory.access.modes import Mode, actions, queries
from aifactory.access.modes.actions import LONGEST
from aifactory.access.modes.check import Problem, check
from aifactory.access.modes.models import ModeVersion
from aifactory.access.modes.preview import dates, sample_letter
from aifactory.access.permissions import Permission
from aifactory.kit import clock
from aifactory.kit.errors import NotAllowed, Refused
from aifactory.people.language import spoken
from aifactory.people.models import User
from aifactory.people.rules import find, visible
from aifactory.web.access_forms import question_field
from aifactory.web.forms import carried_out
from aifactory.web.visitor import person


class ModeForm(forms.Form):
    """A mode as text, typed or from a file."""

    file = forms.FileField(
        label=gettext_lazy("A mode file"),
        required=False,
        help_text=gettext_lazy("Takes the place of the text below."),
    )
    text = forms.CharField(
        label=gettext_lazy("The mode as TOML"),
        required=False,
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """Take the text from the file where one was sent."""
        if file := self.cleaned_data.get("file"):
            try:
                self.cleaned_data["text"] = file.read(LONGEST * 4 + 1).decode("utf-8")
            except UnicodeDecodeError:
                self.add_error("file", _("This file is no text in UTF-8."))
        elif not self.cleaned_data.get("text", "").strip():
            self.add_error("text", _("Write a mode, or choose a file."))
        return self.cleaned_data


class Preview(forms.Form):
    """One step of a mode's form, as the applicant will see it."""

    use_required_attribute = False

    def __init__(self, step: Any, language: str) -> None:
        super().__init__(prefix=step.id)
        for question in step.questions:
            self.fields[question.id] = question_field(question, language)


def all_modes(request: HttpRequest) -> HttpResponse:
    """Every way to get access, the newest version of each."""
    writes = _may_write(request)
    context: dict[str, Any] = {"modes": queries.newest_modes(), "writes": writes}
    if writes:
        context["drafts"] = list(
            visible(ModeVersion, request.user).filter(state="draft").order_by("-pk")[:50]
        )
    return render(request, "modes/modes.html", context)


def mode(request: HttpRequest, name: str) -> HttpResponse:
    """One version of a mode: its rules in words, clocks with real dates, quotas with what is left."""
    found = queries.mode_named(name)
    versions = [one for one in queries.all_modes() if one.id == found.id]
    return render(
        request, "modes/mode.html", _told(found) | {"versions": versions, "writes": _may_write(request)}
    )


def mode_file(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001
    """The mode as its TOML file."""
    found = queries.mode_named(name)
    answer = HttpResponse(queries.text_of(found), content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{found.name}.toml"'
    return answer


def _told(found: Mode) -> dict[str, Any]:
    return {"mode": found, "dates": dates(found, clock.now()), "rooms": queries.rooms_now(found)}


@login_required
def write_mode(request: HttpRequest) -> HttpResponse:
    """Write a mode: from nothing, from a file, or from a version that there is (`?from=`)."""
    _require_writer(request)
    start = request.GET.get("from", "")
    initial = {"text": queries.text_of(queries.mode_named(start))} if start else None
    form = ModeForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST":
        made = carried_out(form, lambda: actions.write_mode(form.cleaned_data["text"], by=person(request)))
        if made:
            return redirect("mode_draft", made.pk)
    return render(request, "modes/write.html", {"form": form})


@login_required
def mode_draft(request: HttpRequest, draft_id: str) -> HttpResponse:
    """A draft: what is wrong with it and where, and what it will look like."""
    _require_writer(request)
    found = find(ModeVersion, draft_id, request.user)
    form = ModeForm(request.POST or None, request.FILES or None, initial={"text": found.text})
    if request.method == "POST":
        kept = carried_out(
            form, lambda: actions.write_mode(form.cleaned_data["text"], by=person(request), version=found)
        )
        if kept:
            messages.success(request, _("Kept and checked."))
            return redirect("mode_draft", found.pk)
    return render(request, "modes/draft.html", _previewed(found) | {"form": form})


def _previewed(found: ModeVersion) -> dict[str, Any]:
    """Return everything that the applicant will see under a draft that has no grave problem."""
    read, problems = check(found.text)
    context: dict[str, Any] = {"draft": found, "problems": problems, "grave": _grave(problems)}
    if read is None:
        return context
    now, language = clock.now(), spoken()
    return (
        context
        | _told(read)
        | {
            "steps": [(step.title.of(language), Preview(step, language)) for step in read.steps],
            "letters": [sample_letter(read, now, language, granted=granted) for granted in (True, False)],
        }
    )


def _grave(problems: list[Problem]) -> int:
    return sum(problem.grave for problem in problems)


@login_required
@require_POST
def move_mode(request: HttpRequest, draft_id: str, step: str) -> HttpResponse:
    """Adopt a draft as the next version, or put it away."""
    found = find(ModeVersion, draft_id, request.user)
    if step == "drop":
        actions.drop_mode(found, by=person(request))
        messages.success(request, _("The draft was put away."))
        return redirect("modes")
    try:
        adopted = actions.adopt_mode(found, by=person(request))
    except Refused as refusal:
        if refusal.status == NotAllowed.status:
            raise
        messages.error(request, str(refusal))
        return redirect("mode_draft", found.pk)
    messages.success(
        request, _("%(mode)s is adopted: calls can be opened under it.") % {"mode": adopted.name}
    )
    return redirect("mode", adopted.name)


def _may_write(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.may(Permission.WRITE_MODE)


def _require_writer(request: HttpRequest) -> None:
    if not _may_write(request):
        raise NotAllowed(_("The office writes modes."), rule=Permission.WRITE_MODE)


urlpatterns = [
    path("modes/", all_modes, name="modes"),
    path("modes/write/", write_mode, name="write_mode"),
    path("modes/drafts/<draft_id>/", mode_draft, name="mode_draft"),
    *(
        path(f"modes/drafts/<draft_id>/{step}/", move_mode, {"step": step}, name=f"{step}_mode")
        for step in ("adopt", "drop")
    ),
    path("modes/<name>/", mode, name="mode"),
    path("modes/<name>/file/", mode_file, name="mode_file"),
]
