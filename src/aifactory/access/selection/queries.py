"""Reads of selections that pages, API and CLI share."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from aifactory.access.calls.models import Call
from aifactory.access.selection.models import Budget, Selection, SelectionLine
from aifactory.access.selection.rules import sees_whole
from aifactory.kit.errors import NotAllowed
from aifactory.people.models import User
from aifactory.people.rules import visible


def budget_of(call: Call) -> Budget | None:
    """Return what a call has to give, once that is stated."""
    return Budget.objects.filter(call=call).first()


def standing_selection(call: Call, viewer: Any) -> Selection | None:
    """Return the selection of a call that stands and that the viewer may see; None where there is none."""
    rows = visible(Selection, viewer).filter(call=call).exclude(state="set_aside")
    return rows.select_related("call").first()


def list_is_published(call: Call) -> bool:
    """Say whether everybody may see how the call was decided."""
    return call.state != "draft" and Selection.objects.filter(call=call, state="published").exists()


def selections(viewer: Any) -> QuerySet[Selection]:
    """Return the selections that the viewer may see, newest first."""
    return visible(Selection, viewer).select_related("call").order_by("-pk")


def lines(selection: Selection, viewer: Any) -> list[SelectionLine]:
    """Return the lines that the viewer may see: ranked ones by class and score, then the others, by label."""
    rows = visible(SelectionLine, viewer).filter(selection=selection)
    found = rows.select_related("application__organisation", "decided_by")
    return sorted(found, key=lambda line: place(line.facts))


def place(facts: dict[str, Any]) -> tuple[object, ...]:
    """Return where a line of a result stands among the others."""
    return (facts["standing"] != "ranked", facts.get("class", ""), facts.get("rank", 0), facts["id"])


def published_lines(selection: Selection) -> list[dict[str, Any]]:
    """Return the published result, without names, with what was decided in the end."""
    final = {line.label: line for line in SelectionLine.objects.filter(selection=selection)}
    found = [
        facts | {"final": final[facts["id"]].final, "deviates": final[facts["id"]].deviates}
        for facts in selection.result["applications"]
    ]
    return sorted(found, key=place)


def require_whole(selection: Selection, viewer: Any) -> None:
    """Raise `NotAllowed` where inputs and totals would tell the viewer of applications that are kept back."""
    if selection.state == "published" or (isinstance(viewer, User) and sees_whole(viewer, selection.call)):
        return
    raise NotAllowed(
        _(
            "Until this list is published its totals are for those without a conflict of interest in the call."
        ),
        rule="conflicts",
        next_step=_("It is public once the decisions are published."),
    )
