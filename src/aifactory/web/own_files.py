"""Pages of what people bring along for their project's jobs, and of what a job prints while it runs."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.awards.models import Project
from aifactory.kit.errors import Refused
from aifactory.people.rules import find
from aifactory.supercomputer import queries
from aifactory.supercomputer.lifecycle import ENDED_JOB
from aifactory.supercomputer.models import Job
from aifactory.supercomputer.permissions import Permission
from aifactory.supercomputer.uploads import actions
from aifactory.supercomputer.uploads.queries import uploads
from aifactory.web.forms import take_errors
from aifactory.web.paging import page
from aifactory.web.visitor import person

EVERY = 5  # seconds between two looks of somebody who follows a log without JavaScript


class SeveralFiles(forms.ClearableFileInput):
    """A field that takes more than one file."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Clean each file, and return all of them."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given]


class BringForm(forms.Form):
    """Files under one name."""

    title = forms.CharField(label=gettext_lazy("Name for these files"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"] = FilesField(  # a class attribute of this name would hide the form's own
            label=_("Files"),
            help_text=_(
                "A script and its requirements.txt, or a table. Every package must be pinned with its hashes: "
                "uv pip compile --generate-hashes writes that for you."
            ),
        )


@login_required
def own_files(request: HttpRequest, project_id: str) -> HttpResponse:
    """What was brought along for a project, and a form to bring more."""
    project, user = find(Project, project_id, request.user), person(request)
    form = BringForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        files = [(file.name, file.chunks()) for file in given["files"]]
        try:
            actions.bring(project, by=user, title=given["title"], files=files)
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("Your files are here. Choose them when you plan a job."))
            return redirect("own_files", project.pk)
    rows, following = page(request, uploads(user, project.pk))
    context = {
        "project": project,
        "form": form,
        "uploads": rows,
        "next": following,
        "may_bring": user.may(Permission.SUBMIT, project),
    }
    return render(request, "supercomputer/own_files.html", context)


@login_required
def job_log(request: HttpRequest, job_id: str) -> HttpResponse:
    """What a job printed last and how far it is. Who asks to follow it gets the page anew every few seconds."""
    job = find(Job, job_id, request.user)
    last = queries.last_attempt(job)
    if last is not None:
        queries.require_log_reader(last, person(request))
    active = job.state not in (*ENDED_JOB, "unknown")
    follow = active and request.GET.get("follow") == "yes"
    is_part = bool(request.headers.get("HX-Request"))
    template = "supercomputer/job_log_part.html" if is_part else "supercomputer/job_log.html"
    context = {"job": job, "last": last, "active": active, "follow": follow, "every": EVERY}
    answer = render(request, template, context)
    if follow and not is_part:
        answer["Refresh"] = str(EVERY)
    return answer


urlpatterns = [
    path("projects/<project_id>/files/", own_files, name="own_files"),
    path("jobs/<job_id>/log/", job_log, name="job_log"),
]
