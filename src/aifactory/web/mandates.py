"""Who answers for what: the public matrix, one duty, and handing over."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.kit import clock
from aifactory.people.language import spoken
from aifactory.people.mandates import actions, queries
from aifactory.people.mandates.models import Involvement
from aifactory.people.models import Mandate, User
from aifactory.people.queries import person_of
from aifactory.people.rules import Permission, find
from aifactory.web.forms import DateTime, carried_out
from aifactory.web.visitor import person

TITLE = gettext_lazy("Function, as the public reads it")


class AppointForm(forms.Form):
    """Who becomes accountable."""

    person = forms.EmailField(label=gettext_lazy("E-mail address of the person"), max_length=254)
    holder_title = forms.CharField(label=TITLE, max_length=120)
    valid_from = DateTime(label=gettext_lazy("From"), required=False, help_text=gettext_lazy("Empty: now."))
    valid_until = DateTime(label=gettext_lazy("Until"), required=False)
    gpu_hours = forms.IntegerField(
        label=gettext_lazy("At most, in GPU-hours"), required=False, min_value=0, max_value=10**9
    )
    basis = forms.CharField(
        label=gettext_lazy("The document that gives the mandate"), required=False, max_length=200
    )


class HandOverForm(forms.Form):
    """To whom, and when."""

    person = forms.EmailField(label=gettext_lazy("E-mail address of the new person"), max_length=254)
    at = DateTime(label=gettext_lazy("From"), required=False, help_text=gettext_lazy("Empty: now."))
    holder_title = forms.CharField(
        label=TITLE, required=False, max_length=120, help_text=gettext_lazy("Empty: the same.")
    )


class InvolveForm(forms.Form):
    """Which function takes which part."""

    part = forms.ChoiceField(label=gettext_lazy("Part"), choices=Involvement.Part.choices)
    function = forms.CharField(label=TITLE, max_length=120)


def matrix(request: HttpRequest) -> HttpResponse:
    """Every duty with who is accountable, responsible, consulted and informed. Public: functions, not names."""
    now, language = clock.now(), spoken()
    rows = [_shown(row, request.user, language, now) for row in queries.matrix(now)]
    context = {
        "decisions": [row for row in rows if row["kind"] == "decision"],
        "running": [row for row in rows if row["kind"] == "running"],
        "alarms": [row for row in rows if row["alarms"]],
    }
    return render(request, "mandates/matrix.html", context)


def _shown(row: queries.Row, viewer: Any, language: str, now: datetime) -> dict[str, Any]:
    return {
        "title": row.seat.title(language),
        "link": _link(row.duty.subject, row.scope),
        "kind": row.duty.kind,
        "accountable": [
            {"mandate": m, "name": queries.named(viewer, m.user, published=m.name_published)}
            for m in row.present(now)
        ],
        "coming": row.coming(now),
        "involved": {part.value: [i.function for i in row.involved[part.value]] for part in Involvement.Part},
        "alarms": [
            {"kind": alarm.kind, "when": alarm.at if alarm.at > now else None} for alarm in row.alarms
        ],
    }


def _link(subject: str, scope: str) -> str:
    return reverse("duty", args=[subject]) + (f"?{urlencode({'scope': scope})}" if scope else "")


def duty(request: HttpRequest, duty_id: str) -> HttpResponse:
    """One duty: who answers for it now and later, who is involved; the office changes it here."""
    row = queries.rows_of(duty_id, request.GET.get("scope", ""))[0]
    manages = isinstance(request.user, User) and request.user.may(Permission.GIVE_MANDATE)
    sent = request.POST if request.method == "POST" and manages else None
    appointing = sent is not None and "appoint" in sent
    appoint, involve = AppointForm(sent if appointing else None), InvolveForm(None if appointing else sent)
    if sent is not None and _changed(request, row, appoint if appointing else involve):
        return redirect(_link(duty_id, row.scope))
    shown = _shown(row, request.user, spoken(), clock.now())
    context = shown | {
        "what": row.duty.what.of(spoken()),
        "manages": manages,
        "appoint": appoint,
        "involve": involve,
        "involvements": [i for part in Involvement.Part for i in row.involved[part.value]],
    }
    return render(request, "mandates/duty.html", context)


def _changed(request: HttpRequest, row: queries.Row, form: forms.Form) -> bool:
    """Appoint or involve somebody as the form says; False where that was refused."""
    user = person(request)

    def act() -> Mandate | Involvement:
        facts = dict(form.cleaned_data)
        where: dict[str, Any] = {"subject": row.duty.subject, "scope": row.scope}
        if isinstance(form, InvolveForm):
            return actions.involve(**where, **facts, by=user)
        hours = facts.pop("gpu_hours")
        ceiling = None if hours is None else hours * 3600
        return actions.appoint(
            person_of(facts.pop("person")), by=user, ceiling_gpu_seconds=ceiling, **where, **facts
        )

    if carried_out(form, act) is None:
        return False
    messages.success(request, _("It is on record."))
    return True


@login_required
def hand_over(request: HttpRequest, mandate_id: str) -> HttpResponse:
    """Hand a mandate to somebody else at one instant, or end it."""
    mandate = find(Mandate, mandate_id, request.user, related="user")
    user = person(request)
    sent = request.POST if request.method == "POST" else None
    form = HandOverForm(sent)
    if sent is not None and "end" in sent:
        actions.end(mandate, by=user)
        messages.success(request, _("The mandate has ended. Nobody answers for this now."))
        return redirect(_link(mandate.subject, mandate.scope))
    if sent is not None and "name" in sent:
        actions.publish_name(mandate, by=user, published=sent["name"] == "show")
        return redirect("hand_over", mandate.pk)
    if sent is not None:

        def act() -> Mandate:
            facts = form.cleaned_data
            return actions.hand_over(
                mandate,
                person_of(facts["person"]),
                by=user,
                at=facts["at"],
                holder_title=facts["holder_title"],
            )

        if carried_out(form, act):
            messages.success(request, _("Handed over: both are on record, without a gap."))
            return redirect(_link(mandate.subject, mandate.scope))
    running = mandate.valid_until is None or mandate.valid_until > clock.now()
    context = {
        "mandate": mandate,
        "form": form,
        "back": _link(mandate.subject, mandate.scope),
        "name": queries.named(user, mandate.user, published=mandate.name_published),
        "manages": user.may(Permission.GIVE_MANDATE) and running,
        "mine": user.may(Permission.PUBLISH_NAME, mandate),
        "follows": Mandate.objects.filter(pk=mandate.follows_id).first(),
        "followed": Mandate.objects.filter(follows=mandate).first(),
    }
    return render(request, "mandates/hand_over.html", context)


@login_required
@require_POST
def end_involvement(request: HttpRequest, involvement_id: str) -> HttpResponse:
    """End a function's part in a duty."""
    found = find(Involvement, involvement_id, request.user)
    actions.end_involvement(found, by=person(request))
    messages.success(request, _("It has ended. The record stays."))
    return redirect(_link(found.subject, found.scope))


urlpatterns = [
    path("mandates/", matrix, name="mandates"),
    path("duties/<duty_id>/", duty, name="duty"),
    path("mandates/<mandate_id>/", hand_over, name="hand_over"),
    path("involvements/<involvement_id>/end/", end_involvement, name="end_involvement"),
]
