"""Routes of notices, of how a person wants to hear, and of deadlines."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.notices import actions, queries

router = Router(tags=["notices"])


class NoticePaging(Schema):
    """`after` is the id of the last notice seen."""

    limit: int = Field(25, ge=1, le=100)
    after: int | None = Field(None, ge=1, le=2**63 - 1)


class NoticeFacts(Schema):
    """One message to you; `link` leads to a page of this factory."""

    id: int
    kind: str
    text: str
    subject: str
    link: str
    created_at: str
    read: bool


class NoticePage(Schema):
    """A page of notices, newest first; `next` is what to send as `after`."""

    items: list[NoticeFacts]
    next: str | None


class Wishes(Schema):
    """How you want to hear: `rhythm` at_once, daily or weekly; `hour` 0-23 of the factory's day; `weekday` 0 is
    Monday; `quiet` topics that are not mailed.
    """

    language: str
    rhythm: str
    hour: int = Field(8, ge=0, le=23)
    weekday: int = Field(0, ge=0, le=6)
    quiet: list[str] = []


class WishFacts(Wishes):
    """The same, and since when the mail server refuses your address, if it does."""

    mail_refused_at: str | None


class DeadlineFacts(Schema):
    """One thing due from you: at a moment, or in the course of a day."""

    id: str
    kind: str
    text: str
    subject: str
    link: str
    at: str | None
    day: str | None


class DeadlineList(Schema):
    """All your deadlines, soonest first."""

    items: list[DeadlineFacts]


class FeedAddress(Schema):
    """The address of your calendar's feed, shown this once."""

    address: str


@router.get("/notices", response=NoticePage)
def list_notices(request: HttpRequest, paging: Query[NoticePaging]) -> dict[str, Any]:
    """List what you were told, newest first."""
    found, following = queries.page(caller(request), after=paging.after, size=paging.limit)
    return {
        "items": [queries.facts(notice) for notice in found],
        "next": following.removeprefix("?after=") if following else None,
    }


@router.post("/notices/read", response={204: None})
def read_all(request: HttpRequest) -> Status[None]:
    """Mark everything as read."""
    actions.read_all(caller(request))
    return Status(204, None)


@router.get("/notices/settings", response=WishFacts)
def show_wishes(request: HttpRequest) -> dict[str, Any]:
    """Show how you want to hear."""
    return queries.wish_facts(caller(request))


@router.put("/notices/settings", response=WishFacts)
def keep_wishes(request: HttpRequest, body: Wishes) -> dict[str, Any]:
    """Keep how you want to hear. Decisions, deadlines, suspensions and your account are always mailed."""
    user = caller(request)
    actions.wish(by=user, **body.dict())
    return queries.wish_facts(user)


@router.get("/deadlines", response=DeadlineList)
def list_deadlines(request: HttpRequest) -> dict[str, Any]:
    """List what is due from you, soonest first."""
    return {"items": [queries.deadline_facts(one) for one in queries.deadlines(caller(request))]}


@router.get("/deadlines.ics", include_in_schema=True, response={200: str})
def calendar(request: HttpRequest) -> HttpResponse:
    """Return your deadlines as iCalendar (RFC 5545)."""
    content = queries.calendar_of(caller(request), origin=request.build_absolute_uri("/").rstrip("/"))
    return HttpResponse(content, content_type="text/calendar; charset=utf-8")


@router.post("/deadlines/feed", response={201: FeedAddress})
def open_feed(request: HttpRequest) -> Status[dict[str, str]]:
    """Make a secret address at which your calendar reads your deadlines; an earlier one ends."""
    secret = actions.open_feed(by=caller(request))
    return Status(201, {"address": request.build_absolute_uri(f"/calendar/{secret}.ics")})


@router.delete("/deadlines/feed", response={204: None})
def close_feed(request: HttpRequest) -> Status[None]:
    """End that address."""
    actions.close_feed(by=caller(request))
    return Status(204, None)
