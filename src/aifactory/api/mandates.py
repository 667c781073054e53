"""Routes about who answers for what: the matrix, its alarms, giving and handing over."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from pydantic import AwareDatetime

from aifactory.api.authentication import caller, visitor
from aifactory.kit import clock
from aifactory.people.language import spoken
from aifactory.people.mandates import actions, queries
from aifactory.people.mandates.models import Involvement
from aifactory.people.models import Mandate
from aifactory.people.queries import person_of
from aifactory.people.rules import find

router = Router(tags=["mandates"])


class MandateFacts(Schema):
    """A mandate. `name` is empty where you may not read it; ceilings in seconds, null: none."""

    id: str
    subject: str
    scope: str
    title: str
    name: str
    ceiling_gpu_seconds: int | None
    ceiling_core_seconds: int | None
    valid_from: str
    valid_until: str | None
    basis: str
    follows: str | None


class InvolvedFacts(Schema):
    """A function with a part in a duty."""

    id: str
    function: str
    name: str


class AlarmFacts(Schema):
    """A duty with nobody (gap) or several people (double) accountable from a moment on."""

    kind: str
    subject: str
    scope: str
    at: str
    mandates: list[str]


class DutyFacts(Schema):
    """One duty: who is accountable now and later, responsible, consulted and informed."""

    subject: str
    scope: str
    kind: str
    title: str
    accountable: list[MandateFacts]
    coming: list[MandateFacts]
    responsible: list[InvolvedFacts]
    consulted: list[InvolvedFacts]
    informed: list[InvolvedFacts]
    alarms: list[AlarmFacts]


class Duties(Schema):
    """The whole matrix."""

    items: list[DutyFacts]


class Alarms(Schema):
    """What needs somebody."""

    items: list[AlarmFacts]


class Appointment(Schema):
    """Who becomes accountable for what. Ceilings in seconds; moments not in the past."""

    person: str = Field(max_length=254, description="E-mail address of the person")
    subject: str = Field(max_length=60)
    scope: str = Field("", max_length=60)
    title: str = Field(max_length=120)
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    ceiling_gpu_seconds: int | None = Field(None, ge=0, le=10**15)
    ceiling_core_seconds: int | None = Field(None, ge=0, le=10**15)
    basis: str = Field("", max_length=200)


class HandOver(Schema):
    """To whom, from which moment (now where left out), and under which title (the same where left out)."""

    person: str = Field(max_length=254, description="E-mail address of the person")
    at: AwareDatetime | None = None
    title: str = Field("", max_length=120)


class Ending(Schema):
    """From which moment nobody holds it; now where left out."""

    at: AwareDatetime | None = None


class Name(Schema):
    """Whether the public may read the holder's name."""

    published: bool


class Involving(Schema):
    """A function that is `responsible`, `consulted` or `informed`; `person` is their e-mail address, if known."""

    subject: str = Field(max_length=60)
    scope: str = Field("", max_length=60)
    part: str = Field(max_length=12)
    function: str = Field(max_length=120)
    person: str = Field("", max_length=254)


@router.get("/duties", response=Duties, auth=None)
def duties(request: HttpRequest) -> dict[str, Any]:
    """Show who answers for what. Anyone may ask; names are shown as far as they are public or you are staff."""
    viewer, language, now = visitor(request), spoken(), clock.now()
    return {"items": [queries.row_facts(row, viewer, language, now) for row in queries.matrix(now)]}


@router.get("/duties/alarms", response=Alarms, auth=None)
def alarms(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - ninja hands it over
    """List the duties that have nobody, or more than one person, accountable: now or within 30 days."""
    return {"items": [queries.alarm_facts(alarm) for alarm in queries.all_alarms()]}


@router.post("/mandates", response={201: MandateFacts})
def appoint(request: HttpRequest, body: Appointment) -> Status[dict[str, Any]]:
    """Make a person accountable for a duty."""
    user = caller(request)
    facts = body.dict(exclude={"person", "title"})
    made = actions.appoint(person_of(body.person), by=user, holder_title=body.title, **facts)
    return Status(201, queries.mandate_facts(made, user))


@router.post("/mandates/{mandate_id}/hand-over", response={201: MandateFacts})
def hand_over(request: HttpRequest, mandate_id: str, body: HandOver) -> Status[dict[str, Any]]:
    """Hand a mandate to another person at one instant; the answer is the new mandate."""
    user = caller(request)
    old = find(Mandate, mandate_id, user)
    new = actions.hand_over(old, person_of(body.person), by=user, at=body.at, holder_title=body.title)
    return Status(201, queries.mandate_facts(new, user))


@router.post("/mandates/{mandate_id}/end", response=MandateFacts)
def end(request: HttpRequest, mandate_id: str, body: Ending) -> dict[str, Any]:
    """End a mandate without a successor: an alarm will say so."""
    user = caller(request)
    return queries.mandate_facts(actions.end(find(Mandate, mandate_id, user), by=user, at=body.at), user)


@router.post("/mandates/{mandate_id}/name", response=MandateFacts)
def publish_name(request: HttpRequest, mandate_id: str, body: Name) -> dict[str, Any]:
    """Let the public read your name beside your function, or not any more."""
    user = caller(request)
    mandate = actions.publish_name(find(Mandate, mandate_id, user), by=user, published=body.published)
    return queries.mandate_facts(mandate, user)


@router.post("/involvements", response={201: InvolvedFacts})
def involve(request: HttpRequest, body: Involving) -> Status[dict[str, Any]]:
    """Name a function that has a part in a duty."""
    user = caller(request)
    person = person_of(body.person) if body.person else None
    made = actions.involve(**body.dict(exclude={"person"}), person=person, by=user)
    return Status(201, _involved(made, user))


@router.post("/involvements/{involvement_id}/end", response=InvolvedFacts)
def end_involvement(request: HttpRequest, involvement_id: str) -> dict[str, Any]:
    """End a function's part in a duty."""
    user = caller(request)
    return _involved(actions.end_involvement(find(Involvement, involvement_id, user), by=user), user)


def _involved(one: Involvement, viewer: Any) -> dict[str, Any]:
    return {
        "id": one.pk,
        "function": one.function,
        "name": queries.named(viewer, one.user, published=False),
    }
