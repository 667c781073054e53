"""Pages of personal data: the record of who processes it, and what must be erased, by whom, by when."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.datasets import vocabulary as v
from aifactory.datasets.erasure import actions, queries
from aifactory.datasets.erasure.models import Erasure, ErasureDuty
from aifactory.datasets.models import Dataset
from aifactory.datasets.permissions import Permission
from aifactory.datasets.processing import queries as register
from aifactory.datasets.processing import words
from aifactory.datasets.processing.actions import state
from aifactory.datasets.processing.said import missing
from aifactory.kit.rows import written
from aifactory.people.language import spoken
from aifactory.people.rules import find, require, visible
from aifactory.registry.models import ModelVersion
from aifactory.web.forms import Day, carried_out
from aifactory.web.paging import page
from aifactory.web.visitor import person

OF_A_PERSON = [(code, label) for code, label in Erasure.Cause.choices if code != "retention"]
COLOURS = {"open": "warning", "done": "ok", "met": "ok", "excepted": "info"}
#: where the thing is shown that a duty is about
PAGES = {"version": "dataset_version", "copies": "agreement", "model": "model"}


class PersonalDataForm(forms.Form):
    """What the law asks of personal data. Open while it is a draft; complete before it is published."""

    prefix = "personal"

    controller = forms.CharField(
        label=gettext_lazy("Who decides why and how it is used? (controller)"), max_length=200, required=False
    )
    processor = forms.CharField(
        label=gettext_lazy("Who keeps and processes it for them? (processor)"), max_length=200, required=False
    )
    privacy_contact = forms.CharField(
        label=gettext_lazy("Mailbox for privacy"),
        required=False,
        help_text=gettext_lazy("Of a desk, not of a person: everyone sees it."),
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("Legal ground"), required=False, help_text=gettext_lazy("GDPR article 6(1)")
    )
    law = forms.CharField(
        label=gettext_lazy("The law that it stands in"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For a legal obligation, a public task, or data on crimes"),
    )
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("What is in it?"), widget=forms.CheckboxSelectMultiple, required=False
    )
    condition = forms.ChoiceField(
        label=gettext_lazy("Exception for sensitive data"),
        required=False,
        help_text=gettext_lazy("GDPR article 9(2): needed for health, genes, belief and the like"),
    )
    subjects = forms.MultipleChoiceField(
        label=gettext_lazy("Who are the people?"), widget=forms.CheckboxSelectMultiple, required=False
    )
    informed = forms.CharField(
        label=gettext_lazy("How were they told, or asked?"),
        widget=forms.Textarea,
        max_length=2_000,
        required=False,
    )
    notice_page = forms.CharField(label=gettext_lazy("Page with what they were told"), required=False)
    keep_until = Day(label=gettext_lazy("Kept until"), required=False)
    keep_why = forms.CharField(label=gettext_lazy("Why until then?"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = {
            "basis": words.BASES, "condition": words.CONDITIONS, "categories": words.CATEGORIES,
            "subjects": words.SUBJECTS,
        }  # fmt: skip
        for name, texts in lists.items():
            chosen = [(code, text.of(spoken())) for code, text in texts.items()]
            one = isinstance(self.fields[name], forms.ChoiceField) and name in {"basis", "condition"}
            self.fields[name].choices = [("", "–"), *chosen] if one else chosen  # type: ignore[attr-defined]


class RequestForm(forms.Form):
    """A request of a person, without the person."""

    reference = forms.CharField(
        label=gettext_lazy("Your own number of the request"),
        max_length=40,
        help_text=gettext_lazy("You keep who it is. Here goes no name, and no number of that person."),
    )
    cause = forms.ChoiceField(label=gettext_lazy("Ground"), choices=OF_A_PERSON)
    received_on = Day(label=gettext_lazy("Received on"))


class AnswerForm(forms.Form):
    """What was done, or why not."""

    met = forms.ChoiceField(
        label=gettext_lazy("What did you do?"),
        choices=[
            ("yes", gettext_lazy("It is erased")),
            ("no", gettext_lazy("It is kept, and the law allows that")),
        ],
        widget=forms.RadioSelect,
    )
    statement = forms.CharField(
        label=gettext_lazy("How, or why?"),
        widget=forms.Textarea,
        max_length=500,
        help_text=gettext_lazy("Name nobody. For what is kept: the point of article 17(3)."),
    )


@login_required
def processing(request: HttpRequest) -> HttpResponse:
    """The record of processing activities, as far as this person's organisations take part; staff see all."""
    kind = "store" if request.GET.get("kind") == "store" else "use"
    if kind == "store":
        kept, following = page(request, register.stored(request.user))
        entries = register.store_facts(kept)
    else:
        used, following = page(request, register.uses(request.user))
        entries = register.use_facts(used)
    context = {
        "recorded": [entry | _days(entry) for entry in entries],
        "next": following,
        "kind": kind,
        "words": words,
        "purposes": v.PURPOSES,
    }
    return render(request, "processing/register.html", context)


def _days(entry: dict[str, Any]) -> dict[str, date | None]:
    """Return the days of an entry as a page shows them."""
    kept, uses = entry["keep_until"], entry["uses"]
    return {
        "kept": date.fromisoformat(kept) if kept else None,
        "first": datetime.fromisoformat(entry["first_use"]) if uses else None,
        "last": datetime.fromisoformat(entry["last_use"]) if uses else None,
    }


@login_required
def personal_data(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Say what the law asks of personal data: the steward's work, or the office's for data from elsewhere."""
    dataset, user = find(Dataset, dataset_id, request.user), person(request)
    require(user, Permission.PROCESSING, dataset)
    form = PersonalDataForm(request.POST or None, initial=register.said_of(dataset).document())
    if request.method == "POST" and carried_out(
        form, lambda: state(dataset, by=user, said=form.cleaned_data)
    ):
        messages.success(request, _("The description is changed."))
        return redirect("dataset", dataset.pk)
    asked = missing(register.said_of(dataset), register.today()) if dataset.contains_personal_data else []
    context = {"form": form, "dataset": dataset, "missing": asked}
    return render(request, "processing/personal_data.html", context)


@login_required
def download(request: HttpRequest, form: str) -> StreamingHttpResponse:
    """The whole record as a file."""
    content_type, pieces = written(register.every_entry(request.user), form)
    headers = {"Content-Disposition": f'attachment; filename="processing.{form}"'}
    return StreamingHttpResponse(pieces, content_type=content_type, headers=headers)


@login_required
def erasures(request: HttpRequest) -> HttpResponse:
    """What must be erased: own duties first, then every request that this person may see."""
    found, following = page(request, queries.erasures(request.user))
    context = {
        "erasures": found, "next": following, "colours": COLOURS,
        "duties": queries.waiting_for(person(request))[:50],
    }  # fmt: skip
    return render(request, "processing/erasures.html", context)


@login_required
def erasure(request: HttpRequest, erasure_id: str) -> HttpResponse:
    """One request: who has some of the data, and what each did."""
    found = find(Erasure, erasure_id, request.user, related="dataset__holder")
    user = person(request)
    listed = list(queries.duties(found, user))
    models = [one.subject_id for one in listed if one.kind == "model"]
    shown = set(visible(ModelVersion, user).filter(pk__in=models).values_list("pk", flat=True))
    for one in listed:
        one.erasure = found
    context = {
        "erasure": found,
        "duties": [(one, one.state == "open" and user.may(Permission.ANSWER, one)) for one in listed],
        "pages": PAGES,
        "hidden": set(models) - shown,
        "colours": COLOURS,
    }
    return render(request, "processing/erasure.html", context)


@login_required
def record(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Record that somebody asks to be erased from a dataset."""
    dataset, user = find(Dataset, dataset_id, request.user), person(request)
    require(user, Permission.ERASE, dataset)
    form = RequestForm(request.POST or None, initial={"received_on": register.today()})
    if request.method == "POST":
        made = carried_out(form, lambda: actions.record(dataset, by=user, **form.cleaned_data))
        if made:
            messages.success(
                request, _("The request is recorded. Everybody who has some of the data is told.")
            )
            return redirect("erasure", made.pk)
    return render(request, "processing/record.html", {"form": form, "dataset": dataset})


@login_required
def answer(request: HttpRequest, erasure_duty_id: str) -> HttpResponse:
    """Say that something was erased, or why it is kept."""
    duty = find(ErasureDuty, erasure_duty_id, request.user, related="erasure__dataset")
    user = person(request)
    require(user, Permission.ANSWER, duty)
    form = AnswerForm(request.POST or None)
    if request.method == "POST":
        done = carried_out(
            form,
            lambda: actions.answer(
                duty, by=user, met=form.cleaned_data["met"] == "yes", statement=form.cleaned_data["statement"]
            ),
        )
        if done:
            messages.success(request, _("Your answer is recorded."))
            return redirect("erasure", done.erasure_id)
    return render(request, "processing/answer.html", {"form": form, "duty": duty, "pages": PAGES})


urlpatterns = [
    path("processing/", processing, name="processing"),
    path("processing/register.csv", download, {"form": "csv"}, name="processing_csv"),
    path("processing/register.json", download, {"form": "json"}, name="processing_json"),
    path("processing/erasures/", erasures, name="erasures"),
    path("processing/erasures/<erasure_id>/", erasure, name="erasure"),
    path("processing/duties/<erasure_duty_id>/", answer, name="erasure_duty"),
    path("datasets/<dataset_id>/erasures/new/", record, name="record_erasure"),
    path("datasets/<dataset_id>/personal-data/", personal_data, name="personal_data"),
]
