"""Pages for newcomers, without signing in: which route fits, how many hours it takes, what one job is billed."""

from fractions import Fraction
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.access import queries
from aifactory.access.calls.queries import calls
from aifactory.access.finder.estimate import (
    Estimate,
    Need,
    Placed,
    Range,
    assumptions,
    estimate,
)
from aifactory.access.finder.questions import questions
from aifactory.access.finder.routes import advise
from aifactory.access.finder.shown import significant, takes
from aifactory.access.modes import Mode
from aifactory.access.modes.queries import newest_modes
from aifactory.assurance.laws import law
from aifactory.awards.partitions import Bill, Job, bill, table
from aifactory.people.language import spoken
from aifactory.web.jinja import number

SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
#: lines of the finder that lead somewhere
LINKS = {"estimate": "estimate", "conditions": "datasets", "paid_access": "prices"}


class RouteForm(forms.Form):
    """The questions of the route finder."""

    def __init__(self, language: str, data: Any = None) -> None:
        super().__init__(data)
        for question in questions():
            self.fields[question.id] = forms.ChoiceField(
                label=question.label.of(language),
                help_text=question.help.of(language) if question.help else "",
                choices=[(option.value, option.label.of(language)) for option in question.options],
                widget=forms.RadioSelect,
            )


class NeedForm(forms.Form):
    """What somebody wants to run."""

    task = forms.ChoiceField(label=gettext_lazy("What do you want to do?"), widget=forms.RadioSelect)
    parameters = forms.FloatField(
        label=gettext_lazy("Size of the model, in billions of parameters"),
        help_text=gettext_lazy("The name of a model often says it: 7B is 7."),
        required=False,
        min_value=0,
        max_value=10_000,
    )
    tokens = forms.FloatField(
        label=gettext_lazy("Amount of data, in billions of tokens"),
        help_text=gettext_lazy(
            "A token is about three quarters of a word; an image of 224 × 224 counts as 196."
        ),
        required=False,
        min_value=0,
        max_value=1_000_000,
    )
    rows = forms.FloatField(
        label=gettext_lazy("For trees and other classical methods: rows, in millions"),
        required=False,
        min_value=0,
        max_value=100_000,
    )
    columns = forms.IntegerField(
        label=gettext_lazy("and columns"), required=False, min_value=1, max_value=100_000
    )
    data_gb = forms.FloatField(
        label=gettext_lazy("Data that you bring, in GB"), required=False, min_value=0, max_value=10_000_000
    )
    passes = forms.IntegerField(
        label=gettext_lazy("Passes over the data"), required=False, min_value=1, max_value=1000
    )
    runs = forms.IntegerField(
        label=gettext_lazy("Runs of the whole, with other settings"),
        required=False,
        min_value=1,
        max_value=10_000,
    )
    months = forms.IntegerField(
        label=gettext_lazy("Months that the data stays"), required=False, min_value=1, max_value=36
    )

    def __init__(self, language: str, data: Any = None) -> None:
        super().__init__(data)
        known = [(name, task.label.of(language)) for name, task in assumptions().tasks.items()]
        classical = ("classical", _("Trees, linear models and other classical methods"))
        self.fields["task"].choices = [*known, classical]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Make a need of the fields that are filled in. A figure of zero is no figure."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        if "task" in given and not self.errors:
            self.need = Need.model_validate(given)
            if missing := self.need.lacks():
                self.add_error(missing, _("This kind of work needs this figure."))
        return self.cleaned_data


class JobForm(forms.Form):
    """What one job asks for."""

    devices = forms.IntegerField(label=gettext_lazy("GPUs (on LUMI: GCDs)"), min_value=0, max_value=100_000)
    hours = forms.DecimalField(label=gettext_lazy("Hours"), min_value=0, max_digits=8)
    cores = forms.IntegerField(
        label=gettext_lazy("Processor cores"), required=False, min_value=0, max_value=10_000_000
    )
    memory_gb = forms.IntegerField(
        label=gettext_lazy("Memory in GB"), required=False, min_value=0, max_value=100_000_000
    )

    def clean(self) -> dict[str, Any]:
        """Make a job of the fields."""
        given = self.cleaned_data
        if not self.errors:
            if not given["devices"] and not given["cores"]:
                self.add_error("devices", _("A job takes at least one GPU or one core."))
            else:
                self.job = Job(
                    given["devices"], Fraction(given["hours"]), given["cores"] or 0, given["memory_gb"] or 0
                )
        return given


def route(request: HttpRequest) -> HttpResponse:
    """Ask a few plain questions, and answer with the way to go. The answers stand in the address."""
    language = spoken()
    form = RouteForm(language, request.GET or None)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        advice = advise(form.cleaned_data, newest_modes())
        context |= {
            "advice": advice,
            "fitting": [(found, _takes(found.mode)) for found in advice.fitting],
            "open_calls": _open_calls(),
            "links": {name: reverse(link) for name, link in LINKS.items()},
        }
    return render(request, "finder/route.html", context)


def _open_calls() -> dict[str, str]:
    """Return the newest call that takes applications, by the mode it runs under."""
    rows = [call for call in calls(None).filter(state="open")[:50] if queries.takes_applications(call)]
    return {call.mode.id: call.pk for call in reversed(rows)}


def _takes(mode: Mode) -> list[dict[str, Any]]:
    language, facts = spoken(), takes(mode)
    papers = [slot.label.of(language) for slot in mode.slots]
    papers += [getattr(law(kind).title, "nl" if language == "nl" else "en") for kind in mode.assessments]
    counted = _("after the cut-off") if facts["counted_from"] == "cut_off" else _("after you submit")
    return [
        {"key": _("Questions to answer"), "value": facts["questions"]},
        {"key": _("Documents and assessments"), "value": ", ".join(papers)},
        {
            "key": _("You hear within"),
            "value": _("%(days)s working days %(counted)s")
            % {"days": facts["working_days"], "counted": counted},
        },
        {"key": _("What you owe"), "value": "; ".join(duty.label.of(language) for duty in mode.duties)},
    ]


def needs(request: HttpRequest) -> HttpResponse:
    """Estimate hours, storage and transfer, on every partition and in every unit."""
    form = NeedForm(spoken(), request.GET or None)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        found = estimate(form.need, table().values())
        context |= {
            "found": found,
            "headline": _headline(found),
            "rows": [_row(place) for place in found.places],
        }
    return render(request, "finder/estimate.html", context)


def _headline(found: Estimate) -> list[dict[str, Any]]:
    rows = [
        {"key": _("Storage in GB"), "value": between(found.storage_gb)},
        {"key": _("Transfer in GB"), "value": between(found.transfer_gb)},
        {"key": _("Memory that one job needs, in GB"), "value": number(significant(found.memory_gb))},
    ]
    if found.core_hours:
        return [{"key": _("Core-hours"), "value": between(found.core_hours)}, *rows]
    return [{"key": _("Operations"), "value": scientific(found.flops)}, *rows]


def scientific(value: float) -> str:
    """Return a large number as people write it: 3.4 × 10¹⁸, in Dutch 3,4 × 10¹⁸."""
    digits, _e, power = f"{value:.1e}".partition("e")
    return f"{number(float(digits), 1)} × 10{str(int(power)).translate(SUPERSCRIPT)}"


def _row(place: Placed) -> list[str]:
    return [
        place.partition.title.of(spoken()),
        f"{place.devices} {place.partition.device}",
        between(place.used_gpu_hours),
        between(place.gpu_hours),
        between(place.node_hours),
        f"{between(place.units)} {place.partition.unit}",
        _one_job(place.job),
    ]


def _one_job(job: Bill) -> str:
    return _("%(hours)s h: %(units)s %(unit)s") % {
        "hours": number(significant(float(job.job.hours))),
        "units": number(significant(float(job.units))),
        "unit": job.partition.unit,
    }


def between(span: Range) -> str:
    """Return a range in words, with three significant figures."""
    low, high = (number(significant(end)) for end in (span.low, span.high))
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def job_bill(request: HttpRequest) -> HttpResponse:
    """Say what one job is billed on every partition, and why."""
    form = JobForm(request.GET or None)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        context["bills"] = [(found, _why(found)) for p in table().values() for found in [bill(p, form.job)]]
    return render(request, "finder/job.html", context)


def _why(found: Bill) -> str:
    """Say which share decided the bill."""
    device = found.partition.device
    return {
        "devices": _("what it uses"),
        "cores": _("%(share)s cores come with one %(device)s, and it asks for more")
        % {"share": found.partition.slice_cores, "device": device},
        "memory": _("%(share)s GB come with one %(device)s, and it asks for more")
        % {"share": found.partition.slice_memory_gb, "device": device},
        "whole_nodes": _("whole nodes are billed: %(devices)s %(device)s each")
        % {"devices": found.partition.devices_per_node, "device": device},
    }[found.decided_by]


def partitions(request: HttpRequest) -> HttpResponse:
    """Every partition: its GPU, what one unit is, how it bills."""
    return render(request, "finder/partitions.html", {"partitions": list(table().values())})


urlpatterns = [
    path("route/", route, name="route"),
    path("estimate/", needs, name="estimate"),
    path("estimate/job/", job_bill, name="estimate_job"),
    path("estimate/partitions/", partitions, name="partitions"),
]
