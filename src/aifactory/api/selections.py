"""Routes of selections: budget, list, deviations, publication, and what anybody may check; letters as PDF."""

from decimal import Decimal
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from aifactory.access.decisions.queries import letter_pdf as as_pdf
from aifactory.access.models import Application, Budget, Call, Selection, SelectionLine
from aifactory.access.selection import actions, queries
from aifactory.api.access import OPEN, amounts
from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.audit.record import plain
from aifactory.kit.canonical import canonical
from aifactory.kit.errors import NotFound
from aifactory.kit.units import Resource, base
from aifactory.people.rules import find, visible

router = Router(tags=["access"])
Anything = dict[str, Any]
Amounts = dict[Resource, Annotated[Decimal, Field(ge=0, max_digits=18)]]


class ToGive(Schema):
    """What a call has to give, resource → amount in its shown unit; a resource left out has no limit."""

    amounts: Amounts


class OfCall(Schema):
    """The call whose applications are decided as one list."""

    call: str


class Otherwise(Schema):
    """What is awarded instead, resource → amount in its shown unit (nothing: rejected), and why."""

    awarded: Amounts = {}
    reason: str = ""


class SetAside(Schema):
    """Why the list is taken back."""

    because: str = Field(max_length=1000)


def budget_facts(budget: Budget) -> Anything:
    """Return a budget as everybody sees it."""
    return {"call": budget.call_id, "amounts": amounts(budget.amounts), "commitment": budget.commitment}


def selection_facts(selection: Selection) -> Anything:
    """Return a selection as a list shows it."""
    return {
        "id": selection.pk,
        "call": selection.call_id,
        "state": selection.state,
        "inputs_digest": selection.inputs_digest,
        "result_digest": selection.result_digest,
        "published_at": plain(selection.published_at),
    }


def line_facts(line: SelectionLine) -> Anything:
    """Return a line as those who decide see it; ranks stay with the whole result, for they tell of others."""
    facts = {name: value for name, value in line.facts.items() if name not in {"id", "rank", "proposed"}}
    return facts | {
        "id": line.pk,
        "label": line.label,
        "application": line.application_id,
        "state": line.state,
        "proposed": amounts(line.proposed),
        "final": amounts(line.final),
        "deviates": line.deviates,
        "deviation": line.deviation,
    }


def in_base(given: dict[Resource, Decimal]) -> dict[str, int]:
    """Return amounts in base units."""
    return {resource.value: base(resource, amount) for resource, amount in given.items()}


@router.get("/budgets/{call_id}", auth=OPEN, response=Anything)
def budget(request: HttpRequest, call_id: str) -> Anything:
    """Show what a call has to give, and the commitment to the seed of its draw."""
    found = queries.budget_of(find(Call, call_id, request.user))
    if found is None:
        raise NotFound("Nobody stated what this call has to give.")
    return budget_facts(found)


@router.put("/budgets/{call_id}", response=Anything)
def state_budget(request: HttpRequest, call_id: str, body: ToGive) -> Anything:
    """State what a call has to give, before the first score is given."""
    found = find(Call, call_id, request.user)
    return budget_facts(actions.state_budget(found, in_base(body.amounts), by=caller(request)))


@router.get("/selections", auth=OPEN, response=Anything)
def selections(request: HttpRequest, paging: Query[Paging], call: str = "") -> Anything:
    """List the selections you may see, newest first; with `call` those of one call."""
    rows = queries.selections(request.user)
    return page(rows.filter(call=call) if call else rows, paging, selection_facts)


@router.post("/selections", response={201: Anything})
def propose(request: HttpRequest, body: OfCall) -> Status[Anything]:
    """Run the rule over a call: a list is proposed, nothing is decided."""
    by = caller(request)
    return Status(201, selection_facts(actions.propose(find(Call, body.call, by), by=by)))


@router.get("/selections/{selection_id}", auth=OPEN, response=Anything)
def selection(request: HttpRequest, selection_id: str) -> Anything:
    """Show one selection."""
    return selection_facts(_find(request, selection_id))


@router.get("/selections/{selection_id}/lines", response=Anything)
def lines(request: HttpRequest, selection_id: str, paging: Query[Paging]) -> Anything:
    """List the lines you may see, newest first."""
    rows = visible(SelectionLine, caller(request)).filter(selection=_find(request, selection_id))
    return page(rows, paging, line_facts)


@router.put("/selection-lines/{line_id}", response=Anything)
def deviate(request: HttpRequest, line_id: str, body: Otherwise) -> Anything:
    """Decide on one application, otherwise than the rule proposes or the same; it is held until all is published."""
    found, by = find(SelectionLine, line_id, request.user), caller(request)
    return line_facts(actions.deviate(found, in_base(body.awarded), reason=body.reason, by=by))


@router.post("/selections/{selection_id}/confirm", response=Anything)
def confirm(request: HttpRequest, selection_id: str) -> Anything:
    """Decide on every line that waits and that you may decide on, as the rule proposes."""
    found = _find(request, selection_id)
    done = actions.confirm(found, by=caller(request))
    return selection_facts(found) | {"decided": done}


@router.post("/selections/{selection_id}/publish", response=Anything)
def publish(request: HttpRequest, selection_id: str) -> Anything:
    """Announce every held decision at once; a second time changes nothing."""
    return selection_facts(actions.publish(_find(request, selection_id), by=caller(request)))


@router.post("/selections/{selection_id}/set-aside", response=Anything)
def set_aside(request: HttpRequest, selection_id: str, body: SetAside) -> Anything:
    """Take a list back before it is published."""
    found = _find(request, selection_id)
    return selection_facts(actions.set_aside(found, because=body.because, by=caller(request)))


@router.get("/selections/{selection_id}/inputs", auth=OPEN)
def inputs(request: HttpRequest, selection_id: str) -> HttpResponse:
    """Download what went into the rule, as canonical JSON without names."""
    return _part(request, selection_id, "inputs")


@router.get("/selections/{selection_id}/result", auth=OPEN)
def result(request: HttpRequest, selection_id: str) -> HttpResponse:
    """Download what came out of the rule, as canonical JSON: the bytes that a replay must give."""
    return _part(request, selection_id, "result")


@router.get("/applications/{application_id}/letter.pdf")
def letter_pdf(request: HttpRequest, application_id: str) -> HttpResponse:
    """Download the decision letter as PDF/UA-1."""
    found = find(Application, application_id, request.user, related="call")
    made = as_pdf(found, caller(request), factory=settings.FACTORY_NAME)
    return HttpResponse(made, content_type="application/pdf")


def _part(request: HttpRequest, selection_id: str, name: str) -> HttpResponse:
    found = _find(request, selection_id)
    queries.require_whole(found, request.user)
    return HttpResponse(canonical(getattr(found, name)), content_type="application/json")


def _find(request: HttpRequest, selection_id: str) -> Selection:
    return find(Selection, selection_id, request.user, related="call")
