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
from django.views.decorators.http import require_POST

from aifactory.kit.errors import Invalid
from aifactory.people import actions
from aifactory.people.language import spoken
from aifactory.people.models import Organisation, Role
from aifactory.people.rules import Permission, find, find_membership, require
from aifactory.people.sectors import SECTORS, sector_in
from aifactory.web.forms import carried_out, take_errors
from aifactory.web.visitor import person


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """The facts that every application re-uses."""

    sector = forms.ChoiceField(label=gettext_lazy("Sector"), required=False)

    class Meta:
        model = Organisation
        fields = actions.PROFILE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = sorted((text.of(spoken()), code) for code, text in SECTORS.items() if code != "other")
        last = ("other", SECTORS["other"].of(spoken()))
        self.fields["sector"].choices = [("", _("Not said")), *((code, name) for name, code in names), last]  # type: ignore[attr-defined]


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
def edit_organisation(request: HttpRequest, organisation_id: str) -> HttpResponse:
    """Change the facts of my organisation."""
    found = find(Organisation, organisation_id, request.user)
    require(person(request), Permission.EDIT_ORGANISATION, found)
    form = OrganisationForm(request.POST or None, instance=find(Organisation, organisation_id, request.user))
    if request.method == "POST":
        by = person(request)
        if carried_out(form, lambda: actions.edit_organisation(found, by=by, **form.cleaned_data)):
            messages.success(
                request, _("The facts are changed. What you submitted before keeps the old ones.")
            )
            return redirect("organisation", found.pk)
    return render(request, "people/edit_organisation.html", {"form": form, "organisation": found})


@login_required
@require_POST
def change_membership(request: HttpRequest, membership_id: str, step: str) -> HttpResponse:
    """Let a colleague sign, or no more; or say that somebody left."""
    found = find_membership(membership_id, request.user)
    if step == "end":
        actions.end_membership(found, by=person(request))
        messages.success(
            request, _("%(name)s belongs to the organisation no more.") % {"name": found.user.name}
        )
        left = found.user_id == person(request).pk
        return redirect("account") if left else redirect("organisation", found.organisation_id)
    actions.let_sign(found, signs=step == "sign", by=person(request))
    messages.success(request, _("It is on record who may sign."))
    return redirect("organisation", found.organisation_id)


@login_required
def organisation(request: HttpRequest, organisation_id: str) -> HttpResponse:
    """One organisation and who belongs to it."""
    found = find(Organisation, organisation_id, request.user)
    members = found.memberships.filter(until=None).select_related("user").order_by("pk")
    may_edit = person(request).may(Permission.EDIT_ORGANISATION, found)
    context = {"organisation": found, "members": members, "may_edit": may_edit}
    context["sector"] = sector_in(found.sector, spoken())
    return render(request, "people/organisation.html", context)


urlpatterns = [
    path("account/", account, name="account"),
    path("account/keys/<token_id>/revoke/", revoke_token, name="revoke_token"),
    path("organisations/new/", new_organisation, name="new_organisation"),
    path("organisations/<organisation_id>/", organisation, name="organisation"),
    path("organisations/<organisation_id>/edit/", edit_organisation, name="edit_organisation"),
    *(
        path(
            f"memberships/<membership_id>/{step}/",
            change_membership,
            {"step": step},
            name=f"{step}_membership",
        )
        for step in ("end", "sign", "unsign")
    ),
]
