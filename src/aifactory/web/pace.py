"""Is an award used in time: its forecast and plan, giving back, asking for more, and what the office decides."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from aifactory.awards.models import RESOURCES, AwardLine
from aifactory.awards.pace import actions, plan, queries
from aifactory.awards.pace.models import PaceWarning, PoolWish, Reclaim
from aifactory.awards.pace.permissions import Permission
from aifactory.awards.pace.policy import in_force, named
from aifactory.kit import clock
from aifactory.kit.errors import NotAllowed
from aifactory.kit.units import UNITS, Resource, base, shown
from aifactory.people.language import spoken
from aifactory.people.models import Role, User
from aifactory.people.queries import mandate_for
from aifactory.people.rules import find, require
from aifactory.transparency import objecting as law
from aifactory.web import charts
from aifactory.web.forms import carried_out
from aifactory.web.paging import page
from aifactory.web.visitor import person

RESOURCE_LABELS = dict(RESOURCES)
OPEN = 20


def _amount(resource: str, label: Any) -> forms.DecimalField:
    unit = UNITS[Resource(resource)][0]
    return forms.DecimalField(
        label=f"{label} ({unit})", min_value=Decimal(0), max_digits=15, decimal_places=3
    )


class PlanForm(forms.Form):
    """How much is planned for each month of an award."""

    def __init__(self, line: AwardLine, data: Any = None, kept: Any = None) -> None:
        initial = {month: shown(line.resource, a) for month, a in kept.months.items()} if kept else {}
        super().__init__(data, initial=initial | ({"why": kept.why} if kept else {}))
        self.months = plan.months_of(line.starts_at, line.ends_at, queries.zone())
        for month in self.months:
            self.fields[month] = _amount(line.resource, month)
            self.fields[month].required = False
        self.fields["why"] = forms.CharField(
            label=_("Why at this pace"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
        )


class AmountForm(forms.Form):
    """An amount with a reason."""

    why = forms.CharField(
        label=gettext_lazy("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, line: AwardLine, data: Any = None, *, needs_why: bool) -> None:
        super().__init__(data)
        self.fields["why"].required = needs_why
        self.fields["amount"] = _amount(line.resource, _("How much"))
        self.order_fields(["amount", "why"])


class AnswerForm(forms.Form):
    """What the project says."""

    answer = forms.CharField(
        label=gettext_lazy("Why is this time still needed, and when will it be used?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class ReasonsForm(forms.Form):
    """Why it is decided so."""

    reasons = forms.CharField(
        label=gettext_lazy("Reasons"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )


class ObjectionForm(forms.Form):
    """Why the project does not agree."""

    objection = forms.CharField(
        label=gettext_lazy("Why do you object?"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )


class RulingForm(forms.Form):
    """How much the award gets back, and why."""

    hearing = forms.CharField(
        label=gettext_lazy("What came of the hearing, or why there was none"), max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    reasons = forms.CharField(
        label=gettext_lazy("Reasons"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, found: Reclaim, data: Any = None) -> None:
        super().__init__(data)
        self.fields["restored"] = _amount(
            found.line.resource, _("Goes back to the award; 0 where the decision stands")
        )
        self.order_fields(["restored", "hearing", "reasons"])


class GrantForm(forms.Form):
    """How much is granted of what was asked, and why."""

    reasons = forms.CharField(
        label=gettext_lazy("Reasons"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Needed to refuse, and to go before somebody who asked earlier."),
    )

    def __init__(self, wish: PoolWish, data: Any = None) -> None:
        resource = wish.line.resource
        super().__init__(data, initial={"amount": shown(resource, wish.amount)})
        self.fields["amount"] = _amount(resource, _("Grant"))
        self.order_fields(["amount", "reasons"])


def verdict_label(verdict: str) -> tuple[str, str]:
    """Return what a verdict is called and its colour."""
    known = {
        "early": (_("Too early to tell"), "neutral"),
        "fine": (_("On pace"), "ok"),
        "slow": (_("Behind"), "warning"),
        "idle": (_("Not used"), "error"),
        "fast": (_("Used up early"), "warning"),
    }
    return known[verdict]


@login_required
def pace(request: HttpRequest, line_id: str) -> HttpResponse:
    """How an award is used, what will be used until its end, and what one can do about it."""
    line = find(AwardLine, line_id, request.user, related="project")
    found, user = queries.standing(line), person(request)
    context = {
        "line": line,
        "found": found,
        "facts": queries.standing_facts(found),
        "label": verdict_label(found.verdict),
        "chart": _chart(found),
        "plan": getattr(line, "ramp_plan", None),
        "warnings": line.pace_warnings.order_by("-pk")[:OPEN],
        "kinds": dict(PaceWarning.Kind.choices),
        "reclaims": line.reclaims.order_by("-pk")[:OPEN],
        "wishes": line.wishes.order_by("-pk")[:OPEN],
        "credits": line.credits.order_by("-pk")[:OPEN],
        "may": user.may(Permission.PLAN, line) and line.ends_at > clock.now() and not hasattr(line, "paid"),
        "streams": line.resource in queries.STREAMS,
        "policy": found.policy,
    }
    return render(request, "pace/pace.html", context)


def _chart(found: queries.Standing) -> Markup | str:
    """What is left of the award, week by week, and the band of what will be."""
    line = found.line
    begun = line.starts_at.astimezone(queries.zone()).date()
    used = queries.daily_use([line], begun)[line.pk]
    today = (clock.now().astimezone(queries.zone()).date() - begun).days
    if today < 0:
        return ""
    points, gone = [(0.0, _shown(line, line.amount))], 0
    for day in range(today + 1):
        gone += used.get(begun + timedelta(days=day), 0)
        if day % 7 == 6 or day == today:
            points.append((float(day + 1), _shown(line, line.amount - gone)))
    left = found.seen.left
    weeks = found.forecast.weeks if found.forecast else ()
    band = [
        (float(today + 1 + days), _shown(line, left - more.high), _shown(line, left - more.low))
        for days, more in weeks
    ]
    return charts.burn_down(
        points,
        granted=_shown(line, line.amount),
        days=float(max((line.ends_at - line.starts_at).days, today + 1 + found.seen.days_left)),
        forecast=[(float(today + 1), _shown(line, left), _shown(line, left)), *band] if band else [],
        title=_("What is left of the award"),
        x_label=_("Days since it began"),
        y_label=UNITS[Resource(line.resource)][0],
        legend=(_("left"), _("even use"), _("forecast")),
        table_summary=_("The numbers"),
    )


def _shown(line: AwardLine, amount: int) -> float:
    return float(shown(line.resource, amount))


@login_required
def plan_use(request: HttpRequest, line_id: str) -> HttpResponse:
    """Say how much is planned for which month."""
    line = find(AwardLine, line_id, request.user, related="project")
    require(person(request), Permission.PLAN, line)
    form = PlanForm(line, request.POST or None, getattr(line, "ramp_plan", None))

    def act() -> Any:
        given = {month: form.cleaned_data[month] or 0 for month in form.months}
        months = {month: base(line.resource, amount) for month, amount in given.items()}
        return actions.plan_use(line, months, why=form.cleaned_data["why"], by=person(request))

    return _form(
        request,
        line,
        form,
        act,
        template="pace/plan.html",
        done=_("The plan is kept: the pace is judged by it."),
    )


@login_required
def give_back(request: HttpRequest, line_id: str) -> HttpResponse:
    """Give back time that is not needed."""
    line = find(AwardLine, line_id, request.user, related="project")
    require(person(request), Permission.GIVE_BACK, line)
    form = AmountForm(line, request.POST or None, needs_why=False)

    def act() -> Any:
        amount = base(line.resource, form.cleaned_data["amount"])
        return actions.give_back(line, amount, why=form.cleaned_data["why"], by=person(request))

    return _form(
        request,
        line,
        form,
        act,
        template="pace/give_back.html",
        done=_("Thank you. Somebody else can use it now."),
    )


@login_required
def ask(request: HttpRequest, line_id: str) -> HttpResponse:
    """Ask for more than was awarded, from what others gave back."""
    line = find(AwardLine, line_id, request.user, related="project")
    require(person(request), Permission.ASK, line)
    form = AmountForm(line, request.POST or None, needs_why=True)

    def act() -> Any:
        amount = base(line.resource, form.cleaned_data["amount"])
        return actions.ask(line, amount, why=form.cleaned_data["why"], by=person(request))

    return _form(
        request, line, form, act, template="pace/ask.html", done=_("The factory office has your question.")
    )


def _form(
    request: HttpRequest,
    line: AwardLine,
    form: forms.Form,
    act: Callable[[], Any],
    *,
    template: str,
    done: str,
) -> HttpResponse:
    if request.method == "POST" and carried_out(form, act):
        messages.success(request, done)
        return redirect("pace", line.pk)
    context = {"line": line, "form": form, "policy": in_force(clock.now())}
    held = {"held": queries.pool(line.resource).get(line.resource, 0)}
    return render(request, template, context | held)


@login_required
def office_pace(request: HttpRequest) -> HttpResponse:
    """Every award in its period: how much is used, how much should be, and what will be."""
    _require_office(request)
    lines, following = page(request, queries.running(clock.now()))
    rows = [(found, queries.standing_facts(found), verdict_label(found.verdict)) for found in _all(lines)]
    return render(request, "pace/office.html", {"rows": rows, "next": following, "names": RESOURCE_LABELS})


def _all(lines: list[AwardLine]) -> list[queries.Standing]:
    return queries.standings(lines) if lines else []


@login_required
def office_pool(request: HttpRequest) -> HttpResponse:
    """What the pool holds, what may be taken back, and who asks for more."""
    _require_office(request)
    reclaims = queries.reclaims(request.user).filter(state="proposed").order_by("answer_until", "pk")
    wishes = queries.wishes(request.user).filter(state="asked").order_by("created_at", "pk")
    context = {
        "pool": queries.pool(),
        "reclaims": reclaims[:OPEN],
        "wishes": wishes[:OPEN],
        "names": RESOURCE_LABELS,
        "now": clock.now(),
    }
    return render(request, "pace/pool.html", context)


def _require_office(request: HttpRequest) -> None:
    if not person(request).has_role(Role.OFFICE, Role.AUDITOR, Role.OPERATOR):
        raise NotAllowed(_("This page is for the factory office."), rule="role:office")


@login_required
def reclaim(request: HttpRequest, reclaim_id: str) -> HttpResponse:
    """What may be taken back and why; the project answers, then somebody with the mandate decides."""
    found = find(Reclaim, reclaim_id, request.user, related="line__project")
    user, step = person(request), request.POST.get("step", "")
    answering, reasons = AnswerForm(initial={"answer": found.answer}), ReasonsForm()
    objecting, ruling = ObjectionForm(), RulingForm(found)
    done = None
    if request.method == "POST" and step == "answer":
        answering = AnswerForm(request.POST)
        done = carried_out(
            answering, lambda: actions.answer(found, answering.cleaned_data["answer"], by=user)
        )
    elif request.method == "POST" and step in {"confirm", "drop"}:
        reasons = ReasonsForm(request.POST)
        act = actions.confirm if step == "confirm" else actions.drop
        done = carried_out(reasons, lambda: act(found, reasons=reasons.cleaned_data["reasons"], by=user))
    elif request.method == "POST" and step == "object":
        objecting = ObjectionForm(request.POST)
        done = carried_out(
            objecting, lambda: law.object_to(found, objecting.cleaned_data["objection"], by=user)
        )
    elif request.method == "POST" and step == "rule":
        ruling = RulingForm(found, request.POST)
        done = carried_out(ruling, lambda: _ruled(found, ruling.cleaned_data, user))
    if done:
        messages.success(request, _("Kept."))
        return redirect("reclaim", found.pk)
    policy, last = named(found.policy), law.object_until(found)
    context = {
        "reclaim": found,
        "line": found.line,
        "policy": policy,
        "appeal": policy.appeal.of(spoken()),
        "object_until": last,
        "ruling_until": law.ruling_until(found),
        "objecting": objecting
        if last and not found.objected_at and user.may(Permission.OBJECT, found)
        else None,
        "ruling": ruling if _rules(user, found) else None,
        "states": Reclaim.LIFECYCLE.states,
        "answering": answering if user.may(Permission.ANSWER, found) else None,
        "reasons": reasons if user.may(Permission.RECLAIM, found) else None,
        "heard": bool(found.answered_at) or found.answer_until <= clock.now(),
    }
    return render(request, "pace/reclaim.html", context)


def _rules(user: User, found: Reclaim) -> bool:
    """Say whether this person rules on an objection that waits."""
    waits = found.objected_at is not None and found.ruled_at is None
    return waits and mandate_for(user, law.DUTY, scope="") is not None and user.may(Permission.RULE, found)


def _ruled(found: Reclaim, given: dict[str, Any], user: User) -> Reclaim:
    restored = base(found.line.resource, given["restored"])
    return law.rule(found, restored, hearing=given["hearing"], reasons=given["reasons"], by=user)


@login_required
def wish(request: HttpRequest, wish_id: str) -> HttpResponse:
    """What a project asks of the pool, and the answer."""
    found = find(PoolWish, wish_id, request.user, related="line__project")
    user, step, line = person(request), request.POST.get("step", ""), found.line
    form = GrantForm(found, request.POST if step in {"grant", "refuse"} else None)
    if step == "refuse":
        form.fields["amount"].required = False
    done = None
    if request.method == "POST" and step == "withdraw":
        done = actions.withdraw(found, by=user)
    elif request.method == "POST" and step == "grant":
        done = carried_out(
            form,
            lambda: actions.grant_again(
                found,
                base(line.resource, form.cleaned_data["amount"]),
                reasons=form.cleaned_data["reasons"],
                by=user,
            ),
        )
    elif request.method == "POST" and step == "refuse":
        done = carried_out(form, lambda: actions.refuse(found, reasons=form.cleaned_data["reasons"], by=user))
    if done:
        messages.success(request, _("Kept."))
        return redirect("pool_wish", found.pk)
    first = queries.queue(line.resource).first()
    context = {
        "wish": found,
        "line": line,
        "form": form if found.state == "asked" and user.may(Permission.RECLAIM, found) else None,
        "withdraws": found.state == "asked" and user.may(Permission.ASK, found),
        "states": PoolWish.LIFECYCLE.states,
        "held": queries.pool(line.resource).get(line.resource, 0),
        "first": first is None or first.pk == found.pk,
    }
    return render(request, "pace/wish.html", context)


def unused(request: HttpRequest) -> HttpResponse:
    """For everybody: the policy, what came back, what was granted again, and what nobody used."""
    rows, following = page(request, queries.lapses())
    policy = in_force(clock.now())
    context = {
        "policy": policy,
        "rules": [(rule.title.of(spoken()), rule.text.of(spoken())) for rule in policy.rules],
        "intro": policy.intro.of(spoken()),
        "appeal": policy.appeal.of(spoken()),
        "moved": queries.moved(),
        "names": RESOURCE_LABELS,
        "lapses": [(queries.lapse_facts(lapse), lapse.ended_at) for lapse in rows],
        "next": following,
    }
    return render(request, "pace/unused.html", context)


urlpatterns = [
    path("allocations/<line_id>/pace/", pace, name="pace"),
    path("allocations/<line_id>/plan/", plan_use, name="plan_use"),
    path("allocations/<line_id>/give-back/", give_back, name="give_back"),
    path("allocations/<line_id>/more/", ask, name="ask_more"),
    path("office/pace/", office_pace, name="office_pace"),
    path("office/pool/", office_pool, name="office_pool"),
    path("reclaims/<reclaim_id>/", reclaim, name="reclaim"),
    path("pool-wishes/<wish_id>/", wish, name="pool_wish"),
    path("register/unused-time/", unused, name="unused_time"),
]
