"""Recording an outage, and giving back the time that it took: once, by the policy, to every award that it hit."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from aifactory.audit.actions import ChangedMeanwhile, enter, fire
from aifactory.awards.actions import extend_line
from aifactory.awards.models import AwardLine
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.kit.units import Resource
from aifactory.ports.identity import Actor
from aifactory.supercomputer.outages.models import Extension, Outage
from aifactory.supercomputer.outages.permissions import Permission
from aifactory.supercomputer.outages.policy import Span, lost, policy
from aifactory.supercomputer.outages.rules import SETTLER

RESOURCES = (Resource.GPU.value, Resource.CORE.value)
LONGEST = timedelta(days=90)


class OutageIsOver(Refused):
    """What was given back for an outage stands; its times change no more."""


def record(
    *,
    by: Actor,
    cluster: str,
    what: str,
    planned: bool,
    starts_at: datetime,
    ends_at: datetime | None = None,
    partition: str = "",
    resources: Iterable[str] = RESOURCES,
) -> Outage:
    """Write down an outage, before or after it happens. Raises `Invalid`, `NotAllowed`."""
    _require(by)
    chosen = sorted(set(resources))
    errors = _wrong_times(starts_at, ends_at)
    if not what.strip() or len(what) > 500:
        errors.append(FieldError("what", _("Say what happened, in at most 500 characters."), "required"))
    if planned and ends_at is None:
        errors.append(FieldError("ends_at", _("Say until when planned work lasts."), "required"))
    if not planned and starts_at > clock.now() + timedelta(hours=1):
        errors.append(FieldError("starts_at", _("What lies ahead is planned."), "past"))
    if not chosen or not set(chosen) <= set(RESOURCES):
        errors.append(FieldError("resources", _("Choose GPUs, cores, or both."), "closed list"))
    if errors:
        raise Invalid(errors)
    outage = Outage(
        cluster=cluster[:40], partition=partition.strip()[:80], planned=planned, resources=chosen,
        what=what.strip(), starts_at=starts_at, ends_at=ends_at,
    )  # fmt: skip
    return enter(outage, "outage:record", by=by, permission=Permission.RECORD)


def _require(by: Actor) -> None:
    if not by.may(Permission.RECORD):
        raise NotAllowed(
            _("Operators and the office record outages."),
            rule=Permission.RECORD,
            next_step=_("Tell them what does not work."),
        )


def _wrong_times(starts_at: datetime, ends_at: datetime | None) -> list[FieldError]:
    if ends_at is None:
        return []
    if ends_at <= starts_at:
        return [FieldError("ends_at", _("It ends after it begins."), "end > begin")]
    if ends_at - starts_at > LONGEST:
        return [
            FieldError(
                "ends_at", _("An outage lasts at most 90 days; write a longer one as two."), "≤ 90 days"
            )
        ]
    return []


def end(outage: Outage, *, by: Actor, ends_at: datetime | None = None) -> Outage:
    """Say when it ended, or will end (now, if not said). Raises `OutageIsOver`, `Invalid`, `NotAllowed`."""
    _require(by)
    outage = Outage.objects.get(pk=outage.pk)
    if outage.state != "open":
        raise OutageIsOver(
            _("This outage is over."), next_step=_("Record another one for what came after it.")
        )
    moment = ends_at or clock.now()
    if errors := _wrong_times(outage.starts_at, moment):
        raise Invalid(errors)
    outage.ends_at = moment
    return enter(outage, "outage:end", by=by, permission=Permission.RECORD, fields=["ends_at"])


def annul(outage: Outage, *, by: Actor) -> Outage:
    """Take an outage back that did not happen; only before time was given back for it."""
    return fire(outage, "annul", by=by)


def settle_over() -> list[Extension]:
    """Give back what every outage took that is over and not settled. Called over and over; each settles once."""
    given: list[Extension] = []
    for outage in Outage.objects.filter(state="open", ends_at__lte=clock.now()).order_by("starts_at", "pk"):
        with suppress(ChangedMeanwhile):  # another worker settles it
            given += settle(outage)
    return given


def settle(outage: Outage) -> list[Extension]:
    """Let every award run longer that lost time to this outage and has something left to use."""
    with transaction.atomic():
        fire(outage, "settle", by=SETTLER, data={"policy": policy().version})
        made = [_give_back(outage, line) for line in _hit(outage)]
    return [extension for extension in made if extension]


def _hit(outage: Outage) -> Iterable[AwardLine]:
    lines = AwardLine.objects.filter(
        resource__in=outage.resources,
        starts_at__lt=outage.ends_at,
        ends_at__gt=outage.starts_at,
        amount__gt=F("drawn"),
    )
    return lines.exclude(project__state="closed").select_related("project").order_by("pk")


def _give_back(outage: Outage, line: AwardLine) -> Extension | None:
    """An award that has ended meanwhile runs from now: time in the past is nothing to give."""
    assert outage.ends_at  # noqa: S101 - only what is over is settled
    earlier = [
        Span(start, end)
        for start, end in Outage.objects.filter(extensions__line=line).values_list("starts_at", "ends_at")
        if end
    ]
    gone = lost(Span(outage.starts_at, outage.ends_at), Span(line.starts_at, line.ends_at), earlier)
    given = policy().given(gone, planned=outage.planned)
    if not given:
        return None
    was = line.ends_at
    longer = extend_line(line, max(was, clock.now()) + timedelta(seconds=given), by=SETTLER)
    extension = Extension(
        outage=outage, line=line, lost_seconds=gone, given_seconds=given, was_until=was,
        runs_until=longer.ends_at, policy=policy().version,
    )  # fmt: skip
    return enter(extension, "extension:give", by=SETTLER, data={"seconds": given, "outage": outage.pk})
