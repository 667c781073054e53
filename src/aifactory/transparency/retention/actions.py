"""Counting down, and deleting what is due: never before its day, and not while something holds it."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from aifactory.audit.actions import ChangedMeanwhile, enter, fire
from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer.lifecycle import ACTIVE_JOB
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.secure.keys import destroy
from aifactory.supercomputer.secure.models import Withheld
from aifactory.transparency.permissions import Permission
from aifactory.transparency.retention import queries
from aifactory.transparency.retention.models import Retention
from aifactory.transparency.retention.policy import in_force
from aifactory.transparency.retention.rules import KEEPER


def keep_and_delete() -> dict[str, int]:
    """Begin the countdown of ended projects, follow extensions, delete what is due. Safe to repeat."""
    return {"begun": _begin(), "moved": _follow(), "deleted": _delete_due()}


def _begin() -> int:
    now = clock.now()
    ended = Project.objects.filter(retention=None, ends_at__lte=now).annotate(last=Max("lines__ends_at"))
    policy, begun = in_force(now), 0
    for project in ended.filter(Q(last=None) | Q(last__lte=now)).order_by("pk"):
        kept = Retention(
            project=project,
            delete_on=queries.delete_on(project),
            policy=policy.name,
            policy_digest=policy.digest,
            notice_days=list(policy.notice_days),
        )
        try:
            with transaction.atomic():
                enter(kept, "retention:begin", by=KEEPER, permission=Permission.RETAIN)
        except IntegrityError:  # another round was first
            continue
        begun += 1
    return begun


def _follow() -> int:
    """Move the day of what was extended after all; never to an earlier one."""
    moved = 0
    counting = Retention.objects.filter(state="counting").select_related("project")
    for kept in counting.prefetch_related("project__lines").order_by("pk"):
        policy = in_force(kept.created_at)
        ends = [kept.project.ends_at, *(line.ends_at for line in kept.project.lines.all())]
        day = policy.goes_on(max(ends), ZoneInfo(settings.TIME_ZONE))
        if day > kept.delete_on:
            kept.delete_on = day
            enter(kept, "retention:move", by=KEEPER, permission=Permission.RETAIN, fields=["delete_on"])
            moved += 1
    return moved


def _delete_due() -> int:
    due = Retention.objects.filter(state="counting", delete_on__lte=queries.today()).select_related("project")
    return sum(delete(kept) for kept in due.order_by("pk"))


def delete(kept: Retention) -> bool:
    """Delete what is due of one project and write down what that was; say whether it was done.

    Files go first and the event comes after: killed in between, the next round does both again, and the record
    still names every file.
    """
    project = kept.project
    running = Job.objects.filter(project=project, state__in=ACTIVE_JOB).exists()
    if kept.delete_on > queries.today() or queries.held(project) or running:
        return False
    files, store = queries.stored(project), get(ObjectStore)
    for file in files:
        store.delete(file.key)
    told = [{"of": f.of, "path": f.path, "digest": f.digest, "size": f.size} for f in files]
    size = sum(file.size for file in files)
    try:
        with transaction.atomic():
            Attempt.objects.filter(job__project=project).update(log="", progress={})
            for inside in Withheld.objects.filter(attempt__job__project=project).exclude(state="destroyed"):
                destroy(inside, by=KEEPER)
            fire(
                kept, "delete", by=KEEPER, data={"project": project.pk, "files": len(files), "bytes": size},
                deleted=told, files=len(files), size=size, deleted_at=clock.now(),
            )  # fmt: skip
    except ChangedMeanwhile:  # another round was first
        return False
    return True
