"""Routes of cases of the expertise centre."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.awards.models import Project
from aifactory.expertise import actions, queries
from aifactory.expertise.models import Case
from aifactory.expertise.permissions import Permission
from aifactory.expertise.services import WHAT
from aifactory.kit.errors import FieldError, Invalid
from aifactory.people.models import User
from aifactory.people.rules import find

router = Router(tags=["expertise"])


class Service(Schema):
    """One service of the expertise centre: what it does, in both languages, and whom to write without a project."""

    service: str
    what: dict[str, str]
    mail: str


class Question(Schema):
    """A question of a project. `service`: start, data, model, scale or law."""

    project: str
    service: str
    title: str = Field(max_length=200)
    question: str = Field(max_length=20_000)


class Note(Schema):
    """What somebody writes in a case; an adviser's time on it in hours."""

    text: str = Field(max_length=20_000)
    hours: float = Field(0, ge=0, le=24)


class To(Schema):
    """The id of a colleague."""

    to: str


class CaseFacts(Schema):
    """A case; time in hours."""

    id: str
    project: str
    service: str
    title: str
    question: str
    state: str
    adviser: str | None
    asked_at: str
    booked_hours: float


class CaseWhole(CaseFacts):
    """A case with everything written in it, oldest first."""

    entries: list[dict[str, Any]]


class CasePage(Schema):
    """A page of cases."""

    items: list[CaseFacts]
    next: str | None


@router.get("/services", auth=None, response=list[Service])
def services(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """List what the expertise centre does; a project asks by `POST /cases`, somebody without one by mail."""
    return [
        {"service": service, "what": what.plain(), "mail": settings.OFFICE_MAIL}
        for service, what in WHAT.items()
    ]


@router.get("/cases", response=CasePage)
def list_cases(request: HttpRequest, paging: Query[Paging], project: str = "") -> dict[str, Any]:
    """List the cases you may see, newest first."""
    rows = queries.cases(caller(request))
    return page(rows.filter(project=project) if project else rows, paging, queries.facts)


@router.post("/cases", response={201: CaseWhole})
def ask(request: HttpRequest, body: Question) -> Status[dict[str, Any]]:
    """Ask the expertise centre something for a project."""
    user = caller(request)
    wish = body.dict()
    asked = actions.ask(find(Project, wish.pop("project"), user), by=user, **wish)
    return Status(201, queries.whole(asked))


@router.get("/cases/{case_id}", response=CaseWhole)
def show(request: HttpRequest, case_id: str) -> dict[str, Any]:
    """Show one case."""
    return queries.whole(find(Case, case_id, caller(request)))


@router.post("/cases/{case_id}/entries", response=CaseWhole)
def write(request: HttpRequest, case_id: str, body: Note) -> dict[str, Any]:
    """Write in a case: as an adviser, with time drawn from the project's award, or as its project."""
    user = caller(request)
    case = find(Case, case_id, user)
    if user.may(Permission.WORK):
        actions.write(case, by=user, text=body.text, seconds=round(body.hours * 3600))
    else:
        actions.reply(case, by=user, text=body.text)
    return queries.whole(case)


@router.post("/cases/{case_id}/take", response=CaseWhole)
def take(request: HttpRequest, case_id: str) -> dict[str, Any]:
    """Become the adviser of a case that nobody has yet."""
    user = caller(request)
    return queries.whole(actions.take(find(Case, case_id, user), by=user))


@router.post("/cases/{case_id}/hand-over", response=CaseWhole)
def hand_over(request: HttpRequest, case_id: str, body: To) -> dict[str, Any]:
    """Give a case to a colleague."""
    user = caller(request)
    case = find(Case, case_id, user)
    to = User.objects.filter(pk=body.to, is_active=True).first()
    if to is None:
        raise Invalid([FieldError("to", "This person is not an adviser.", "role adviser")])
    return queries.whole(actions.hand_over(case, to=to, by=user))


@router.post("/cases/{case_id}/close", response=CaseWhole)
def close(request: HttpRequest, case_id: str) -> dict[str, Any]:
    """Close a case."""
    user = caller(request)
    return queries.whole(actions.close(find(Case, case_id, user), by=user))


@router.post("/cases/{case_id}/reopen", response=CaseWhole)
def reopen(request: HttpRequest, case_id: str) -> dict[str, Any]:
    """Open a closed case again."""
    user = caller(request)
    return queries.whole(actions.reopen(find(Case, case_id, user), by=user))
