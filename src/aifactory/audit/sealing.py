"""The sealer: chains committed events, in order, within seconds. Writers never wait for it.

A writer leaves a row in the queue (`Unsealed`); one sealer at a time takes a batch, appends its seals and a
signed checkpoint, and empties the queue, all in one short transaction.
"""

from django.db import connection, transaction

from aifactory.audit.export import content
from aifactory.audit.export_format import GENESIS, chain, event_leaf
from aifactory.audit.models import Checkpoint, Event, Seal, Unsealed
from aifactory.kit import checkpoint as notes
from aifactory.kit import clock
from aifactory.kit.merkle import Frontier
from aifactory.ports import registry
from aifactory.ports.keys import Signer

BATCH = 500
_LOCK = 0x5EA1  # any number, the same for every sealer of a database


def seal(origin: str, *, batch: int = BATCH) -> int:
    """Seal up to `batch` waiting events and return how many; 0 when nothing waits or another sealer is at work."""
    with transaction.atomic():
        if connection.vendor == "postgresql" and not _locked():
            return 0
        waiting = list(Unsealed.objects.order_by("event_id").values_list("event_id", flat=True)[:batch])
        if not waiting:
            return 0
        last = Checkpoint.objects.order_by("-size").first()
        frontier = Frontier.from_json(last.frontier) if last else Frontier()
        link = bytes.fromhex(last.chain) if last else GENESIS
        seals = []
        for event in Event.objects.filter(pk__in=waiting).order_by("pk"):
            leaf = event_leaf(content(event))
            link = chain(link, leaf)
            seals.append(Seal(position=frontier.size, event=event, leaf=leaf.hex(), chain=link.hex()))
            frontier.append(leaf)
        Seal.objects.bulk_create(seals)
        Unsealed.objects.filter(pk__in=waiting).delete()
        note = registry.get(Signer).sign_checkpoint(notes.Checkpoint(origin, frontier.size, frontier.root()))
        Checkpoint.objects.create(
            size=frontier.size, at=clock.now(), note=note, frontier=frontier.to_json(), chain=link.hex()
        )
    return len(seals)


def seal_all(origin: str) -> int:
    """Seal until nothing waits; returns how many events were sealed."""
    total = 0
    while done := seal(origin):
        total += done
    return total


def _locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])
