"""Routes of the route finder, the estimator and the partitions: open to everybody, nothing is kept."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from aifactory.access.finder.estimate import Need, NotEnoughIsKnown, estimate
from aifactory.access.finder.questions import questions
from aifactory.access.finder.routes import AnswerIsUnknown, advise, read
from aifactory.access.finder.shown import advice_facts, bill_facts, estimate_facts, partition_facts
from aifactory.access.modes.queries import newest_modes
from aifactory.awards.partitions import Job, bill, table
from aifactory.kit.errors import FieldError, Invalid, NotFound

router = Router(tags=["finder"], auth=None)


class Answers(Schema):
    """One answer to each question; `/finder/questions` lists them."""

    who: str = ""
    place: str = ""
    goal: str = ""
    data: str = ""
    size: str = ""
    hurry: str = ""
    experience: str = ""
    project: str = ""


class Asked(Schema):
    """What one job asks for: devices, cores and GB of memory in all, and hours."""

    devices: Annotated[int, Field(ge=0, le=100_000)] = 1
    cores: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    memory_gb: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    hours: Annotated[Decimal, Field(ge=0, le=100_000, max_digits=12)] = Decimal(1)


@router.get("/finder/questions", response=list[dict[str, Any]])
def finder_questions(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """List the questions of the route finder with their answers."""
    return [question.model_dump(mode="json", exclude_none=True) for question in questions()]


@router.get("/finder/route", response=dict[str, Any])
def route(request: HttpRequest, answers: Query[Answers]) -> dict[str, Any]:  # noqa: ARG001
    """Answer with the modes that fit, what stands in the way of the others, first steps and services."""
    try:
        given = read(answers.dict())
    except AnswerIsUnknown as unknown:
        message = _("Choose one of the answers offered.")
        raise Invalid([FieldError(unknown.question, message, "choice")]) from None
    return advice_facts(advise(given, newest_modes()))


@router.get("/finder/estimate", response=dict[str, Any])
def needs(request: HttpRequest, need: Query[Need]) -> dict[str, Any]:  # noqa: ARG001
    """Estimate hours, storage and transfer on every partition, low and high, in every unit."""
    try:
        return estimate_facts(estimate(need, table().values()))
    except NotEnoughIsKnown as unknown:
        message = _("This kind of work needs this figure.")
        raise Invalid([FieldError(unknown.missing, message, "required")]) from None


@router.get("/partitions", response=list[dict[str, Any]])
def partitions(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """List the partitions: their GPU, what one unit is, and how they bill."""
    return [partition_facts(partition) for partition in table().values()]


@router.get("/partitions/{partition_id}/bill", response=dict[str, Any])
def job_bill(request: HttpRequest, partition_id: str, asked: Query[Asked]) -> dict[str, Any]:  # noqa: ARG001
    """Say what one job is billed on a partition, in every unit."""
    if partition_id not in table():
        raise NotFound(_("There is no such partition."))
    if not asked.devices and not asked.cores:
        raise Invalid([FieldError("devices", _("A job takes at least one GPU or one core."), "at_least")])
    job = Job(asked.devices, Fraction(asked.hours), asked.cores, asked.memory_gb)
    return bill_facts(bill(table()[partition_id], job))
