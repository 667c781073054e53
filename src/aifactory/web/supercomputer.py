"""Pages of jobs: choose a recipe, plan, watch, start now, stop, look at what came out."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.kit.errors import Refused
from aifactory.people.language import spoken
from aifactory.people.models import User
from aifactory.people.rules import find
from aifactory.ports.carbon import CarbonSignal, NoSignal
from aifactory.ports.registry import get
from aifactory.supercomputer import actions, agents, job_bill, queries, recipes
from aifactory.supercomputer.diagnosis import of_job
from aifactory.supercomputer.lifecycle import ENDED_JOB
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.notebooks.permissions import Permission as Notebooks
from aifactory.supercomputer.notebooks.queries import notebook
from aifactory.supercomputer.permissions import Permission
from aifactory.supercomputer.quote import Ask
from aifactory.supercomputer.secure import queries as secure
from aifactory.supercomputer.secure import walls
from aifactory.supercomputer.secure.permissions import Permission as SecurePermission
from aifactory.supercomputer.sending import sent
from aifactory.web.forms import DateTime, take_errors
from aifactory.web.paging import page
from aifactory.web.steps import job_steps
from aifactory.web.visitor import person

HOUR = timedelta(hours=1)
MOST_CHOICES = 50
MOST_GPUS = 64
MOST_HOURS = 72  # a picture of more says nothing
FIELDS = {
    "text": forms.CharField,
    "choice": forms.ChoiceField,
    "integer": forms.IntegerField,
    "number": forms.FloatField,
    "boolean": forms.BooleanField,
}


class JobForm(forms.Form):
    """One form per recipe: what it reads, its own questions, and the limits."""

    title = forms.CharField(label=gettext_lazy("Name of this job"), max_length=200, required=False)

    def __init__(self, recipe: recipes.Recipe, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = spoken()
        for role in recipe.inputs.values():
            choices = _choices(role, project)
            self.fields[f"inputs.{role.name}"] = forms.ChoiceField(
                label=role.description[language], choices=choices, required=role.required
            )
        for name, parameter in recipe.parameters.items():
            options: dict[str, Any] = {
                "label": parameter.label[language],
                "initial": parameter.default,
                "required": parameter.required,
            }
            if parameter.kind == "choice":
                options["choices"] = [(choice, choice) for choice in parameter.choices]
            self.fields[f"parameters.{name}"] = FIELDS[parameter.kind](**options)
        self.fields["cores"] = forms.IntegerField(
            label=_("Cores"), initial=recipe.resources.cores, min_value=1
        )
        if len(places := agents.engines()) > 1:
            self.fields["engine"] = forms.ChoiceField(
                label=_("Cluster"), choices=[(name, name) for name in places], initial=places[0]
            )
        if job_bill.has_gpus():
            self.fields["gpus"] = forms.IntegerField(
                label=_("GPUs"),
                initial=0,
                min_value=0,
                max_value=MOST_GPUS,
                required=False,
                help_text=_("Most recipes need none."),
            )
        for name, label, most in (
            ("nodes", _("Nodes"), recipe.resources.most_nodes),
            ("tasks", _("Tasks to spread it over"), recipe.resources.most_tasks),
        ):
            if most > 1:
                self.fields[name] = forms.IntegerField(
                    label=label,
                    initial=1,
                    min_value=1,
                    max_value=most,
                    help_text=_("Each gets as many cores as you ask for, and is billed."),
                )
        self.fields["minutes"] = forms.FloatField(
            label=_("Time limit in minutes"),
            initial=recipe.resources.wall_seconds / 60,
            min_value=0.1,
            help_text=_("The job is stopped then. You are billed for the time it really took."),
        )
        self.fields["deadline"] = DateTime(
            label=_("When must it be ready?"),
            required=False,
            help_text=_("The later, the greener the hour we can choose. Without a moment: within 24 hours."),
        )

    def wish(self) -> dict[str, Any]:
        """Return the answers as `actions.submit` takes them."""
        given = self.cleaned_data
        return {
            "title": given["title"],
            "inputs": {
                n.removeprefix("inputs."): v for n, v in given.items() if n.startswith("inputs.") and v
            },
            "parameters": {
                n.removeprefix("parameters."): v for n, v in given.items() if n.startswith("parameters.")
            },
            "cores": given["cores"],
            "gpus": given.get("gpus") or 0,
            "engine": given.get("engine", ""),
            "nodes": given.get("nodes", 1),
            "tasks": given.get("tasks", 1),
            "wall_seconds": round(given["minutes"] * 60),
            "deadline": given["deadline"],
        }


def _choices(role: recipes.Role, project: Project) -> list[tuple[str, str]]:
    """Return what can be given under a role: data under an agreement, models and runs, files of one's own."""
    found = [] if role.required else [("", _("Nothing"))]
    if role.kind == "dataset":
        data = queries.data_for(project)
        found += [(version.pk, f"{version.dataset.title} ({version.number})") for version in data]
    elif role.kind == "model":
        found += _models_and_runs(project)
    if role.kind != "model":
        brought = project.uploads.order_by("-pk")[:MOST_CHOICES]
        found += [(upload.pk, _("Own files: %(title)s") % {"title": upload.title}) for upload in brought]
    nothing = {
        "dataset": _("No data agreement yet"),
        "model": _("No finished run yet"),
        "files": _("No files brought along yet"),
    }
    return found or [("", nothing[role.kind])]


def _models_and_runs(project: Project) -> list[tuple[str, str]]:
    """Return the finished runs of a project by what they are called, registered models first."""
    runs = (
        Attempt.objects.filter(job__project=project, state="completed")
        .select_related("job", "model_version__model")
        .order_by("-pk")[:MOST_CHOICES]
    )
    named = [(run, getattr(run, "model_version", None)) for run in runs]
    models = [
        (run.pk, _("Model %(name)s, version %(number)s") % {"name": made.model.name, "number": made.number})
        for run, made in named
        if made and made.state != "withdrawn"
    ]
    return models + [
        (run.pk, f"{run.job.title} ({run.ended_at:%Y-%m-%d %H:%M})") for run, made in named if made is None
    ]


@login_required
def jobs(request: HttpRequest) -> HttpResponse:
    """The jobs this person may see, newest first."""
    rows, following = page(request, queries.jobs(request.user))
    return render(request, "supercomputer/jobs.html", {"jobs": rows, "next": following})


@login_required
def choose_recipe(request: HttpRequest, project_id: str) -> HttpResponse:
    """The recipes that a project can run."""
    project = find(Project, project_id, request.user)
    shown = [one for one in recipes.available().values() if settings.NOTEBOOK_ADDRESS or not one.interactive]
    return render(request, "supercomputer/recipes.html", {"project": project, "recipes": shown})


@login_required
def new_job(request: HttpRequest, project_id: str, recipe_id: str) -> HttpResponse:
    """Ask for a run of one recipe."""
    project = find(Project, project_id, request.user)
    recipe = recipes.find(recipe_id)
    user = person(request)
    form = JobForm(recipe, project, request.POST or None)
    if request.method == "POST" and "show_bill" not in request.POST and form.is_valid():
        try:
            job = actions.submit(project, by=user, recipe=recipe.id, **form.wish())
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("Your job is planned."))
            return redirect("job", job.pk)
    context = {"project": project, "recipe": recipe, "form": form, "bill": _bill(form, recipe, project)}
    return render(request, "supercomputer/new_job.html", context)


def _bill(form: JobForm, recipe: recipes.Recipe, project: Project) -> job_bill.Priced | None:
    """Return what a run will be billed at most with what is filled in, or as the recipe has it; None for mistakes."""
    if form.is_bound and not form.is_valid():
        return None
    given, usual = form.cleaned_data if form.is_bound else {}, recipe.resources
    parts = (given.get("nodes") or 1) * (given.get("tasks") or 1)
    minutes = given.get("minutes") or usual.wall_seconds / 60
    cores, gpus = given.get("cores") or usual.cores, given.get("gpus") or 0
    ask = Ask(gpus, cores, usual.memory_bytes, max(1, round(minutes * 60)), parts)
    return job_bill.price(ask, project=project, engine=given.get("engine", ""))


@login_required
def job(request: HttpRequest, job_id: str) -> HttpResponse:
    """One job: where it stands, what is next, what came out, what it took."""
    found = find(Job, job_id, request.user)
    attempts = list(found.attempts.select_related("usage", "model_version").order_by("-number"))
    user = person(request)
    last = attempts[0] if attempts else None
    shown, is_active = notebook(found, last), found.state not in (*ENDED_JOB, "unknown")
    context = {
        "job": found,
        "recipe": recipes.available().get(found.recipe),
        "attempts": attempts,
        "last": last,
        "used": getattr(last, "usage", None),
        "way": job_steps(found, last),
        "doctor": of_job(found, last).plain(spoken()),
        "now": clock.now(),
        "active": is_active,
        "may_start": found.state == "planned" and user.may(Permission.START, found),
        "may_cancel": found.state in {"planned", "queued", "running", "unknown"}
        and user.may(Permission.CANCEL, found),
        "may_retry": found.state in {"failed", "unknown"} and user.may(Permission.RETRY, found),
        "model_version": getattr(last, "model_version", None),
        **_green_hours(found),
        "may_read": user.may(Permission.READ, found),
        **_secured(found, user),
        "notebook": shown,
        # A page that moves under somebody's hands is hard to use: once there is a button, it stays as it is.
        "follow": is_active and not (shown and shown.state == "ready"),
        "may_open": shown is not None and user.may(Notebooks.OPEN, found),
        "may_register": found.state == "succeeded" and user.may("project:work", found.project),
    }
    template = (
        "supercomputer/job_progress.html" if request.headers.get("HX-Request") else "supercomputer/job.html"
    )
    return render(request, template, context)


def _secured(job: Job, user: User) -> dict[str, Any]:
    """Return what a job left in the secure environment and who asked for what of it, without a name of a file."""
    if not job.secure:
        return {}
    kept = secure.withheld_of(job)
    return {
        "seen": walls.is_seen(job),
        "withheld": kept,
        "may_ask": bool(kept) and user.may(SecurePermission.ASK, kept[0]),
        "releases": secure.releases(user).filter(withheld__attempt__job=job),
    }


def _green_hours(job: Job) -> dict[str, Any]:
    """Return the carbon intensity from submission to deadline, and which hours the job was put in."""
    try:
        signal = get(CarbonSignal).between(job.created_at, job.deadline)
    except NoSignal:
        return {"hours": []}
    end = job.planned_start + timedelta(seconds=job.wall_seconds)
    hours = [(f"{hour.start:%H} h", hour.value) for hour in signal.hours]
    chosen = [
        n for n, hour in enumerate(signal.hours) if hour.start < end and hour.start + HOUR > job.planned_start
    ]
    return {"hours": hours if len(hours) <= MOST_HOURS else [], "chosen": chosen}


def _act(request: HttpRequest, job_id: str, verb: Any, told: str) -> HttpResponse:
    verb(find(Job, job_id, request.user), by=person(request))
    messages.success(request, told)
    return redirect("job", job_id)


@login_required
@require_POST
def start(request: HttpRequest, job_id: str) -> HttpResponse:
    """Start now instead of at the green hour."""
    return _act(request, job_id, actions.start, _("Your job starts as soon as there is room."))


@login_required
@require_POST
def cancel(request: HttpRequest, job_id: str) -> HttpResponse:
    """Stop a job."""
    return _act(request, job_id, actions.cancel, _("Your job is being stopped."))


@login_required
@require_POST
def retry(request: HttpRequest, job_id: str) -> HttpResponse:
    """Run it again."""
    return _act(request, job_id, actions.retry, _("Your job will run again."))


@login_required
def output(request: HttpRequest, attempt_id: str, path: str) -> StreamingHttpResponse:
    """Download one result: never shown in the browser, since a job may write anything."""
    file = queries.result(find(Attempt, attempt_id, request.user), path, by=person(request))
    return sent(file)


urlpatterns = [
    path("jobs/", jobs, name="jobs"),
    path("projects/<project_id>/jobs/new/", choose_recipe, name="choose_recipe"),
    path("projects/<project_id>/jobs/new/<recipe_id>/", new_job, name="new_job"),
    path("jobs/<job_id>/", job, name="job"),
    path("jobs/<job_id>/start/", start, name="start_job"),
    path("jobs/<job_id>/cancel/", cancel, name="cancel_job"),
    path("jobs/<job_id>/retry/", retry, name="retry_job"),
    path("attempts/<attempt_id>/outputs/<path:path>", output, name="job_output"),
]
