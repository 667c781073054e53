"""The way from a job's page into its notebook, which lives at an address of its own."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from aifactory.people.rules import find
from aifactory.supercomputer.models import Job
from aifactory.supercomputer.notebooks import actions
from aifactory.web.visitor import person


@login_required
@require_POST
def open_notebook(request: HttpRequest, job_id: str) -> HttpResponse:
    """Give a ticket and go there with it."""
    job = find(Job, job_id, request.user)
    _visit, address = actions.admit(job, by=person(request), portal_session=request.session.session_key or "")
    answer = redirect(address)
    answer["Referrer-Policy"], answer["Cache-Control"] = "no-referrer", "no-store"
    return answer


urlpatterns = [path("jobs/<job_id>/notebook/", open_notebook, name="open_notebook")]
