"""Working on the cluster oneself: the flags, one's own jobs explained, who works on the project, and their SSH keys."""

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

from aifactory.awards.actions import add_member, remove_member
from aifactory.awards.models import Project, ProjectMember
from aifactory.awards.permissions import Permission
from aifactory.people.queries import person_of
from aifactory.people.rules import find, not_here, require
from aifactory.people.ssh import actions as ssh
from aifactory.people.ssh.models import SshKey
from aifactory.supercomputer.diagnosis import standing_lines
from aifactory.supercomputer.queue import queries
from aifactory.web.forms import carried_out
from aifactory.web.visitor import person

NEWEST = 50


class MemberForm(forms.Form):
    """Whom to let work on the project."""

    person = forms.EmailField(
        label=gettext_lazy("E-mail address"), help_text=gettext_lazy("They need an account here first.")
    )


class KeyForm(forms.Form):
    """A public key, pasted."""

    key = forms.CharField(
        label=gettext_lazy("Public key"),
        widget=forms.Textarea(attrs={"spellcheck": "false", "autocomplete": "off"}),
        max_length=10_000,
        help_text=gettext_lazy("One line from a file that ends in .pub, for example ~/.ssh/id_ed25519.pub."),
    )
    label = forms.CharField(label=gettext_lazy("Name of this key"), max_length=80, required=False)


@login_required
def own_work(request: HttpRequest, project_id: str) -> HttpResponse:
    """The flags of sbatch, the project's own jobs with the doctor's words, and who works on it."""
    user = person(request)
    project = find(Project, project_id, user)
    may_manage = user.may(Permission.MANAGE, project)
    form = MemberForm(request.POST or None)
    if request.method == "POST":
        require(user, Permission.MANAGE, project)
        if carried_out(form, lambda: _join(project, form.cleaned_data["person"], request)):
            messages.success(request, _("They can work on the project now."))
            return redirect("own_work", project.pk)
    lines, names = standing_lines(project), queries.owners(project, user)
    jobs = queries.own_jobs(project)[:NEWEST]
    context: dict[str, Any] = {
        "project": project,
        "work": queries.own_work(project, user),
        "jobs": [queries.own_job_facts(job, lines, names) for job in jobs],
        "members": project.members.filter(until=None).select_related("user").order_by("pk"),
        "form": form,
        "may_manage": may_manage,
    }
    return render(request, "own_work/project.html", context)


def _join(project: Project, email: str, request: HttpRequest) -> ProjectMember:
    return add_member(project, person_of(email), by=person(request))


@login_required
@require_POST
def leave(request: HttpRequest, project_id: str, member_id: str) -> HttpResponse:
    """Let somebody work on the project no more."""
    project = find(Project, project_id, request.user)
    member = project.members.filter(pk=member_id).first()
    if member is None:
        raise not_here()
    remove_member(member, by=person(request))
    messages.success(request, _("They no longer work on the project."))
    return redirect("own_work", project.pk)


@login_required
def keys(request: HttpRequest) -> HttpResponse:
    """My SSH keys."""
    user = person(request)
    form = KeyForm(request.POST or None)
    if request.method == "POST" and carried_out(form, lambda: _add(form, request)):
        messages.success(request, _("Your key is kept. It opens the cluster within a minute."))
        return redirect("ssh_keys")
    held = user.ssh_keys.filter(removed_at=None).order_by("pk")
    return render(request, "own_work/keys.html", {"form": form, "keys": held})


def _add(form: KeyForm, request: HttpRequest) -> SshKey:
    return ssh.add_key(person(request), form.cleaned_data["key"], label=form.cleaned_data["label"])


@login_required
@require_POST
def remove_key(request: HttpRequest, key_id: str) -> HttpResponse:
    """Remove a key."""
    ssh.remove_key(find(SshKey, key_id, request.user), by=person(request))
    messages.success(request, _("The key opens nothing any more."))
    return redirect("ssh_keys")


urlpatterns = [
    path("projects/<project_id>/own-work/", own_work, name="own_work"),
    path("projects/<project_id>/members/<member_id>/remove/", leave, name="remove_member"),
    path("account/ssh-keys/", keys, name="ssh_keys"),
    path("account/ssh-keys/<key_id>/remove/", remove_key, name="remove_ssh_key"),
]
