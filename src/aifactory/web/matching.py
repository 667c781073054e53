"""Who reviews what: what reviewers know and want, secrets for the seed, the draw and how good it is."""

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

from aifactory.access.matching import actions, commitments, profiles, queries
from aifactory.access.matching.models import Bid, Matching, ReviewerProfile
from aifactory.access.matching.optimum import CAP_PERCENT
from aifactory.access.models import Call
from aifactory.access.permissions import Permission
from aifactory.kit.errors import NotAllowed, NotFound, Refused
from aifactory.people.language import spoken
from aifactory.people.models import Role, User
from aifactory.people.rules import find
from aifactory.web.forms import take_errors
from aifactory.web.visitor import person


class ProfileForm(forms.Form):
    """Works are separated by an empty line: a title on the first line, the abstract below it."""

    works = forms.CharField(
        label=gettext_lazy("What you wrote"),
        help_text=gettext_lazy(
            "For each work: the title on one line, the abstract on the lines below it, then an empty line."
        ),
        widget=forms.Textarea(attrs={"rows": 14}),
        required=False,
    )
    keywords = forms.CharField(
        label=gettext_lazy("What you know of, in a few words"),
        max_length=profiles.LONGEST_KEYWORDS,
        required=False,
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages you read"),
        help_text=gettext_lazy("Tick none if the language does not matter."),
        choices=[("en", gettext_lazy("English")), ("nl", gettext_lazy("Dutch"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    most_reviews = forms.IntegerField(
        label=gettext_lazy("Reviews you take in one call, at most"),
        min_value=0,
        max_value=profiles.MOST_REVIEWS,
    )

    def facts(self) -> dict[str, Any]:
        """Return what the action takes."""
        return self.cleaned_data | {"works": works_in(self.cleaned_data["works"])}


class CommitmentForm(forms.Form):
    """The digest of a secret."""

    commitment = forms.CharField(label=gettext_lazy("SHA-256 of your secret"), max_length=71)


class SecretForm(forms.Form):
    """The secret itself."""

    secret = forms.CharField(label=gettext_lazy("Your secret"), max_length=200)


class DrawForm(forms.Form):
    """How sure anybody may be of a file."""

    cap_percent = forms.IntegerField(
        label=gettext_lazy("Most certain that one person may be to get a file, in percent"),
        help_text=gettext_lazy("More than 50 needs the mandate to decide in this mode, and a reason."),
        initial=CAP_PERCENT,
        min_value=1,
        max_value=100,
    )
    reason = forms.CharField(label=gettext_lazy("Why more than 50"), max_length=500, required=False)


def works_in(text: str) -> list[dict[str, str]]:
    """Return the works in a text: blocks between empty lines, each with its title on the first line."""
    blocks = [block.strip() for block in text.replace("\r\n", "\n").split("\n\n")]
    parts = [block.partition("\n") for block in blocks if block]
    return [{"title": title.strip(), "abstract": abstract.strip()} for title, _line, abstract in parts]


def written(works: list[dict[str, str]]) -> str:
    """Return works as the text that `works_in` reads."""
    blocks = [
        "\n".join(part for part in (work["title"], _joined(work["abstract"])) if part) for work in works
    ]
    return "\n\n".join(blocks)


def _joined(abstract: str) -> str:
    """An abstract without empty lines, which would begin another work."""
    return "\n".join(line for line in abstract.splitlines() if line.strip())


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """What I wrote and know, and how much I take."""
    user = person(request)
    _require(user, Role.REVIEWER)
    kept = ReviewerProfile.objects.filter(person=user).first() or ReviewerProfile()
    shown = {
        "works": written(kept.works),
        "keywords": kept.keywords,
        "languages": kept.languages,
        "most_reviews": kept.most_reviews,
    }
    form = ProfileForm(request.POST or None, initial=shown)
    if request.method == "POST" and form.is_valid():
        try:
            profiles.describe(**form.facts(), by=user)
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("Your profile is kept."))
            return redirect("reviews")
    return render(request, "matching/profile.html", {"form": form})


@login_required
def bids(request: HttpRequest, call_id: str) -> HttpResponse:
    """Which applications I want to read, and how much I have to read."""
    user = person(request)
    _require(user, Role.REVIEWER)
    call = find(Call, call_id, user)
    rows = queries.open_to_bids(call, user)
    if request.method == "POST":
        sent = {row: request.POST.get(row.pk, "") for row, _wish in rows}
        made = profiles.bid({row: wish for row, wish in sent.items() if wish}, by=user)
        messages.success(request, _("Kept. Changed: %(count)s.") % {"count": len(made)})
        return redirect("bids", call.pk)
    context = {
        "call": call,
        "title": call.title.of(spoken()),
        "rows": rows,
        "wishes": Bid.Wish.choices,
        "workload": queries.workload(call, user),
    }
    return render(request, "matching/bids.html", context)


def call_draw(request: HttpRequest, call_id: str) -> HttpResponse:
    """How reviewers of a call are drawn: commitments, seed, and how near to the best; open to everybody."""
    call = find(Call, call_id, request.user)
    return render(request, "matching/call_draw.html", _draw_context(request, call))


@login_required
@require_POST
def commit(request: HttpRequest, call_id: str) -> HttpResponse:
    """Commit to a secret."""
    call, form = find(Call, call_id, request.user), CommitmentForm(request.POST)
    if form.is_valid():
        try:
            commitments.commit(call, form.cleaned_data["commitment"], by=person(request))
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(
                request, _("Your commitment is published. Keep your secret until the call ends.")
            )
            return redirect("call_draw", call.pk)
    return render(request, "matching/call_draw.html", _draw_context(request, call) | {"form": form})


@login_required
@require_POST
def reveal(request: HttpRequest, call_id: str) -> HttpResponse:
    """Show my secret."""
    call, form = find(Call, call_id, request.user), SecretForm(request.POST)
    own = queries.own_commitment(call, person(request))
    if own is None:
        raise NotFound(_("You committed to no secret in this call."))
    if form.is_valid():
        try:
            commitments.reveal(own, form.cleaned_data["secret"], by=person(request))
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("Your secret is shown, and part of the seed."))
            return redirect("call_draw", call.pk)
    return render(request, "matching/call_draw.html", _draw_context(request, call) | {"form": form})


def _draw_context(request: HttpRequest, call: Call) -> dict[str, Any]:
    user = request.user if isinstance(request.user, User) else None
    own = queries.own_commitment(call, user) if user else None
    ended = commitments.ended_at(call)
    step = ""
    if user and user.has_role(Role.OFFICE, Role.REVIEWER):
        if own is None and ended is None:
            step = "commit"
        elif own is not None and own.state == "made" and ended is not None:
            step = "reveal"
    made = list(queries.matchings(call, request.user))
    return {
        "call": call,
        "title": call.title.of(spoken()),
        "commitments": queries.commitments(call),
        "own": own,
        "step": "" if made else step,
        "form": {"commit": CommitmentForm, "reveal": SecretForm}.get(step, forms.Form)(),
        "draws": [_figures(one) for one in made],
        "cap": CAP_PERCENT,
        "reviews": user is not None and user.has_role(Role.REVIEWER),
    }


def _figures(matching: Matching) -> dict[str, Any]:
    million = 1_000_000
    return {
        "matching": matching,
        "level": matching.level / million,
        "worst": matching.worst / million,
        "drawn_worst": matching.drawn_worst / million,
        "total": matching.total / million,
        "bound": matching.total_bound / million,
        "drawn_total": matching.drawn_total / million,
        "gap": max(matching.total_bound - matching.total, 0) / max(matching.total_bound, 1),
    }


@login_required
def office_matching(request: HttpRequest, call_id: str) -> HttpResponse:
    """What stands between a call and its draw; draw; who has how much to read."""
    user = person(request)
    _require(user, Role.OFFICE, Role.AUDITOR)
    call = find(Call, call_id, user)
    form = DrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            actions.require_quick(call)
            made = actions.match(call, by=user, cap_percent=facts["cap_percent"], reason=facts["reason"])
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The draw is made, and the reviewers are asked."))
            return redirect("office_draw", made.pk)
    context = {
        "call": call,
        "title": call.title.of(spoken()),
        "form": form,
        "ready": queries.readiness(call, user),
        "draws": [_figures(one) for one in queries.matchings(call, user)],
        "may_draw": user.may(Permission.MATCH, call),
    }
    return render(request, "matching/office.html", context)


@login_required
def office_draw(request: HttpRequest, matching_id: str) -> HttpResponse:
    """What a draw expected and gave, for each application."""
    user = person(request)
    _require(user, Role.OFFICE, Role.AUDITOR)
    matching = find(Matching, matching_id, user, related="call")
    context = {
        "call": matching.call,
        "title": matching.call.title.of(spoken()),
        "figures": _figures(matching),
        "rows": queries.expectations(matching, user),
        "same": queries.replay(matching) if "again" in request.GET else None,
    }
    return render(request, "matching/office_draw.html", context)


def _require(user: User, *roles: Role) -> None:
    if not user.has_role(*roles):
        raise NotAllowed(_("This page is for others."), rule=", ".join(roles))


urlpatterns = [
    path("reviewing/profile/", profile, name="reviewer_profile"),
    path("reviewing/calls/<call_id>/", bids, name="bids"),
    path("calls/<call_id>/reviewers/", call_draw, name="call_draw"),
    path("calls/<call_id>/reviewers/commit/", commit, name="commit_secret"),
    path("calls/<call_id>/reviewers/reveal/", reveal, name="reveal_secret"),
    path("office/calls/<call_id>/reviewers/", office_matching, name="office_matching"),
    path("office/draws/<matching_id>/", office_draw, name="office_draw"),
]
