"""Pages of agreements on data: ask for one, decide, sign, and end it."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.awards.models import Project
from aifactory.datasets import actions, queries
from aifactory.datasets import profile as odrl_profile
from aifactory.datasets import vocabulary as v
from aifactory.datasets.duties import say_of_duty
from aifactory.datasets.guards import duties_of
from aifactory.datasets.models import Agreement, Offer
from aifactory.datasets.permissions import Permission
from aifactory.datasets.terms import read, words
from aifactory.kit.canonical import digest
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.people.language import spoken
from aifactory.people.models import User
from aifactory.people.queries import person_of
from aifactory.people.rules import find, require, visible
from aifactory.supercomputer.notebooks.queries import looks
from aifactory.web.forms import take_errors
from aifactory.web.offered_terms import TermsForm, filled
from aifactory.web.paging import page


class RequestForm(forms.Form):
    """For which project and purpose, and why."""

    project = forms.ChoiceField(label=gettext_lazy("Project"))
    version = forms.ChoiceField(label=gettext_lazy("Version"))
    purpose = forms.ChoiceField(
        label=gettext_lazy("Purpose"), help_text=gettext_lazy("It must be the purpose of the project.")
    )
    explanation = forms.CharField(
        label=gettext_lazy("What will you do with the data?"),
        widget=forms.Textarea,
        max_length=2_000,
        help_text=gettext_lazy("The holder reads this. Name the method and what comes out."),
    )
    persons = forms.CharField(
        label=gettext_lazy("Who will work with the data?"),
        widget=forms.Textarea,
        max_length=5_000,
        help_text=gettext_lazy(
            "E-mail addresses, one on each line. They must work on the project. Only they may run jobs on this data, "
            "and see it where the terms allow that."
        ),
    )
    accept = forms.BooleanField(label=gettext_lazy("I have read the terms and accept them"))

    def __init__(self, offer: Offer, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = spoken()
        projects = Project.objects.filter(members__user=user, members__until=None, state="active").order_by(
            "-pk"
        )
        versions = offer.dataset.versions.filter(state="published").order_by("-number")
        self.fields["persons"].initial = user.email
        if not read(offer.terms).environment:
            del self.fields["persons"]
        self._choose("project", [(p.pk, p.title) for p in projects])
        self._choose("version", [(x.pk, _("Version %(n)s") % {"n": x.number}) for x in versions])
        self._choose("purpose", [(p, v.PURPOSES[p].label(language)) for p in read(offer.terms).purposes])

    def _choose(self, name: str, options: list[tuple[str, str]]) -> None:
        self.fields[name].choices = options  # type: ignore[attr-defined]


@login_required
def ask(request: HttpRequest, offer_id: str) -> HttpResponse:
    """Ask to use a dataset under an offer."""
    offer, user = find(Offer, offer_id, request.user), _user(request)
    form = RequestForm(offer, user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            agreement = actions.request_agreement(
                offer,
                by=user,
                version=offer.dataset.versions.get(pk=given["version"]),
                project=Project.objects.get(pk=given["project"]),
                purpose=given["purpose"],
                explanation=given["explanation"],
                persons=[person_of(email) for email in given.get("persons", "").split()],
            )
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            return redirect("agreement", agreement.pk)
    context = {"offer": offer, "dataset": offer.dataset, "form": form, "words": _words(offer.terms)}
    return render(request, "datasets/ask.html", context)


@login_required
def agreements(request: HttpRequest) -> HttpResponse:
    """The agreements that this person may see, newest first."""
    rows, following = page(request, queries.agreements_with_names(visible(Agreement, request.user)))
    return render(request, "datasets/agreements.html", {"agreements": rows, "next": following, "v": v})


@login_required
def agreement(request: HttpRequest, agreement_id: str) -> HttpResponse:
    """One agreement: where it stands, whose turn it is, what was agreed, and what it was used for."""
    found, user = find(Agreement, agreement_id, request.user), _user(request)
    project = Project.objects.filter(pk=found.project).first()  # a project's title is public
    context = {
        "agreement": found,
        "dataset": found.offer.dataset,
        "project": project,
        "purpose": v.PURPOSES[found.purpose].label(spoken()),
        "words": _words(found.terms),
        "seen": digest(found.terms),
        "steps": _steps(found),
        "mounts": found.mounts.order_by("-pk")[:50],
        "duties": [
            {"code": code, "label": v.DUTIES[code].label(spoken()), "said": said}
            for code, said in duties_of(found).items()
        ],
        "persons": User.objects.filter(pk__in=found.named).order_by("name") if found.named else [],
        "looks": looks(found)[:50] if found.environment and not found.unseen else None,
        "may_look": found.holds
        and bool(found.environment)
        and not found.unseen
        and bool(settings.NOTEBOOK_ADDRESS)
        and user.pk in found.named,
        "renewal": found.renewals.exclude(state__in=("ended", "refused")).first(),
        "may": {p.name: user.may(p, found) for p in Permission if p.value.startswith("agreement:")},
        "kinds": dict(v.RECIPIENTS),
    }
    return render(request, "datasets/agreement.html", context)


def _steps(found: Agreement) -> list[dict[str, Any]]:
    """The way of an agreement; the fourth step is its end, planned or real."""
    reached = {"requested": 1, "countered": 1, "agreed": 2, "in_force": 3, "suspended": 3}.get(found.state, 4)
    holder, user = found.offer.dataset.holder.name, found.organisation.name
    ended = found.state in {"ended", "refused"}
    second = (_("Agreed"), holder, found.valid_from)
    if found.state == "refused":
        second = (_("Refused"), holder, None)
    elif found.state == "countered":
        second = (_("Other terms proposed"), user, None)
    lines = [
        (_("Requested"), user, found.created_at),
        second,
        (_("Signed"), user, None),
        (
            _("Suspended") if found.state == "suspended" else _("In use"),
            "",
            found.stopped_at if not ended else None,
        ),
        (_("End"), "", found.stopped_at if ended else found.valid_until),
    ]
    at = 4 if found.state == "ended" else 5 if found.state == "refused" else reached
    return [
        {
            "label": label,
            "who": who,
            "when": when,
            "state": "done" if n < at else "now" if n == at else "next",
        }
        for n, (label, who, when) in enumerate(lines)
    ]


@login_required
@require_POST
def act(request: HttpRequest, agreement_id: str, verb: str) -> HttpResponse:
    """Agree, refuse, accept, sign, suspend, resume, renew or end."""
    found, user = find(Agreement, agreement_id, request.user), _user(request)
    reason, seen = request.POST.get("reason", ""), request.POST.get("seen", "")
    match verb:
        case "agree":
            actions.decide_request(found, by=user, agree=True, seen=seen)
        case "refuse":
            actions.decide_request(found, by=user, agree=False, reason=reason)
        case "accept":
            actions.accept_terms(found, by=user, seen=seen)
        case "sign":
            actions.conclude(found, by=user)
        case "renew":
            found = actions.renew_agreement(found, by=user)
        case "suspend":
            actions.suspend_agreement(found, by=user, reason=reason)
        case "resume":
            actions.resume_agreement(found, by=user)
        case "end":
            actions.end_agreement(found, by=user, reason=reason)
        case _:
            raise Invalid([FieldError("verb", _("There is no such step."), "closed list")])
    messages.success(request, _("Done."))
    return redirect("agreement", found.pk)


@login_required
def other_terms(request: HttpRequest, agreement_id: str) -> HttpResponse:
    """Propose other terms: the holder on a request, who asked on the holder's proposal."""
    found, user = find(Agreement, agreement_id, request.user), _user(request)
    by_holder = found.state == "requested"
    require(user, Permission.DECIDE if by_holder else Permission.REQUEST, found)
    form = TermsForm(request.POST or None, initial=filled(read(found.terms)))
    if request.method == "POST" and form.is_valid():
        propose = actions.counter_request if by_holder else actions.propose_terms
        try:
            propose(found, by=user, terms=form.terms())
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("Your proposal is sent. Now it is the other party's turn."))
            return redirect("agreement", found.pk)
    context = {"agreement": found, "dataset": found.offer.dataset, "form": form}
    return render(request, "datasets/other_terms.html", context)


@login_required
@require_POST
def duty(request: HttpRequest, agreement_id: str) -> HttpResponse:
    """Say that a duty was met, or that it was not."""
    found, user = find(Agreement, agreement_id, request.user), _user(request)
    given = {name: request.POST.get(name, "") for name in ("duty", "reason")}
    say_of_duty(found, by=user, met=request.POST.get("met") == "yes", **given)
    messages.success(request, _("Done."))
    return redirect("agreement", found.pk)


def profile(_request: HttpRequest) -> HttpResponse:
    """The ODRL profile that all terms keep to, in Turtle."""
    return HttpResponse(odrl_profile.turtle(), content_type="text/turtle; charset=utf-8")


@login_required
def policy(request: HttpRequest, agreement_id: str) -> JsonResponse:
    """The agreement in ODRL."""
    found = find(Agreement, agreement_id, request.user)
    body = queries.agreement_policy(found, request.build_absolute_uri)
    return JsonResponse(body, content_type="application/ld+json")


@login_required
def signed(request: HttpRequest, agreement_id: str) -> JsonResponse:
    """The contract with both signatures, to be checked without us."""
    return JsonResponse(queries.signed_contract(find(Agreement, agreement_id, request.user)))


def _words(terms: dict[str, Any]) -> list[str]:
    return words(read(terms), spoken())


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - login_required
    return request.user


urlpatterns = [
    path("offers/<offer_id>/request/", ask, name="ask_agreement"),
    path("agreements/", agreements, name="agreements"),
    path("agreements/<agreement_id>/", agreement, name="agreement"),
    path("odrl/profile.ttl", profile, name="odrl_profile"),
    path("agreements/<agreement_id>/terms/", other_terms, name="agreement_terms"),
    path("agreements/<agreement_id>/duties/", duty, name="agreement_duty"),
    path("agreements/<agreement_id>/odrl.jsonld", policy, name="agreement_policy"),
    path("agreements/<agreement_id>/signed.json", signed, name="agreement_signed"),
    path("agreements/<agreement_id>/<verb>/", act, name="agreement_act"),
]
