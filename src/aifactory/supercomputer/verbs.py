"""What the agent could not do: written down with its error, tried again after a rest, replayed by an operator.

Every verb of the agent is safe to repeat, for it starts from what is wanted and what is there. So a failure is no
lost request: a replay only ends its rest.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Case, Count, Min, Q, Value, When

from aifactory.audit.actions import enter, fire
from aifactory.audit.record import plain
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.people.rules import visible
from aifactory.ports.cluster import Change
from aifactory.ports.desk import Report
from aifactory.ports.identity import Actor
from aifactory.supercomputer.lifecycle import OPEN_ATTEMPT
from aifactory.supercomputer.models import Attempt, FailedVerb
from aifactory.supercomputer.rules import DESK

#: how long a verb rests after its first failure, and at most; each failure doubles it
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=1)
PROVISION = "provision"


def open_failures(cluster: str) -> models.QuerySet[FailedVerb]:
    """Return what does not work there now."""
    return FailedVerb.objects.filter(cluster=cluster).exclude(state="cured")


def resting(cluster: str) -> frozenset[str]:
    """Return the keys of what is not to be tried yet."""
    waiting = open_failures(cluster).filter(state="failed", next_at__gt=clock.now())
    return frozenset(waiting.values_list("key", flat=True))


def with_command(cluster: str) -> frozenset[str]:
    """Return the keys of single commands that failed, as against whole steps."""
    return frozenset(open_failures(cluster).exclude(command=[]).values_list("key", flat=True))


def fail(
    cluster: str, verb: str, subject: str, error: str, *, key: str = "", command: Iterable[str] = ()
) -> FailedVerb:
    """Write down that something could not be done, or could not again.

    What is tried all the time, since it costs nothing, is written down anew only when its rest would be over.
    """
    now, key = clock.now(), key or digest([verb, subject])
    with transaction.atomic():
        known = open_failures(cluster).select_for_update().filter(key=key).first()
        if known and known.state == "failed" and now < known.next_at:
            return known
        times = known.times + 1 if known else 1
        rest = min(FIRST_REST * 2 ** min(times - 1, 10), LONGEST_REST)
        facts: dict[str, Any] = {"error": error[:500], "times": times, "last_at": now, "next_at": now + rest}
        if known:
            return fire(known, "fail", by=DESK, data={"times": times}, **facts)
        made = FailedVerb(
            cluster=cluster, verb=verb, subject=subject[:120], key=key, command=[*command], **facts
        )
        return enter(made, "verb:fail", by=DESK, data={"times": times})


def cure(cluster: str, verb: str, *, failing: frozenset[str] = frozenset(), subject: str = "") -> None:
    """Note that a verb works again: all its failures, or those of one subject, but for the keys in `failing`."""
    rows = open_failures(cluster).filter(verb=verb).exclude(key__in=failing)
    for known in rows.filter(subject=subject) if subject else rows:
        fire(known, "cure", by=DESK)


def provisioned(cluster: str, changes: list[Change], refused: list[Change]) -> list[Change]:
    """Take in a turn of provisioning; return the changes that are news, leaving out those that have failed before.

    A failure is cured when its difference is gone, or when it was mended.
    """
    before = set(open_failures(cluster).filter(verb=PROVISION).values_list("key", flat=True))
    quiet = resting(cluster)
    for change in refused:
        fail(cluster, PROVISION, change.account, change.sentence, key=change.key, command=change.command)
    still = {change.key for change in refused} | {change.key for change in changes if change.key in quiet}
    cure(cluster, PROVISION, failing=frozenset(still))
    return [change for change in changes if change.key not in before | still]


def carried_out(engine: str, reports: list[Report]) -> None:
    """Take in which orders could not be carried out, and cure those that could be now."""
    failing = {report.attempt for report in reports if report.problem}
    for report in reports:
        if report.problem:
            key = digest(["order", report.attempt])
            fail(engine, report.verb, report.attempt, report.problem, key=key)
    orders = open_failures(engine).filter(subject__in=[report.attempt for report in reports])
    for known in orders:
        if known.subject not in failing:
            fire(known, "cure", by=DESK)


def replay(verb: FailedVerb, *, by: Actor) -> FailedVerb:
    """Have the agent try again in its next turn. Asking twice is asking once. Raises `NotAllowed`, `NotPossibleNow`."""
    return fire(verb, "replay", by=by, next_at=clock.now())


def failures(viewer: Any) -> models.QuerySet[FailedVerb]:
    """Return the failures that the viewer sees, cured ones too."""
    return visible(FailedVerb, viewer)


def queue() -> list[dict[str, Any]]:
    """Return what engines still have to do, by engine and kind: how many, and since when the oldest waits."""
    kind = Case(
        When(~Q(stop_reason=""), then=Value("cancel")),
        When(state="ordered", then=Value("run")),
        default=Value("watch"),
    )
    open_ = Attempt.objects.filter(state__in=OPEN_ATTEMPT).exclude(job__state="planned")
    rows = open_.order_by().annotate(verb=kind).values("engine", "verb")
    return [
        row | {"oldest": plain(row["oldest"])}
        for row in rows.annotate(waiting=Count("pk"), oldest=Min("created_at")).order_by("engine", "verb")
    ]


def verb_facts(verb: FailedVerb) -> dict[str, Any]:
    """Return one failure as the API shows it."""
    names = ("cluster", "verb", "subject", "command", "error", "times", "state")
    moments = {name: plain(getattr(verb, name)) for name in ("created_at", "last_at", "next_at")}
    return {"id": verb.pk, **{name: getattr(verb, name) for name in names}, **moments}
