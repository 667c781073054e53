"""Pages of the dataspace: who is on the list, what others offer, and every process with its messages."""

import json
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

from aifactory.awards.models import Project
from aifactory.datasets import vocabulary as v
from aifactory.datasets.dataspace import actions, policies, queries
from aifactory.datasets.dataspace.models import Message, Negotiation, Participant, Transfer
from aifactory.datasets.dataspace.permissions import Permission
from aifactory.datasets.dataspace.rules import may_take_up
from aifactory.kit.canonical import digest
from aifactory.people.language import spoken
from aifactory.people.models import Organisation
from aifactory.people.rules import find, require, visible
from aifactory.web.forms import carried_out
from aifactory.web.paging import page
from aifactory.web.visitor import person


class AdmitForm(forms.Form):
    """Another party of the dataspace."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=gettext_lazy("Organisation"))
    identifier = forms.CharField(
        label=gettext_lazy("Identifier in the dataspace"),
        max_length=200,
        help_text=gettext_lazy("They tell you, e.g. urn:aifactory:factory.example"),
    )
    address = forms.CharField(
        label=gettext_lazy("Address of its endpoints"),
        max_length=190,
        help_text=gettext_lazy("E.g. https://factory.example/dsp/2025-1"),
    )
    key = forms.CharField(
        label=gettext_lazy("Public key (JWK)"),
        widget=forms.Textarea,
        required=False,
        help_text=gettext_lazy("The key that its messages are signed with, as they sent it to you."),
    )
    issuer = forms.CharField(
        label=gettext_lazy("OpenID provider that issues its tokens, if any"), max_length=200, required=False
    )

    keys_address = forms.CharField(
        label=gettext_lazy("Address where its keys are published, if any"),
        max_length=200,
        required=False,
        help_text=gettext_lazy(
            "E.g. https://factory.example/.well-known/jwks.json. A new key is found by itself."
        ),
    )

    def clean_key(self) -> list[dict[str, Any]]:
        """Read one key."""
        text = self.cleaned_data["key"].strip()
        try:
            found = json.loads(text) if text else None
        except ValueError:
            raise forms.ValidationError(_("This can't be read as a JWK.")) from None
        return [found] if found is not None else []


class AskForm(forms.Form):
    """Under which offer of theirs, for which project and purpose."""

    offer = forms.ChoiceField(label=gettext_lazy("Offer"))
    project = forms.ModelChoiceField(Project.objects.none(), label=gettext_lazy("Project"))
    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"))


class TakeUpForm(forms.Form):
    """For which project and purpose; `seen` is the digest of the offer that is shown."""

    project = forms.ModelChoiceField(Project.objects.none(), label=gettext_lazy("Project"))
    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"))
    seen = forms.CharField(widget=forms.HiddenInput)


def _my_projects(request: HttpRequest) -> Any:
    mine = Project.objects.filter(members__user=person(request), members__until=None, state="active")
    return mine.order_by("-pk")


@login_required
def negotiations(request: HttpRequest) -> HttpResponse:
    """The negotiations that this person may see, newest first, and whose turn it is."""
    rows, following = page(request, queries.with_names(visible(Negotiation, request.user)))
    context = {"processes": [_row(one) for one in rows], "next": following, "of_data": False}
    return render(request, "dataspace/processes.html", context)


@login_required
def transfers(request: HttpRequest) -> HttpResponse:
    """The transfers that this person may see, newest first."""
    rows, following = page(request, queries.transfers_with_names(visible(Transfer, request.user)))
    context = {"processes": [_row(one) for one in rows], "next": following, "of_data": True}
    return render(request, "dataspace/processes.html", context)


def _row(process: Any) -> dict[str, Any]:
    negotiation = process.negotiation if isinstance(process, Transfer) else process
    title = (negotiation.title or negotiation.dataset) if negotiation else process.agreement_pid
    return {"process": process, "title": title, "turn": queries.turn_of(process)}


@login_required
def negotiation(request: HttpRequest, negotiation_id: str) -> HttpResponse:
    """One negotiation: whose turn it is, the terms on the table, and every message."""
    found = find(Negotiation, negotiation_id, request.user, related="participant__organisation")
    context = _shown(request, found) | {
        "terms": queries.terms_in_words(found.agreement or found.offer),
        "transfers": list(found.transfers.order_by("-pk")),
        "purpose": v.PURPOSES[found.purpose].label(spoken()) if found.purpose in v.PURPOSES else "",
        "may_act": person(request).may(Permission.NEGOTIATE, found),
        "may_take_up": may_take_up(person(request), found),
        "seen": digest(found.offer),
    }
    return render(request, "dataspace/negotiation.html", context)


@login_required
def take_up(request: HttpRequest, negotiation_id: str) -> HttpResponse:
    """Take up an offer that nobody asked for, for a project of one's own."""
    found = find(Negotiation, negotiation_id, request.user, related="participant__organisation")
    if queries.turn_of(found) != "anyone":  # somebody was faster
        return redirect("dataspace_negotiation", found.pk)
    terms = policies.read(found.offer)
    form = TakeUpForm(
        request.POST if request.method == "POST" else None, initial={"seen": digest(found.offer)}
    )
    project, purpose = (form.fields[name] for name in ("project", "purpose"))
    project.queryset = _my_projects(request)  # type: ignore[attr-defined]
    known = [code for code in terms.purposes if code in v.PURPOSES]
    purpose.choices = [(code, v.PURPOSES[code].label(spoken())) for code in known]  # type: ignore[attr-defined]

    def act() -> Negotiation:
        return actions.take_up(found, by=person(request), **form.cleaned_data)

    if request.method == "POST" and (made := carried_out(form, act)):
        return redirect("dataspace_negotiation", made.pk)
    form.data = {**form.data, "seen": digest(found.offer)}  # of the one that is on the page now
    context = {
        "process": found,
        "row": _row(found),
        "terms": queries.terms_in_words(found.offer),
        "form": form,
    }
    return render(request, "dataspace/take_up.html", context)


@login_required
def transfer(request: HttpRequest, transfer_id: str) -> HttpResponse:
    """One transfer: where it stands, and every message."""
    found = find(Transfer, transfer_id, request.user, related="participant__organisation")
    context = _shown(request, found) | {"may_act": person(request).may(Permission.TRANSFER, found)}
    return render(request, "dataspace/transfer.html", context)


def _shown(request: HttpRequest, found: Any) -> dict[str, Any]:
    return {
        "process": found,
        "row": _row(found),
        "said": queries.messages_of(found),
        "standings": dict(Message.Standing.choices),
        "may_stop": person(request).may(Permission.STOP, found),
    }


@login_required
@require_POST
def act(request: HttpRequest, process_id: str, step: str) -> HttpResponse:
    """Take the step that waits for this person."""
    kind: Any = Transfer if process_id.startswith(Transfer.PREFIX) else Negotiation
    found = find(kind, process_id, request.user, related="participant__organisation")
    said = {name: request.POST.get(name, "") for name in ("reason", "seen")}
    actions.step(found, step, by=person(request), **said)
    messages.success(request, _("Done. The other side hears of it at once."))
    return redirect("dataspace_transfer" if kind is Transfer else "dataspace_negotiation", found.pk)


@login_required
def participants(request: HttpRequest) -> HttpResponse:
    """Who is on the list, and what others need to put us on theirs."""
    rows, following = page(request, visible(Participant, request.user).select_related("organisation"))
    context = {
        "participants": rows,
        "next": following,
        "identity": queries.our_identity(),
        "admits": person(request).may(Permission.ADMIT),
    }
    return render(request, "dataspace/participants.html", context)


@login_required
def admit(request: HttpRequest) -> HttpResponse:
    """Put another party on the list."""
    require(person(request), Permission.ADMIT)
    form = AdmitForm(request.POST if request.method == "POST" else None)
    choice: Any = form.fields["organisation"]
    choice.queryset = visible(Organisation, request.user).order_by("name")

    def act() -> Participant:
        facts = dict(form.cleaned_data)
        return actions.admit(facts.pop("organisation"), by=person(request), keys=facts.pop("key"), **facts)

    if request.method == "POST" and (made := carried_out(form, act)):
        return redirect("dataspace_participant", made.pk)
    return render(request, "dataspace/admit.html", {"form": form})


@login_required
def participant(request: HttpRequest, participant_id: str) -> HttpResponse:
    """One participant; the office blocks it here and lets it in again."""
    found = find(Participant, participant_id, request.user, related="organisation")
    if request.method == "POST":
        if found.state == "admitted":
            actions.block(found, by=person(request))
        else:
            actions.admit_again(found, by=person(request))
        return redirect("dataspace_participant", found.pk)
    context = {"participant": found, "admits": person(request).may(Permission.ADMIT)}
    return render(request, "dataspace/participant.html", context)


@login_required
def catalogue(request: HttpRequest, participant_id: str) -> HttpResponse:
    """What another participant offers, asked for now."""
    found = find(Participant, participant_id, request.user, related="organisation")
    text = request.GET.get("text", "")[:100]
    listed = queries.their_catalogue(found, text=text, after=request.GET.get("after", ""))
    context = {"participant": found, "entries": listed["items"], "following": listed["next"], "text": text}
    return render(request, "dataspace/catalogue.html", context)


@login_required
def ask(request: HttpRequest, participant_id: str) -> HttpResponse:
    """Ask another participant for a dataset (named in the query) for a project."""
    found = find(Participant, participant_id, request.user, related="organisation")
    dataset = queries.their_dataset(found, request.GET.get("dataset", ""))
    form = AskForm(request.POST if request.method == "POST" else None)
    offer, project, purpose = (form.fields[name] for name in ("offer", "project", "purpose"))
    offer.choices = [(o["id"], " ".join(o["words"])) for o in dataset["offers"]]  # type: ignore[attr-defined]
    project.queryset = _my_projects(request)  # type: ignore[attr-defined]
    purpose.choices = [(code, word.label(spoken())) for code, word in v.PURPOSES.items()]  # type: ignore[attr-defined]

    def act() -> Negotiation:
        return actions.ask(found, by=person(request), dataset=dataset["id"], **form.cleaned_data)

    if request.method == "POST" and (made := carried_out(form, act)):
        return redirect("dataspace_negotiation", made.pk)
    return render(request, "dataspace/ask.html", {"participant": found, "dataset": dataset, "form": form})


urlpatterns = [
    path("dataspace/", negotiations, name="dataspace"),
    path("dataspace/transfers/", transfers, name="dataspace_transfers"),
    path("dataspace/negotiations/<negotiation_id>/", negotiation, name="dataspace_negotiation"),
    path("dataspace/negotiations/<negotiation_id>/take-up/", take_up, name="dataspace_take_up"),
    path("dataspace/transfers/<transfer_id>/", transfer, name="dataspace_transfer"),
    path("dataspace/processes/<process_id>/<step>/", act, name="dataspace_act"),
    path("dataspace/participants/", participants, name="dataspace_participants"),
    path("dataspace/participants/new/", admit, name="dataspace_admit"),
    path("dataspace/participants/<participant_id>/", participant, name="dataspace_participant"),
    path("dataspace/participants/<participant_id>/catalogue/", catalogue, name="dataspace_catalogue"),
    path("dataspace/participants/<participant_id>/ask/", ask, name="dataspace_ask"),
]
