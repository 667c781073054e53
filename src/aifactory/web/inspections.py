"""The page on which a steward has a version inspected as a job, for what is too large for one machine."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.awards.models import Project
from aifactory.datasets.models import DatasetVersion
from aifactory.datasets.permissions import Permission
from aifactory.kit.errors import NotAllowed
from aifactory.people.models import User
from aifactory.people.rules import find
from aifactory.supercomputer import agents, recipes
from aifactory.supercomputer.inspections import RECIPE
from aifactory.supercomputer.inspections.actions import order
from aifactory.web.forms import carried_out
from aifactory.web.visitor import person


class InspectionForm(forms.Form):
    """Whose budget pays, and on how many nodes."""

    project = forms.ModelChoiceField(Project.objects.none(), label=gettext_lazy("Project that pays"))
    nodes = forms.IntegerField(
        label=gettext_lazy("Nodes"),
        initial=1,
        min_value=1,
        help_text=gettext_lazy("Each gets as many cores as you ask for, and is billed."),
    )
    cores = forms.IntegerField(label=gettext_lazy("Cores"), min_value=1, max_value=512)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        resources = recipes.find(RECIPE).resources
        mine = Project.objects.filter(state="active", members__user=user, members__until=None)
        self.fields["project"].queryset = mine.distinct().order_by("title")  # type: ignore[attr-defined]
        self.fields["nodes"].widget.attrs["max"] = resources.most_nodes
        self.fields["cores"].initial = resources.cores


@login_required
def inspect_on_cluster(request: HttpRequest, version_id: str) -> HttpResponse:
    """Order an inspection, and go to its job."""
    user = person(request)
    version = find(DatasetVersion, version_id, user)
    if not user.may(Permission.MANAGE, version):
        raise NotAllowed(_("Only the holder's steward may inspect it."), rule=Permission.MANAGE)
    form = InspectionForm(user, request.POST or None)
    if request.method == "POST":
        engine = agents.chosen("")
        job = carried_out(form, lambda: order(version, by=user, engine=engine, **form.cleaned_data))
        if job is not None:
            return redirect("job", job.pk)
    return render(request, "datasets/inspect_on_cluster.html", {"form": form, "version": version})


urlpatterns = [
    path("datasets/versions/<version_id>/inspect/cluster/", inspect_on_cluster, name="inspect_on_cluster"),
]
