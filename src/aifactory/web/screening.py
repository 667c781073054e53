"""Screening: a call's whole queue on one page, the technical check, and the gate of law and ethics."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.access import actions
from aifactory.access.applications.comparison import doubts_about
from aifactory.access.conflicts.rules import is_in_conflict, require_overseer
from aifactory.access.models import Application, Call, LawGate, TechnicalCheck
from aifactory.access.permissions import Permission
from aifactory.access.screening import desk, gate
from aifactory.access.screening.assessments import answered, assessments, stops
from aifactory.access.screening.steps import USUAL
from aifactory.assurance.laws import law
from aifactory.kit.errors import NotAllowed, NotFound, Refused
from aifactory.kit.units import UNITS, Resource, base, human, shown
from aifactory.people.language import spoken
from aifactory.people.models import Role, User
from aifactory.people.rules import find, visible
from aifactory.web import jinja
from aifactory.web.access_apply import COLOURS
from aifactory.web.access_forms import steps_shown
from aifactory.web.forms import take_errors
from aifactory.web.visitor import person

RESULT_COLOURS = {
    "ok": "ok", "pass": "ok", "clear": "ok", "adjust": "warning", "conditions": "warning", "open": "warning",
    "not_feasible": "error", "stop": "error",
}  # fmt: skip
LAWS = {
    "clear": gettext_lazy("In order"),
    "open": gettext_lazy("Not answered"),
    "stop": gettext_lazy("Stop"),
}
NEXT = {
    "judge": gettext_lazy("Hold the rules to it"),
    "technical": gettext_lazy("Technical check"),
    "law_gate": gettext_lazy("Law and ethics"),
    "": gettext_lazy("Nothing"),
}
SAYS = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")), ("unclear", gettext_lazy("Unclear"))]


class AskForm(forms.Form):
    """Who gives the technical check."""

    assessor = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Who gives the technical check"), empty_label=None
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        able = Q(roles__icontains=f'"{Role.OPERATOR}"') | Q(roles__icontains=f'"{Role.OFFICE}"')
        self.fields["assessor"].queryset = User.objects.filter(able, is_active=True).order_by("name")  # type: ignore[attr-defined]


class TechnicalForm(forms.Form):
    """An answer to each technical question of the mode, the result, the reasons, and other amounts."""

    def __init__(self, check: TechnicalCheck, language: str, data: Any = None) -> None:
        super().__init__(data)
        wanted = check.application.call.mode.screening
        for question in wanted.questions if wanted else USUAL:
            self.fields[f"answer_{question.id}"] = forms.ChoiceField(
                label=question.label.of(language),
                choices=SAYS,
                widget=forms.RadioSelect,
                initial=check.answers.get(question.id),
            )
        self.fields["result"] = forms.ChoiceField(
            label=_("Result"),
            choices=TechnicalCheck.Result.choices,
            widget=forms.RadioSelect,
            initial=check.result,
        )
        for resource, asked in check.application.requested.items():
            unit = jinja.unit(UNITS[Resource(resource)][0])
            amount = check.proposed.get(resource)
            self.fields[f"proposed_{resource}"] = forms.DecimalField(
                label=_("Proposed, in %(unit)s") % {"unit": unit},
                help_text=_("Asked: %(asked)s. Only where other amounts fit.")
                % {"asked": human(resource, asked, spoken())},
                required=False,
                min_value=Decimal(0),
                max_digits=15,
                initial=None if amount is None else f"{shown(resource, amount).normalize():f}",
            )
        self.fields["reasons"] = forms.CharField(
            label=_("Reasons"),
            widget=forms.Textarea(attrs={"rows": 5}),
            max_length=4000,
            initial=check.reasons,
        )

    def facts(self) -> dict[str, Any]:
        """Return what the action takes; amounts in base units."""
        facts = self.cleaned_data
        proposed = {n.removeprefix("proposed_"): v for n, v in facts.items() if n.startswith("proposed_")}
        return {
            "answers": {n.removeprefix("answer_"): v for n, v in facts.items() if n.startswith("answer_")},
            "result": facts["result"],
            "reasons": facts["reasons"],
            "proposed": {name: base(name, value) for name, value in proposed.items() if value is not None},
        }


class GateForm(forms.Form):
    """What law and ethics allow; each condition in both languages, English and Dutch line by line."""

    result = forms.ChoiceField(
        label=gettext_lazy("What law and ethics allow"),
        choices=LawGate.Result.choices,
        widget=forms.RadioSelect,
    )
    conditions_en = forms.CharField(
        label=gettext_lazy("Conditions in English"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One on each line. They bind the award."),
    )
    conditions_nl = forms.CharField(
        label=gettext_lazy("The same conditions in Dutch"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("In the same order, one on each line."),
    )
    reasons = forms.CharField(
        label=gettext_lazy("Reasons"), widget=forms.Textarea(attrs={"rows": 5}), max_length=4000
    )

    def conditions(self) -> list[dict[str, str]]:
        """Return the conditions, each in both languages; a line that is missing is an empty text."""
        lines = {
            language: [
                line.strip()
                for line in self.cleaned_data[f"conditions_{language}"].splitlines()
                if line.strip()
            ]
            for language in ("en", "nl")
        }
        length = max(len(found) for found in lines.values())
        padded = {language: found + [""] * (length - len(found)) for language, found in lines.items()}
        return [{"en": padded["en"][at], "nl": padded["nl"][at]} for at in range(length)]


@login_required
def queue(request: HttpRequest, call_id: str) -> HttpResponse:
    """How far each application of a call is, what is due first on top."""
    require_overseer(person(request))
    call = find(Call, call_id, request.user)
    rows = desk.queue(call, person(request))
    context = {
        "call": call,
        "title": call.title.of(spoken()),
        "rows": [_shown(row) for row in rows],
        "summary": desk.summary(rows),
        "may_judge": person(request).may(Permission.JUDGE),
    }
    return render(request, "access/screening.html", context)


def _shown(row: desk.Row) -> dict[str, Any]:
    technical, weighed = row.technical, row.law_gate
    return {
        "application": row.application,
        "state": (row.application.get_state_display(), COLOURS.get(row.application.state, "info")),
        "failed": [v.text.of(spoken()) for v in row.failed],
        "judged": row.eligibility is not None,
        "technical": _of_check(technical),
        "law_gate": (weighed.get_result_display(), RESULT_COLOURS[weighed.result]) if weighed else None,
        "laws": (LAWS[row.laws], RESULT_COLOURS[row.laws]),
        "next": NEXT[row.waits_for],
    }


def _of_check(check: TechnicalCheck | None) -> tuple[str, str] | None:
    if check is None:
        return None
    if check.state != "given":
        return (check.get_state_display(), "info")
    return (check.get_result_display(), RESULT_COLOURS[check.result])


@login_required
@require_POST
def judge_all(request: HttpRequest, call_id: str) -> HttpResponse:
    """Hold the rules to every submitted application of the call."""
    if not person(request).may(Permission.JUDGE):
        raise NotAllowed(_("The office holds the rules to applications."), rule="application:judge")
    kept = actions.judge_call(find(Call, call_id, request.user), by=person(request))
    passed = sum(one.passed for one in kept)
    messages.success(
        request,
        _("%(count)s applications were judged; %(passed)s meet all rules.")
        % {"count": len(kept), "passed": passed},
    )
    return redirect("call_screening", call_id)


@login_required
def screening(request: HttpRequest, application_id: str) -> HttpResponse:
    """The screening of one application: ask for the technical check, weigh law and ethics."""
    require_overseer(person(request))
    found = _find(request, application_id)
    sent = request.POST.get("form") if request.method == "POST" else ""
    ask = AskForm(request.POST if sent == "ask" else None)
    weighed = gate.law_gate(found)
    form = GateForm(request.POST if sent == "gate" else None, initial=_before(weighed))
    if sent and _done(request, found, ask, form):
        return redirect("application_screening", found.pk)
    check = gate.technical(found)
    laws = assessments(found)
    context = {
        "application": found,
        "check": check,
        "check_status": _of_check(check),
        "gate": weighed,
        "gate_colour": RESULT_COLOURS[weighed.result] if weighed else "neutral",
        "conditions": [text.of(spoken()) for text in gate.conditions(found.pk)],
        "laws": [_law(kind, row) for kind, row in laws.items()],
        "duties": _duties(laws.values()),
        "doubts": [doubt.text.of(spoken()) for doubt in doubts_about(found, request.user)],
        "ask": ask,
        "form": form,
        "may_ask": person(request).may(Permission.ASK_TECHNICAL, TechnicalCheck(application=found)),
        "may_weigh": person(request).may(Permission.WEIGH_LAW, LawGate(application=found)),
    }
    return render(request, "access/application_screening.html", context)


def _before(weighed: LawGate | None) -> dict[str, str]:
    if weighed is None:
        return {}
    texts = {
        f"conditions_{language}": "\n".join(one[language] for one in weighed.conditions)
        for language in ("en", "nl")
    }
    return texts | {"result": weighed.result, "reasons": weighed.reasons}


def _done(request: HttpRequest, found: Application, ask: AskForm, form: GateForm) -> bool:
    """Carry out the form that was sent. Says whether it went well; the form shows what did not."""
    sent, by = (ask, form)[request.POST["form"] == "gate"], person(request)
    if not sent.is_valid():
        return False
    try:
        if sent is ask:
            actions.ask_technical(found, assessor=ask.cleaned_data["assessor"], by=by)
            messages.success(request, _("The assessor was asked."))
        else:
            facts = {name: form.cleaned_data[name] for name in ("result", "reasons")}
            actions.weigh_law(found, conditions=form.conditions(), by=by, **facts)
            messages.success(request, _("What law and ethics allow is kept."))
    except Refused as refusal:
        take_errors(sent, refusal)
        return False
    return True


def _law(kind: str, row: Any) -> dict[str, Any]:
    title = law(kind).title.said(spoken())
    if not answered(row):
        return {"title": title, "label": LAWS["open"], "colour": "warning", "summary": "", "pk": None}
    stop = stops(row)
    summary = row.outcome.get("summary", {}).get("nl" if spoken().startswith("nl") else "en", "")
    label = LAWS["stop"] if stop else row.get_state_display()
    return {
        "title": title,
        "label": label,
        "colour": "error" if stop else "ok",
        "summary": summary,
        "pk": row.pk,
    }


def _duties(found: Any) -> list[dict[str, str]]:
    language = "nl" if spoken().startswith("nl") else "en"
    duties = gate.duties_found(one for one in found if one is not None)
    return [{"article": duty["article"], "text": duty["text"][language]} for duty in duties]


@login_required
def technical_checks(request: HttpRequest) -> HttpResponse:
    """The technical checks that I was asked for, what is open on top."""
    rows = visible(TechnicalCheck, request.user).filter(assessor=person(request))
    rows = rows.select_related("application__call").order_by("state", "-pk")[:100]
    return render(request, "access/technical_checks.html", {"rows": [(row, _of_check(row)) for row in rows]})


@login_required
def technical(request: HttpRequest, check_id: str) -> HttpResponse:
    """Give a technical check."""
    found = find(TechnicalCheck, check_id, request.user, related="application__call")
    form = TechnicalForm(found, spoken(), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_technical(found, by=person(request), **form.facts())
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The technical check is given."))
            return redirect("technical_checks")
    application = found.application
    context = {
        "check": found,
        "application": application,
        "steps": steps_shown(application.call, application, spoken()),
        "status_word": _of_check(found),
        "form": form,
        "may": person(request).may(Permission.CHECK_TECHNICAL, found),
    }
    return render(request, "access/technical.html", context)


def _find(request: HttpRequest, application_id: str) -> Application:
    found = find(Application, application_id, request.user, related="call")
    if is_in_conflict(person(request), found) or found.submitted_at is None:
        raise NotFound(_("There is nothing here that you can see."))
    return found


urlpatterns = [
    path("calls/<call_id>/screening/", queue, name="call_screening"),
    path("calls/<call_id>/screening/judge/", judge_all, name="call_judge"),
    path("office/applications/<application_id>/screening/", screening, name="application_screening"),
    path("technical-checks/", technical_checks, name="technical_checks"),
    path("technical-checks/<check_id>/", technical, name="technical_check"),
]
