"""A call decided as one list: the office's page, one line of it, and what everybody may check."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.access.conflicts.rules import require_overseer
from aifactory.access.models import Budget, Call, Selection, SelectionLine
from aifactory.access.permissions import Permission
from aifactory.access.selection import actions, queries
from aifactory.access.selection.rules import sees_whole
from aifactory.kit.canonical import canonical
from aifactory.kit.errors import NotFound, Refused
from aifactory.kit.units import UNITS, Resource, base, shown
from aifactory.people.language import spoken
from aifactory.people.rules import find
from aifactory.web import jinja
from aifactory.web.access_forms import DecisionForm, OpenAmount
from aifactory.web.forms import take_errors
from aifactory.web.visitor import person

COLOURS = {"proposed": "warning", "confirmed": "info", "published": "ok", "set_aside": "neutral"}


class BudgetForm(forms.Form):
    """What a call has to give, one amount a resource that its mode grants."""

    def __init__(self, call: Call, budget: Budget | None, data: Any = None) -> None:
        super().__init__(data)
        for grant in call.mode.grants:
            name = grant.resource.value
            unit = jinja.unit(UNITS[Resource(name)][0])
            there = budget.amounts.get(name) if budget else None
            self.fields[f"amount_{name}"] = OpenAmount(
                label=_("To give, in %(unit)s") % {"unit": unit},
                help_text=_("Leave it empty where there is no limit."),
                initial=f"{shown(name, there).normalize():f}" if there else None,
                required=False,
                min_value=0,
                max_digits=15,
            )

    def amounts(self) -> dict[str, int]:
        """Return resource → base units."""
        return {
            n.removeprefix("amount_"): base(n.removeprefix("amount_"), v)
            for n, v in self.cleaned_data.items()
            if v
        }


class LineForm(DecisionForm):
    """Another decision than the rule proposes, or the same again."""

    field_order = None

    def __init__(self, line: SelectionLine, data: Any = None) -> None:
        super().__init__(line.application, data)
        self.fields["outcome"].initial = "awarded" if line.final else "rejected"
        self.fields["reason"] = self.fields.pop("reasons")
        self.fields["reason"].label = gettext_lazy("Why this differs from the rule")
        self.fields["reason"].required = False
        for resource in line.application.requested if line.final else ():
            held = shown(resource, line.final.get(resource, 0))
            self.fields[f"awarded_{resource}"].initial = f"{held.normalize():f}"


class SetAsideForm(forms.Form):
    """Why a list is taken back."""

    because = forms.CharField(
        label=gettext_lazy("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


def points(hundredths: int | None) -> str:
    """Return a score as people read it."""
    return "–" if hundredths is None else jinja.number(hundredths / 100, 2)


def standing_words() -> dict[str, str]:
    """Return why an application is not ranked, in words."""
    return {
        "ineligible": _("Not eligible"),
        "stopped": _("Stopped by law or ethics"),
        "not_feasible": _("Can't run here"),
        "not_reviewed": _("Not reviewed"),
        "below_the_line": _("Below the quality line"),
        "ranked": _("Ranked"),
    }


def way_words(facts: dict[str, Any]) -> str:
    """Return how a place was had or missed, in words."""
    if facts["standing"] != "ranked":
        return standing_words()[facts["standing"]]
    words = {
        "rank": _("By rank"),
        "draw": _("Drawn"),
        "remainder": _("From what was left"),
        "": _("No room left"),
    }
    said = words[facts["way"]]
    if facts["odds"] is None:
        return said
    return _("%(said)s (draw, chance %(odds)s)") % {"said": said, "odds": facts["odds"]}


def given(amounts: dict[str, int]) -> str:
    """Return amounts in the units of people; a dash for nothing."""
    return ", ".join(jinja.amount(amounts[r], r) for r in Resource if amounts.get(r)) or "–"


def row(facts: dict[str, Any], titles: dict[str, str], *, rank: int | None) -> list[Any]:
    """Return the cells that both lists share: class, rank, raw, corrected with its range, line, how."""
    corrected = points(facts.get("corrected"))
    if "low" in facts:
        corrected += f" ({points(facts['low'])}–{points(facts['high'])})"
    return [
        titles.get(facts.get("class", ""), "–"),
        "–" if rank is None else rank,
        points(facts.get("raw")),
        corrected,
        points(facts.get("line")),
        way_words(facts),
    ]


def class_titles(call: Call) -> dict[str, str]:
    """Return the size classes of a call by id, in the language of the page."""
    rule = call.mode.selection
    return {one.id: one.label.of(spoken()) for one in rule.classes} if rule else {}


def class_rows(selection: Selection) -> list[list[Any]]:
    """Return the classes of a result as rows: share, floor, what they had and gave, line and draw."""
    titles, rule = class_titles(selection.call), actions.rule_of(selection.call)
    shares = {one.id: one.share_percent for one in rule.classes}
    rows = []
    for one in selection.result["classes"]:
        lists = one["lists"]
        rows.append(
            [
                titles[one["id"]],
                f"{shares[one['id']]} %",
                given(one["budget"]),
                one["candidates"],
                one["awarded"],
                given(one["spent"]),
                given(one["spent_on_smes"]),
                points(lists["open"]["line"]),
                sum(part["entrants"] for part in lists.values()),
                sum(part["places"] for part in lists.values()),
            ]
        )
    return rows


@login_required
def office_selection(request: HttpRequest, call_id: str) -> HttpResponse:
    """The list of a call: budget, proposal, deviations, confirmation, publication."""
    require_overseer(person(request))
    user, call = person(request), find(Call, call_id, request.user, related="budget")
    actions.rule_of(call)
    budget = getattr(call, "budget", None)
    found = queries.standing_selection(call, user)
    form = BudgetForm(call, budget, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.state_budget(call, form.amounts(), by=user)
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The budget stands, and the seed of the draw is committed to."))
            return redirect("office_selection", call.pk)
    lines = queries.lines(found, user) if found else []
    whole = found is not None and len(lines) == len(found.result["applications"])
    return render(
        request,
        "access/office_selection.html",
        {
            "call": call,
            "title": call.title.of(spoken()),
            "budget": budget,
            "form": form,
            "selection": found,
            "colour": COLOURS[found.state] if found else "neutral",
            "whole": whole,
            "classes": class_rows(found) if found and whole else [],
            "rows": _office_rows(lines, class_titles(call), whole=whole),
            "left": given(found.result["left"]) if found and whole else "",
            "may_state": user.may(Permission.STATE_BUDGET, call) and not found,
            "may_propose": user.may(Permission.PROPOSE, call) and not found,
            "may_decide": user.may(Permission.DECIDE),
            "may_publish": user.may(Permission.PUBLISH, found),
            "set_aside": SetAsideForm(),
        },
    )


def _office_rows(lines: list[SelectionLine], titles: dict[str, str], *, whole: bool) -> list[list[Any]]:
    """Return the lines as rows; ranks are left out where they would tell of hidden ones."""
    rows = []
    for line in lines:
        link = format_html(
            '<a class="nl-link" href="{}">{}</a>',
            reverse("selection_line", args=(line.pk,)),
            line.application.reference,
        )
        cells = row(line.facts, titles, rank=line.facts.get("rank") if whole else None)
        rows.append(
            [
                link,
                line.application.organisation.name,
                *cells,
                given(line.proposed),
                given(line.final) if line.deviates else _("as proposed"),
                line.get_state_display(),
            ]
        )
    return rows


@login_required
@require_POST
def propose(request: HttpRequest, call_id: str) -> HttpResponse:
    """Run the rule."""
    require_overseer(person(request))
    call = find(Call, call_id, request.user)
    actions.propose(call, by=person(request))
    messages.success(request, _("The rule made a list. Nothing is decided yet."))
    return redirect("office_selection", call.pk)


@login_required
@require_POST
def confirm(request: HttpRequest, selection_id: str) -> HttpResponse:
    """Decide on every line that waits, as the rule proposes."""
    found = _find(request, selection_id)
    done = actions.confirm(found, by=person(request))
    messages.success(request, _("You decided on %(count)s applications. They are held.") % {"count": done})
    return redirect("office_selection", found.call_id)


@login_required
@require_POST
def publish(request: HttpRequest, selection_id: str) -> HttpResponse:
    """Announce everything at once."""
    found = _find(request, selection_id)
    actions.publish(found, by=person(request))
    messages.success(request, _("All decisions are published and the letters are there."))
    return redirect("office_selection", found.call_id)


@login_required
@require_POST
def set_aside(request: HttpRequest, selection_id: str) -> HttpResponse:
    """Take a list back."""
    found = _find(request, selection_id)
    actions.set_aside(found, because=request.POST.get("because", ""), by=person(request))
    messages.success(request, _("The list is set aside."))
    return redirect("office_selection", found.call_id)


@login_required
def line(request: HttpRequest, line_id: str) -> HttpResponse:
    """One application in the list: what the rule says of it, and another decision, with its reason."""
    require_overseer(person(request))
    found = find(SelectionLine, line_id, request.user, related="application")
    selection = find(Selection, found.selection_id, request.user, related="call")
    form = LineForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.deviate(found, form.awarded(), reason=form.cleaned_data["reason"], by=person(request))
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("Your decision is held until the list is published."))
            return redirect("office_selection", selection.call_id)
    whole = sees_whole(person(request), selection.call)
    cells = row(found.facts, class_titles(selection.call), rank=found.facts.get("rank") if whole else None)
    names = [_("Class"), _("Rank"), _("Raw score"), _("Corrected score (range)"), _("Line"), _("How")]
    context = {
        "line": found,
        "selection": selection,
        "form": form,
        "facts": [{"key": name, "value": cell} for name, cell in zip(names, cells, strict=True)],
        "requested": given(found.application.requested),
        "proposed": given(found.proposed),
        "may_decide": selection.state != "published"
        and person(request).may(Permission.DECIDE, found.application),
    }
    return render(request, "access/selection_line.html", context)


def published(request: HttpRequest, call_id: str) -> HttpResponse:
    """What everybody may check of a published list: the rule, the result without names, and how to compute it."""
    call = find(Call, call_id, request.user)
    found = queries.standing_selection(call, request.user)
    if found is None or found.state != "published":
        raise NotFound(
            _("No list is published for this call."),
            next_step=_("The page of the call says when one is due."),
        )
    titles = class_titles(call)
    rows = [
        [
            facts["id"],
            *row(facts, titles, rank=facts.get("rank")),
            _("%(final)s (a person decided otherwise than the rule)") % {"final": given(facts["final"])}
            if facts["deviates"]
            else given(facts["final"]),
        ]
        for facts in queries.published_lines(found)
    ]
    context = {
        "call": call,
        "title": call.title.of(spoken()),
        "selection": found,
        "rule": actions.rule_of(call),
        "reviewing": call.mode.reviewing,
        "classes": class_rows(found),
        "rows": rows,
        "budget": given(found.inputs["budget"]),
        "kept_back": given(found.inputs.get("kept_back", {})),
        "left": given(found.result["left"]),
        "seed": found.inputs["seed"],
        "commitment": found.inputs["commitment"],
        "corrected": found.result["calibration"]["corrected"],
    }
    return render(request, "access/selection.html", context)


def inputs(request: HttpRequest, selection_id: str) -> HttpResponse:
    """Everything that went into the rule, as canonical JSON."""
    return _download(request, selection_id, "inputs")


def result(request: HttpRequest, selection_id: str) -> HttpResponse:
    """What came out of the rule, as canonical JSON: the bytes that a replay must give."""
    return _download(request, selection_id, "result")


def _download(request: HttpRequest, selection_id: str, part: str) -> HttpResponse:
    found = find(Selection, selection_id, request.user, related="call")
    queries.require_whole(found, request.user)
    body = canonical(getattr(found, part))
    answer = HttpResponse(body, content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.call_id}-{part}.json"'
    return answer


def _find(request: HttpRequest, selection_id: str) -> Selection:
    require_overseer(person(request))
    return find(Selection, selection_id, request.user, related="call")


urlpatterns = [
    path("office/calls/<call_id>/selection/", office_selection, name="office_selection"),
    path("office/calls/<call_id>/selection/propose/", propose, name="selection_propose"),
    path("office/selections/<selection_id>/confirm/", confirm, name="selection_confirm"),
    path("office/selections/<selection_id>/publish/", publish, name="selection_publish"),
    path("office/selections/<selection_id>/set-aside/", set_aside, name="selection_set_aside"),
    path("office/selection-lines/<line_id>/", line, name="selection_line"),
    path("calls/<call_id>/selection/", published, name="selection"),
    path("selections/<selection_id>/inputs.json", inputs, name="selection_inputs"),
    path("selections/<selection_id>/result.json", result, name="selection_result"),
]
