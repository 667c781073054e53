"""Objecting to a decision, handling an objection, and the figures that everybody may see."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.access.models import Application, Objection
from aifactory.access.objections import actions, queries
from aifactory.access.objections.ruling import rule
from aifactory.access.permissions import Permission
from aifactory.kit.errors import NotFound, Refused
from aifactory.kit.units import UNITS, Resource, base, human, shown
from aifactory.people.language import spoken
from aifactory.people.models import Role, User
from aifactory.people.rules import find
from aifactory.web.forms import DateTime, take_errors
from aifactory.web.jinja import unit
from aifactory.web.paging import page
from aifactory.web.steps import line
from aifactory.web.visitor import person

COLOURS = {
    "filed": "info",
    "repairing": "warning",
    "in_hand": "info",
    "decided": "ok",
    "withdrawn": "neutral",
}
Outcome, NotHeard = Objection.Outcome, Objection.NotHeard


class ObjectionForm(forms.Form):
    """What an objector says."""

    grounds = forms.CharField(
        label=gettext_lazy("Why do you not agree?"), widget=forms.Textarea, required=False, max_length=20_000
    )
    paper_name = forms.CharField(
        label=gettext_lazy("Name of a paper that you add"), required=False, max_length=200
    )
    paper_text = forms.CharField(
        label=gettext_lazy("Text of that paper"), widget=forms.Textarea, required=False, max_length=20_000
    )
    wants_hearing = forms.ChoiceField(
        label=gettext_lazy("Do you want to be heard?"),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
        widget=forms.RadioSelect,
        initial="yes",
    )
    late_reason = forms.CharField(
        label=gettext_lazy("Why does it come after the term?"), widget=forms.Textarea, max_length=4_000
    )

    def __init__(self, *args: Any, late: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not late:
            del self.fields["late_reason"]


class TextForm(forms.Form):
    """One text."""

    text = forms.CharField(widget=forms.Textarea, max_length=20_000)

    def __init__(self, label: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label


class HearingForm(forms.Form):
    """When and where somebody is heard."""

    at = DateTime(label=gettext_lazy("When is the hearing?"))
    place = forms.CharField(label=gettext_lazy("Where, or the address of the call"), max_length=200)


class NotHeardForm(forms.Form):
    """On which ground nobody is heard."""

    ground = forms.ChoiceField(
        label=gettext_lazy("On which ground is there no hearing?"),
        choices=NotHeard.choices,
        widget=forms.RadioSelect,
    )


class RulingForm(forms.Form):
    """What is decided on an objection, with the amounts that the applicant gets in all."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What do you decide?"), choices=Outcome.choices, widget=forms.RadioSelect
    )
    late_excused = forms.ChoiceField(
        label=gettext_lazy("It came after the term. Is that excused?"),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
        widget=forms.RadioSelect,
    )
    reasons = forms.CharField(label=gettext_lazy("Reasons"), widget=forms.Textarea, max_length=8_000)

    def __init__(self, objection: Objection, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if objection.in_time:
            del self.fields["late_excused"]
        before = objection.decision.awarded
        for name, asked in objection.application.requested.items():
            if asked:
                self.fields[f"awarded_{name}"] = forms.DecimalField(
                    label=_("To be awarded in all, %(unit)s") % {"unit": unit(UNITS[Resource(name)][0])},
                    help_text=_("Asked: %(most)s. Only a well-founded objection changes it.")
                    % {"most": human(name, asked, spoken())},
                    initial=f"{shown(name, before.get(name, 0)).normalize():f}",
                    min_value=0,
                )
        self.order_fields(["outcome", "late_excused", *[f for f in self.fields if f.startswith("awarded_")]])

    def awarded(self) -> dict[str, int]:
        """Return the amounts in base units."""
        amounts = {
            f.removeprefix("awarded_"): v for f, v in self.cleaned_data.items() if f.startswith("awarded_")
        }
        return {name: base(Resource(name), value) for name, value in amounts.items()}


@login_required
def objections(request: HttpRequest) -> HttpResponse:
    """The objections one sees: the own ones, and for the office all, those due first on top."""
    user = person(request)
    found, following = page(request, queries.objections(user).order_by())
    rows = [(one, COLOURS[one.state], queries.turn(one)) for one in found]
    office = user.has_role(Role.OFFICE, Role.PANEL, Role.AUDITOR)
    return render(request, "objections/objections.html", {"rows": rows, "next": following, "office": office})


@login_required
def object_to(request: HttpRequest, application_id: str) -> HttpResponse:
    """Object to the decision on an application."""
    user = person(request)
    application = find(Application, application_id, user, related="call")
    decision = queries.may_object(user, application)
    if decision is None:
        raise NotFound(
            _("There is no decision here that you can object to."),
            next_step=_("Look under your objections whether there is one already."),
        )
    late = queries.late(application, decision)
    form = ObjectionForm(request.POST or None, late=late)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.object_to(
                decision,
                by=user,
                grounds=given["grounds"],
                papers=[{"name": given["paper_name"], "text": given["paper_text"]}],
                wants_hearing=given["wants_hearing"] == "yes",
                late_reason=given.get("late_reason", ""),
            )
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("We received your objection."))
            return redirect("objection", made.pk)
    context = {"form": form, "application": application, "decision": decision, "late": late}
    return render(request, "objections/object.html", context)


@login_required
def objection(request: HttpRequest, objection_id: str) -> HttpResponse:
    """One objection: where it stands, what was said, and what can be done now."""
    return _page(request, _find(request, objection_id))


@login_required
@require_POST
def act(request: HttpRequest, objection_id: str, step: str) -> HttpResponse:
    """Take one step with an objection."""
    found = _find(request, objection_id)
    if step not in STEPS:
        raise NotFound(_("There is nothing here that you can see."))
    form, do, done = STEPS[step]
    bound = form(request.POST)
    if not bound.is_valid():
        return _page(request, found, {step: bound})
    try:
        do(found, bound.cleaned_data, person(request))
    except Refused as refusal:
        if not getattr(refusal, "errors", None):
            raise
        take_errors(bound, refusal)
        for field in ("grounds", "report", "because"):
            if "text" in bound.fields and field in {e.field for e in getattr(refusal, "errors", [])}:
                bound.add_error("text", str(refusal))
        return _page(request, found, {step: bound})
    messages.success(request, str(done))
    return redirect("objection", found.pk)


@login_required
def ruling(request: HttpRequest, objection_id: str) -> HttpResponse:
    """Decide on an objection."""
    found = _find(request, objection_id)
    user = person(request)
    form = RulingForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        excused = {"yes": True, "no": False}.get(given.get("late_excused", ""))
        try:
            rule(
                found, by=user, outcome=given["outcome"], reasons=given["reasons"],
                awarded=form.awarded(), late_excused=excused,
            )  # fmt: skip
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The objection is decided, and the letter is there."))
            return redirect("objection", found.pk)
    may = "rule" in queries.steps_for(user, found)
    return render(request, "objections/rule.html", {"form": form, "objection": found, "may": may})


@login_required
def letter_pdf(request: HttpRequest, objection_id: str) -> HttpResponse:
    """What the objector was written, as PDF/UA-1."""
    found = _find(request, objection_id)
    made = queries.letter_pdf(found, factory=settings.FACTORY_NAME)
    answer = HttpResponse(made, content_type="application/pdf")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="{found.application.reference}-objection.pdf"'
    )
    return answer


def figures(request: HttpRequest) -> HttpResponse:
    """How many objected, how that ended, and how long it took: for everybody."""
    found = queries.figures()
    context = {
        "figures": found,
        "outcomes": [(Outcome(name).label, number) for name, number in found["outcomes"].items()],
        "effects": [(Objection.Effect(name).label, number) for name, number in found["effects"].items()],
    }
    return render(request, "objections/figures.html", context)


def _page(request: HttpRequest, found: Objection, bound: dict[str, forms.Form] | None = None) -> HttpResponse:
    user = person(request)
    whose, what = queries.turn(found)
    way = queries.way(found)
    at = next((i for i, one in enumerate(way) if one["state"] == "now"), len(way))
    steps = queries.steps_for(user, found)
    context = {
        "objection": found,
        "application": found.application,
        "label": found.get_state_display(),
        "colour": COLOURS[found.state],
        "whose": whose,
        "what": what,
        "way": line([(one["label"], "", one["when"] or "") for one in way], at),
        "steps": steps,
        "forms": _forms(steps) | (bound or {}),
        "colleagues": _colleagues(user, found) if "hand_over" in steps else [],
        "letter": found.letter or None,
    }
    return render(request, "objections/objection.html", context)


def _forms(steps: set[str]) -> dict[str, forms.Form]:
    return {step: make() for step, (make, _do, _done) in STEPS.items() if step in steps}


def _colleagues(user: User, found: Objection) -> list[User]:
    people = User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("name")
    return [one for one in people if one.may(Permission.HANDLE_OBJECTION, found)]


def _hand_over(found: Objection, given: dict[str, Any], by: User) -> object:
    to = User.objects.filter(pk=given["text"].strip()).first() or by
    return actions.hand_over(found, to=to, by=by)


def _text(label: Any) -> Callable[..., forms.Form]:
    return lambda *args: TextForm(label, *args)


Do = Callable[[Objection, dict[str, Any], User], object]
#: step → its form, what it does, and what is said when it is done
STEPS: dict[str, tuple[Callable[..., forms.Form], Do, Any]] = {
    "give_grounds": (
        _text(gettext_lazy("Why do you not agree?")),
        lambda o, given, by: actions.give_grounds(o, by=by, grounds=given["text"]),
        gettext_lazy("Your grounds are added."),
    ),
    "withdraw": (
        forms.Form,
        lambda o, _given, by: actions.withdraw(o, by=by),
        gettext_lazy("The objection is withdrawn."),
    ),
    "take": (forms.Form, lambda o, _given, by: actions.take(o, by=by), gettext_lazy("It is yours now.")),
    "ask_grounds": (
        forms.Form,
        lambda o, _given, by: actions.ask_grounds(o, by=by),
        gettext_lazy("The grounds are asked for."),
    ),
    "hand_over": (_text(gettext_lazy("To whom?")), _hand_over, gettext_lazy("It is handed over.")),
    "plan_hearing": (
        HearingForm,
        lambda o, given, by: actions.plan_hearing(o, at=given["at"], place=given["place"], by=by),
        gettext_lazy("The hearing is planned."),
    ),
    "hear": (
        _text(gettext_lazy("Who was there, and what was said?")),
        lambda o, given, by: actions.hear(o, report=given["text"], by=by),
        gettext_lazy("The report of the hearing is kept."),
    ),
    "do_not_hear": (
        NotHeardForm,
        lambda o, given, by: actions.do_not_hear(o, ground=given["ground"], by=by),
        gettext_lazy("The ground is kept."),
    ),
    "extend": (
        _text(gettext_lazy("Why is more time needed? The objector reads this.")),
        lambda o, given, by: actions.extend(o, because=given["text"], by=by),
        gettext_lazy("The term is extended."),
    ),
}


def _find(request: HttpRequest, objection_id: str) -> Objection:
    find(Objection, objection_id, request.user)
    related = ("application__call", "application__organisation", "decision", "handler", "objector")
    return Objection.objects.select_related(*related).get(pk=objection_id)


urlpatterns = [
    path("objections/", objections, name="objections"),
    path("applications/<application_id>/object/", object_to, name="object_to"),
    path("objections/<objection_id>/", objection, name="objection"),
    path("objections/<objection_id>/decide/", ruling, name="objection_ruling"),
    path("objections/<objection_id>/letter.pdf", letter_pdf, name="objection_letter_pdf"),
    path("objections/<objection_id>/<step>/", act, name="objection_step"),
    path("register/objections/", figures, name="register_objections"),
]
