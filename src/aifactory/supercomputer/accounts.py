"""What projects should have on a cluster, made from their awards; and what was found otherwise there."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Prefetch, Sum

from aifactory.audit.actions import enter
from aifactory.awards.models import AwardLine, Project, ProjectMember
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.units import Resource
from aifactory.people.terms import standing
from aifactory.ports.cluster import Allocation, Change
from aifactory.supercomputer.models import ClusterBooks, Drift, UsageTotal
from aifactory.supercomputer.rules import DESK


def allocations(cluster: str = "") -> list[Allocation]:
    """Return what each project with time to run jobs should have now, whoever it belongs to.

    An award holds wherever it is used: on one cluster of several, less what was used of it on the others.
    """
    lines = AwardLine.objects.filter(resource__in=[Resource.GPU, Resource.CORE]).order_by("starts_at")
    projects = Project.objects.filter(lines__in=lines).distinct().order_by("pk")
    people = ProjectMember.objects.filter(until=None, user__is_active=True)
    kept = projects.prefetch_related(
        Prefetch("lines", lines, to_attr="time_lines"), Prefetch("members", people, to_attr="people")
    )
    elsewhere = _used_elsewhere(cluster) if cluster else {}
    return [_allocation(project, clock.now(), elsewhere) for project in kept]


def _used_elsewhere(cluster: str) -> dict[str, int]:
    """Return the seconds that were used of each line on other clusters and machines, as far as their books are read."""
    found: dict[str, int] = {}
    others = UsageTotal.objects.exclude(books=cluster).order_by()
    for resource in (Resource.GPU, Resource.CORE):
        sums = others.exclude(**{f"{resource}_line": None}).values_list(f"{resource}_line_id")
        found |= dict(sums.annotate(used=Sum(f"{resource}_seconds")))
    return found


def with_time() -> list[str]:
    """Return the projects that were ever awarded time to run jobs."""
    lines = AwardLine.objects.filter(resource__in=[Resource.GPU, Resource.CORE])
    return list(lines.order_by().values_list("project", flat=True).distinct())


def _allocation(project: Project, now: datetime, elsewhere: dict[str, int]) -> Allocation:
    begun = [line for line in project.time_lines if line.starts_at <= now]  # type: ignore[attr-defined]
    amount = partial(_amount, begun, now, elsewhere)
    return Allocation(
        project=project.pk,
        organisation=project.organisation_id,
        users=tuple(sorted(member.user_id for member in project.people)),  # type: ignore[attr-defined]
        gpu_seconds=amount(Resource.GPU),
        core_seconds=amount(Resource.CORE),
        open=project.state == "active"
        and any(now < line.ends_at for line in begun)
        and not _suspended(project),
    )


def _amount(
    lines: list[AwardLine], now: datetime, elsewhere: dict[str, int], resource: Resource
) -> int | None:
    """Return the most that may have been used there since the project began: of ended lines what was used, else all.

    A cluster counts from the beginning and never forgets, so a renewal raises the limit by its own amount.
    """
    ours = [line for line in lines if line.resource == resource]
    if not ours:
        return None
    whole = sum(line.amount if now < line.ends_at else line.drawn + line.held for line in ours)
    return max(0, whole - sum(elsewhere.get(line.pk, 0) for line in ours))


def _suspended(project: Project) -> bool:
    try:
        standing.require_not_suspended([project.thing, f"people.organisation:{project.organisation_id}"])
    except standing.IsSuspended:
        return True
    return False


def compared(
    cluster: str, wanted: dict[str, Allocation], changes: list[Change], refused: list[Change]
) -> list[Drift]:
    """Take in what differed on a cluster, and tell apart our own news from what somebody did past us.

    `wanted` has the allocation of each account. What differs though we asked for the same before is drift, and so is
    an account that nobody here knows; each is told once until it is gone.
    """
    digests = {account: digest(_plain(one)) for account, one in wanted.items()}
    with transaction.atomic():
        books, _ = ClusterBooks.objects.select_for_update().get_or_create(
            pk=cluster, defaults={"read_until": clock.now()}
        )
        told = books.told
        drifted = [
            change for change in changes
            if not change.command or (change.account in digests and told.get(change.account) == digests[change.account])
        ]  # fmt: skip
        strange = {f"!{change.account}" for change in changes if not change.command}
        news = [change for change in drifted if change.command or f"!{change.account}" not in told]
        found = [_drift(cluster, change, mended=bool(change.command)) for change in news]
        failed = {f"?{change.account}": digest(change.sentence) for change in refused}
        found += [
            _drift(cluster, one, mended=False)
            for one in refused
            if told.get(f"?{one.account}") != failed[f"?{one.account}"]
        ]
        books.told = digests | dict.fromkeys(strange, "") | failed
        ClusterBooks.objects.filter(pk=cluster).update(told=books.told)
    return found


def _drift(cluster: str, change: Change, *, mended: bool) -> Drift:
    drift = Drift(cluster=cluster, account=change.account, sentence=change.sentence[:500], mended=mended)
    return enter(drift, "cluster:drift", by=DESK, data={"cluster": cluster, "account": change.account})


def _plain(one: Allocation) -> dict[str, object]:
    return {**vars(one), "users": list(one.users)}
