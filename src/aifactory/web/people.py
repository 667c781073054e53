"""Pages about one's own account and organisation."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.kit.errors import Invalid
from aifactory.people import actions
from aifactory.people.models import Organisation, Role
from aifactory.people.rules import Permission, find
from aifactory.web.forms import take_errors
from aifactory.web.visitor import person


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """The facts that every application re-uses."""

    class Meta:
        model = Organisation
        fields = (
            "name", "country", "kind", "registration_number", "region", "sector", "staff", "turnover_eur", "balance_eur"
        )  # fmt: skip


class TokenForm(forms.Form):
    """What a token is for."""

    label = forms.CharField(label=gettext_lazy("What will you use it for?"), max_length=80)


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Who I am here: roles, organisations, keys for scripts."""
    user = person(request)
    form = TokenForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        # Shown in this answer only; a redirect would have to store the secret.
        context["secret"] = actions.issue_token(user, label=form.cleaned_data["label"])[1]
    context["memberships"] = user.memberships.filter(until=None).select_related("organisation").order_by("pk")
    context["tokens"] = user.tokens.filter(revoked_at=None).order_by("-pk")
    context["roles"] = [Role(role).label for role in user.roles]
    return render(request, "people/account.html", context)


@login_required
def revoke_token(request: HttpRequest, token_id: str) -> HttpResponse:
    """End one of my keys."""
    token = person(request).tokens.filter(pk=token_id).first()
    if request.method == "POST" and token:
        actions.revoke_token(token, by=person(request))
        messages.success(request, _("The key no longer works."))
    return redirect("account")


@login_required
def new_organisation(request: HttpRequest) -> HttpResponse:
    """Register my organisation."""
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            organisation = actions.register_organisation(by=person(request), **form.cleaned_data)
        except Invalid as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("Your organisation is registered."))
            return redirect("organisation", organisation.pk)
    return render(request, "people/new_organisation.html", {"form": form})


@login_required
def organisation(request: HttpRequest, organisation_id: str) -> HttpResponse:
    """One organisation and who belongs to it."""
    found = find(Organisation, organisation_id, request.user)
    members = found.memberships.filter(until=None).select_related("user").order_by("pk")
    may_edit = person(request).may(Permission.EDIT_ORGANISATION, found)
    context = {"organisation": found, "members": members, "may_edit": may_edit}
    return render(request, "people/organisation.html", context)


urlpatterns = [
    path("account/", account, name="account"),
    path("account/keys/<token_id>/revoke/", revoke_token, name="revoke_token"),
    path("organisations/new/", new_organisation, name="new_organisation"),
    path("organisations/<organisation_id>/", organisation, name="organisation"),
]
