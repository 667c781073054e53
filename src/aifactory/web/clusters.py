"""The operator's page: how the clusters do, what the agent could not do, what was changed past us.

Nothing here can stop Slurm: a replay only lets the agent try again what it tries anyway.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aifactory.people.language import spoken
from aifactory.people.rules import find
from aifactory.supercomputer import health, verbs
from aifactory.supercomputer.models import FailedVerb
from aifactory.supercomputer.permissions import Permission
from aifactory.web.paging import page
from aifactory.web.visitor import person

NEWEST = 10


@login_required
def operations(request: HttpRequest) -> HttpResponse:
    """Alarms, clusters, what waits, what failed, and the newest drift."""
    user = person(request)
    shown = health.picture(user)
    language = spoken()
    context = shown | {
        "alarms": [(alarm, alarm["sentence"].of(language)) for alarm in shown["alarms"]],
        "drift": list(health.drift(user).order_by("-pk")[:NEWEST]),
        "may_replay": user.may(Permission.REPLAY),
        "verb_names": _verb_names(),
    }
    return render(request, "operations/operations.html", context)


@login_required
def failures(request: HttpRequest) -> HttpResponse:
    """Everything that the agent could not do, cured or not."""
    rows, following = page(request, verbs.failures(request.user))
    may = person(request).may(Permission.REPLAY)
    context = {"verbs": rows, "next": following, "verb_names": _verb_names(), "may_replay": may}
    return render(request, "operations/verbs.html", context)


@login_required
def drift(request: HttpRequest) -> HttpResponse:
    """Everything that was changed on a cluster past the portal."""
    rows, following = page(request, health.drift(request.user))
    return render(request, "operations/drift.html", {"drift": rows, "next": following})


@login_required
@require_POST
def replay(request: HttpRequest, verb_id: str) -> HttpResponse:
    """Try again in the agent's next turn."""
    verbs.replay(find(FailedVerb, verb_id, request.user), by=person(request))
    messages.success(request, _("The agent tries again within seconds."))
    return redirect("operations")


def _verb_names() -> dict[str, str]:
    return {
        "provision": _("Set accounts and budgets"),
        "let_in": _("Let people in by their keys"),
        "read_queue": _("Read the queue"),
        "read_books": _("Read the books"),
        "run": _("Start a job"),
        "cancel": _("Stop a job"),
        "watch": _("Watch a job"),
        "forget": _("Clear up after a job"),
    }


urlpatterns = [
    path("operations/", operations, name="operations"),
    path("operations/verbs/", failures, name="failed_verbs"),
    path("operations/drift/", drift, name="drift"),
    path("operations/verbs/<verb_id>/replay/", replay, name="replay_verb"),
]
