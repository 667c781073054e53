"""Pages of cases: ask for advice, follow the answer, and for advisers: take, write, hand over, close."""

from typing import Any
from urllib.parse import quote

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.awards.models import Project
from aifactory.expertise import actions, queries
from aifactory.expertise.models import Case
from aifactory.expertise.permissions import Permission
from aifactory.expertise.services import WHAT
from aifactory.kit.errors import Invalid, NotAllowed, Refused
from aifactory.people.language import spoken
from aifactory.people.models import User
from aifactory.people.rules import find
from aifactory.web.forms import take_errors
from aifactory.web.paging import page
from aifactory.web.steps import line
from aifactory.web.visitor import person


class AskForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A question of a project."""

    class Meta:
        model = Case
        fields = ("service", "title", "question")


class WriteForm(forms.Form):
    """What an adviser did, and how long it took."""

    text = forms.CharField(
        label=gettext_lazy("What was done, or your answer"), widget=forms.Textarea(attrs={"rows": 5})
    )
    minutes = forms.FloatField(
        label=gettext_lazy("Time in minutes"),
        min_value=0,
        max_value=1440,
        initial=0,
        help_text=gettext_lazy("It is taken from the adviser hours of the project."),
    )


class ReplyForm(forms.Form):
    """What the project adds."""

    text = forms.CharField(label=gettext_lazy("Your answer"), widget=forms.Textarea(attrs={"rows": 4}))


class HandOverForm(forms.Form):
    """Who goes on with the case."""

    to = forms.ChoiceField(label=gettext_lazy("Colleague"))

    def __init__(self, colleagues: list[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleagues = {user.pk: user for user in colleagues}
        self.fields["to"].choices = [(pk, user.name) for pk, user in self.colleagues.items()]  # type: ignore[attr-defined]


def services(request: HttpRequest) -> HttpResponse:
    """What the expertise centre does, and how to ask: for a project of one's own, or by mail to the office."""
    user = request.user if isinstance(request.user, User) else None
    mail = settings.OFFICE_MAIL
    context = {
        "services": [
            {
                "id": service.value,
                "title": service.label,
                "what": WHAT[service].of(spoken()),
                "mail": f"mailto:{mail}?subject={quote(str(service.label))}",
            }
            for service in Case.Service
        ],
        "projects": queries.asking_for(user) if user else [],
        "mail": mail,
    }
    return render(request, "expertise/services.html", context)


@login_required
def cases(request: HttpRequest) -> HttpResponse:
    """The cases this person may see, newest first; advisers see what waits for them on top."""
    user = person(request)
    rows, following = page(request, queries.cases(user))
    adviser = user.may(Permission.WORK)
    context = {"cases": rows, "next": following, "adviser": adviser}
    if adviser and not request.GET.get("after"):
        context["waiting"] = list(queries.waiting(user)[:50])
    return render(request, "expertise/cases.html", context)


@login_required
def ask_advice(request: HttpRequest, project_id: str) -> HttpResponse:
    """Ask the expertise centre something."""
    project = find(Project, project_id, request.user)
    if not person(request).may(Permission.ASK, project):
        raise NotAllowed(_("Only people of the project ask for its advice."), rule=Permission.ASK)
    form = AskForm(request.POST or None, initial={"service": request.GET.get("service")})
    if request.method == "POST" and form.is_valid():
        try:
            asked = actions.ask(project, by=person(request), **form.cleaned_data)
        except Invalid as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("Your question is with the expertise centre."))
            return redirect("case", asked.pk)
    return render(request, "expertise/ask.html", {"project": project, "form": form})


@login_required
def case(request: HttpRequest, case_id: str) -> HttpResponse:
    """One case: the question, everything said and done since, whose turn it is."""
    return _case_page(request, _find(case_id, request))


def _case_page(request: HttpRequest, found: Case, bound: forms.Form | None = None) -> HttpResponse:
    user = person(request)
    entries = queries.entries(found)
    works, asks = user.may(Permission.WORK), user.may(Permission.ASK, found.project)
    colleagues = [one for one in queries.advisers() if one != found.adviser] if works else []
    context = {
        "case": found,
        "project": found.project,
        "written": entries,
        "booked": sum(entry.seconds for entry in entries),
        "way": _way(found),
        "works": works,
        "replies": asks and not works and found.state != "closed",
        "form": bound or (WriteForm() if works else ReplyForm()),
        "hand_over": HandOverForm(colleagues) if colleagues and found.state == "open" else None,
        "yours": found.adviser_id == user.pk and found.state == "open",
    }
    return render(request, "expertise/case.html", context)


def _way(found: Case) -> list[dict[str, Any]]:
    labels = [
        (_("Asked"), found.asked_by.name, found.created_at),
        (_("Taken by an adviser"), found.adviser.name if found.adviser else _("the expertise centre"), None),
        (_("Closed"), _("the adviser"), None),
    ]
    return line(labels, {"asked": 1, "open": 2, "closed": 3}[found.state])


@login_required
@require_POST
def take_case(request: HttpRequest, case_id: str) -> HttpResponse:
    """Become its adviser."""
    actions.take(_find(case_id, request), by=person(request))
    messages.success(request, _("This case is yours now."))
    return redirect("case", case_id)


@login_required
@require_POST
def write_in_case(request: HttpRequest, case_id: str) -> HttpResponse:
    """Write as an adviser (with time) or as the project."""
    found, user = _find(case_id, request), person(request)
    form = WriteForm(request.POST) if user.may(Permission.WORK) else ReplyForm(request.POST)
    if form.is_valid():
        try:
            if isinstance(form, WriteForm):
                seconds = round(form.cleaned_data["minutes"] * 60)
                actions.write(found, by=user, text=form.cleaned_data["text"], seconds=seconds)
            else:
                actions.reply(found, by=user, text=form.cleaned_data["text"])
        except Refused as refusal:
            if refusal.status == 403:
                raise
            take_errors(form, refusal)
        else:
            messages.success(request, _("Written down."))
            return redirect("case", case_id)
    return _case_page(request, found, form)


@login_required
@require_POST
def hand_over_case(request: HttpRequest, case_id: str) -> HttpResponse:
    """Give it to a colleague."""
    found = _find(case_id, request)
    form = HandOverForm(queries.advisers(), request.POST)
    if form.is_valid():
        to = form.colleagues[form.cleaned_data["to"]]
        actions.hand_over(found, to=to, by=person(request))
        messages.success(request, _("%(name)s goes on with this case.") % {"name": to.name})
    return redirect("case", case_id)


@login_required
@require_POST
def close_case(request: HttpRequest, case_id: str) -> HttpResponse:
    """Close it."""
    actions.close(_find(case_id, request), by=person(request))
    messages.success(request, _("This case is closed."))
    return redirect("case", case_id)


@login_required
@require_POST
def reopen_case(request: HttpRequest, case_id: str) -> HttpResponse:
    """Open it again."""
    actions.reopen(_find(case_id, request), by=person(request))
    messages.success(request, _("This case is open again."))
    return redirect("case", case_id)


def _find(case_id: str, request: HttpRequest) -> Case:
    find(Case, case_id, request.user)
    return Case.objects.select_related("project__organisation", "adviser", "asked_by").get(pk=case_id)


urlpatterns = [
    path("services/", services, name="services"),
    path("cases/", cases, name="cases"),
    path("projects/<project_id>/cases/new/", ask_advice, name="ask_advice"),
    path("cases/<case_id>/", case, name="case"),
    path("cases/<case_id>/take/", take_case, name="take_case"),
    path("cases/<case_id>/write/", write_in_case, name="write_in_case"),
    path("cases/<case_id>/hand-over/", hand_over_case, name="hand_over_case"),
    path("cases/<case_id>/close/", close_case, name="close_case"),
    path("cases/<case_id>/reopen/", reopen_case, name="reopen_case"),
]
