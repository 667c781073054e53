"""Writes the log, its checkpoints and the records behind it to a file that anyone can verify."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from django.apps import apps
from django.db import connection
from django.db.models import Max

from aifactory.audit.confidential import hidden_things, public_fields
from aifactory.audit.export_format import Entry, write_export
from aifactory.audit.models import Checkpoint, Event, Salt, Seal
from aifactory.audit.record import Record
from aifactory.kit import clock
from aifactory.kit.disclosure import disclose
from aifactory.ports import registry
from aifactory.ports.keys import Signer

CHUNK = 500


def content(event: Event) -> dict[str, Any]:
    """Return an event as its leaf is computed from it."""
    return {
        "id": event.pk,
        "at": clock.stamp(event.at),
        "name": event.name,
        "actor": event.actor,
        "thing": event.thing,
        "source": event.source,
        "target": event.target,
        "digest": event.digest,
        "data": event.data,
    }


def write(stream: BinaryIO, *, origin: str, whole: bool = False, viewer: Any = None) -> dict[str, int]:
    """Write an export and return how much of what it has.

    The public one shows each record's public fields and only commitments of the others; `whole` shows all
    (for an auditor). What is kept back from the `viewer` (None: the public) is there as leaves alone. All are
    checked by the same checkpoint.
    """
    with _snapshot():
        hidden = frozenset(hidden_things(viewer))
        return write_export(
            stream,
            origin=origin,
            vkey=registry.get(Signer).verifier_key(origin),
            at=clock.stamp(clock.now()),
            entries=_entries(hidden),
            records=_records(hidden, whole=whole),
            checkpoints=Checkpoint.objects.order_by("size").values_list("note", flat=True).iterator(CHUNK),
        )


def _entries(hidden: frozenset[str]) -> Iterator[Entry]:
    for seal in Seal.objects.select_related("event").order_by("position").iterator(CHUNK):
        shown = None if seal.event.thing in hidden else content(seal.event)
        yield Entry(shown, seal.position, seal.leaf, seal.chain)
    for event in Event.objects.filter(seal=None).order_by("pk").iterator(CHUNK):
        if event.thing not in hidden:
            yield Entry(content(event))


def _records(hidden: frozenset[str], *, whole: bool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the present state of every record that an event mentions; one that is gone is simply not there."""
    by_model: dict[str, list[str]] = defaultdict(list)
    things = (
        Event.objects.exclude(digest="")
        .values("thing")
        .annotate(last=Max("id"))
        .values_list("thing", flat=True)
    )
    for thing in things.order_by("thing"):
        if thing in hidden:
            continue
        label, _, pk = thing.partition(":")
        by_model[label].append(pk)
    for label, keys in by_model.items():
        model = apps.get_model(label)
        for start in range(0, len(keys), CHUNK):
            yield from _published(model, keys[start : start + CHUNK], whole=whole)


def _published(model: Any, keys: list[str], *, whole: bool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    found: dict[str, Record] = model._base_manager.in_bulk(keys)  # noqa: SLF001
    names = [record.thing for record in found.values()]
    salts = dict(Salt.objects.filter(thing__in=names).values_list("thing", "value"))
    public = public_fields(model, keys)
    for key in keys:
        record = found.get(key)
        if record is not None and record.thing in salts:
            document = record.document()
            shown = document.keys() if whole else public[key]
            yield record.thing, disclose(document, bytes(salts[record.thing]), shown)


@contextmanager
def _snapshot() -> Iterator[None]:
    """Read one moment of the database without holding up a writer."""
    if connection.in_atomic_block:  # a test's own transaction is snapshot enough
        yield
        return
    begin = (
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        if connection.vendor == "postgresql"
        else "BEGIN DEFERRED"
    )
    with connection.cursor() as cursor:
        cursor.execute(begin)
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
