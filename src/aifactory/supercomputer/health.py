"""How each cluster does, from what its agent last told; and what somebody should look at now."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from aifactory.audit.record import plain
from aifactory.kit import clock
from aifactory.kit.bilingual import Text
from aifactory.kit.errors import NotAllowed
from aifactory.people.rules import visible
from aifactory.ports.cluster import Heard
from aifactory.supercomputer import verbs
from aifactory.supercomputer.models import ClusterBooks, Drift, FailedVerb
from aifactory.supercomputer.rules import watches

#: an agent speaks every ten seconds; after so long somebody should look
SILENT = timedelta(minutes=2)
#: books are read every ten seconds; so far behind they may be
LAG = timedelta(minutes=15)
#: what an engine has to do is done within seconds; a job it may not start yet is queued there, not here
SLOW = timedelta(minutes=10)
#: of what does not work, so many are shown at once
SHOWN = 50
Facts = dict[str, Any]


def heard(cluster: str, told: Heard) -> None:
    """Take in what an agent says of itself and its cluster."""
    now = clock.now()
    facts: Facts = {
        "heard_at": now, "agent_version": told.agent_version[:40], "engine_version": told.engine_version[:80],
        "silence": told.silence[:500],
    }  # fmt: skip
    if not told.silence:
        facts["partitions"] = [asdict(partition) for partition in told.partitions]
    if not ClusterBooks.objects.filter(pk=cluster).update(**facts):
        ClusterBooks.objects.get_or_create(pk=cluster, defaults={"read_until": now, **facts})


def picture(viewer: Any) -> Facts:
    """Return alarms, clusters, what waits to be done and what failed. Raises `NotAllowed` for others than watchers."""
    if not watches(viewer):
        raise NotAllowed(
            _("This is for those who run the clusters or watch over them."), rule="cluster:watch"
        )
    found, waiting = clusters(), verbs.queue()
    failed = list(verbs.failures(viewer).exclude(state="cured").order_by("-pk")[:SHOWN])
    return {
        "alarms": alarms(found, waiting, failed), "clusters": found, "queue": waiting, "failed": failed,
    }  # fmt: skip


def clusters() -> list[Facts]:
    """Return every cluster: who runs beside it, when it was last heard, how far its books lag, and how they compare."""
    return [_cluster(one) for one in ClusterBooks.objects.order_by("pk")]


def _cluster(one: ClusterBooks) -> Facts:
    now = clock.now()
    compared = one.compared_at is not None
    return {
        "cluster": one.cluster,
        "agent_version": one.agent_version,
        "engine_version": one.engine_version,
        "heard_at": plain(one.heard_at),
        "heard_seconds_ago": _since(one.heard_at, now),
        "answers": one.heard_at is not None and not one.silence,
        "silence": one.silence,
        "has_books": bool(one.partitions) or compared,
        "read_until": plain(one.read_until),
        "lag_seconds": _since(one.read_until, now),
        "compared_at": plain(one.compared_at),
        "compared_accounts": one.compared.get("accounts", 0),
        "difference_gpu_seconds": one.compared.get("gpu_seconds") if compared else None,
        "difference_core_seconds": one.compared.get("core_seconds") if compared else None,
        "differing": one.compared.get("differing", {}),
        "partitions": one.partitions,
    }


def _since(at: Any, now: Any) -> int | None:
    return None if at is None else max(0, int((now - at).total_seconds()))


def alarms(found: list[Facts], queue: list[Facts], open_failures: list[FailedVerb]) -> list[Facts]:
    """Return what somebody should look at now, the worst first: about which cluster, how bad, and a sentence."""
    told = [alarm for one in found for alarm in _of_cluster(one)]
    told += [
        _alarm(
            verb.cluster, "warning",
            en=f"{verb.verb} of {verb.subject or 'everything'} failed {verb.times} times: {verb.error}",
            nl=f"{verb.verb} van {verb.subject or 'alles'} mislukte {verb.times} keer: {verb.error}",
        )
        for verb in open_failures
    ]  # fmt: skip
    late = clock.stamp(clock.now() - SLOW)
    told += [
        _alarm(
            row["engine"], "warning",
            en=f"“{row['verb']}” waits {row['waiting']} times, the oldest since {_when(row['oldest'])}.",
            nl=f"“{row['verb']}” wacht {row['waiting']} keer, het oudste sinds {_when(row['oldest'])}.",
        )
        for row in queue
        if row["verb"] != "watch" and row["oldest"] < late
    ]  # fmt: skip
    return sorted(told, key=lambda alarm: (alarm["level"] != "error", alarm["cluster"]))


def _of_cluster(one: Facts) -> list[Facts]:
    name, found = one["cluster"], []
    if one["heard_seconds_ago"] is not None and one["heard_seconds_ago"] > SILENT.total_seconds():
        ago = one["heard_seconds_ago"]
        found.append(
            _alarm(
                name, "error",
                en=f"The agent was last heard {ago} seconds ago. Jobs run on; nothing new is started or read.",
                nl=f"De agent meldde zich {ago} seconden geleden voor het laatst. Taken lopen door; er start of komt "
                "niets nieuws.",
            )
        )  # fmt: skip
    if one["silence"]:
        found.append(
            _alarm(name, "error", en=f"The cluster does not answer: {one['silence']}",
                   nl=f"Het cluster antwoordt niet: {one['silence']}")
        )  # fmt: skip
    if one["has_books"] and one["lag_seconds"] > LAG.total_seconds():
        found.append(
            _alarm(
                name, "error",
                en=f"The books are read up to {_when(one['read_until'])}, {one['lag_seconds'] // 60} minutes ago.",
                nl=f"De boeken zijn gelezen tot {_when(one['read_until'])}, {one['lag_seconds'] // 60} minuten "
                "geleden.",
            )
        )  # fmt: skip
    if one["differing"]:
        found.append(
            _alarm(
                name, "error",
                en=f"The ledger differs from the cluster's books for {len(one['differing'])} accounts.",
                nl=f"Het grootboek wijkt voor {len(one['differing'])} accounts af van de boeken van het cluster.",
            )
        )  # fmt: skip
    return found


def _when(stamp: str) -> str:
    return f"{stamp[:16].replace('T', ' ')} (UTC)"


def _alarm(cluster: str, level: str, *, en: str, nl: str) -> Facts:
    return {"cluster": cluster, "level": level, "sentence": Text(en=en, nl=nl)}


def drift(viewer: Any) -> Any:
    """Return what the viewer may know of changes past the portal."""
    return visible(Drift, viewer)


def drift_facts(one: Drift) -> Facts:
    """Return one of them as the API shows it: `mended`, or nothing was done since it is not ours."""
    return {
        "id": one.pk, "at": plain(one.created_at), "cluster": one.cluster, "account": one.account,
        "sentence": one.sentence, "mended": one.mended,
    }  # fmt: skip
