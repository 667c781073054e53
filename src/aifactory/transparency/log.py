"""The public log, one event at a time: what it says, where it stands, and the proof that it is in the tree.

What is not public yet (an application before its decision, and all that belongs to it) is a blinded leaf: its
place and its hash, and nothing of what it says.
"""

from typing import Any

from aifactory.audit.confidential import hidden_among
from aifactory.audit.export import content
from aifactory.audit.models import Checkpoint, Event, Seal, Unsealed
from aifactory.audit.queries import latest_checkpoint, tail
from aifactory.kit import clock
from aifactory.kit.checkpoint import parse_unverified
from aifactory.kit.merkle import inclusion_proof, verify_inclusion
from aifactory.ports.keys import Signer
from aifactory.ports.registry import get

#: A proof reads every leaf below the checkpoint: beyond so many the export is the way to check an event.
MOST_LEAVES = 50_000


def standing(origin: str) -> dict[str, Any]:
    """Return where the log stands: newest checkpoint, key, and the tail that no checkpoint covers yet."""
    newest = latest_checkpoint()
    oldest = Unsealed.objects.order_by("event_id").values_list("event__at", flat=True).first()
    return {
        "origin": origin,
        "key": get(Signer).verifier_key(origin),
        "size": newest.size if newest else 0,
        "checkpoint": newest.note if newest else None,
        "checkpoint_at": clock.stamp(newest.at) if newest else None,
        "unsealed": tail(),
        "oldest_unsealed_seconds": (clock.now() - oldest).total_seconds() if oldest else 0.0,
    }


def history(thing: str, limit: int = 200) -> list[dict[str, Any]]:
    """Return the events of one record (`room.model:id`), oldest first, each with its position in the log.

    A record that is not public yet has none, as one that is not there.
    """
    if hidden_among([thing], None):
        return []
    rows = Event.objects.filter(thing=thing).select_related("seal").order_by("pk")[:limit]
    return [_event(event) for event in rows]


def newest(limit: int = 25) -> list[dict[str, Any]]:
    """Return the newest sealed events, those that are not public yet as blinded leaves."""
    seals = list(Seal.objects.select_related("event").order_by("-position")[:limit])
    hidden = hidden_among([seal.event.thing for seal in seals], None)
    return [
        _blinded(seal.event, seal) if seal.event.thing in hidden else _event(seal.event) for seal in seals
    ]


def event(event_id: int) -> dict[str, Any] | None:
    """Return one event with its leaf and, in a log that is not too long, the proof of inclusion."""
    found = Event.objects.filter(pk=event_id).select_related("seal").first()
    if found is None:
        return None
    if hidden_among([found.thing], None):
        # Before it is sealed there is no leaf to show: then it is not there for the public.
        seal: Seal | None = getattr(found, "seal", None)
        return _blinded(found, seal) | {"proof": _proof(found)} if seal else None
    return _event(found) | {"proof": _proof(found)}


def _blinded(found: Event, seal: Seal) -> dict[str, Any]:
    """Return an event as a blinded leaf: every field is there, and what it says is not."""
    empty: dict[str, Any] = dict.fromkeys(("at", "name", "actor", "thing", "source", "target", "digest"), "")
    return (
        {"id": found.pk} | empty | {"data": {}, "position": seal.position, "leaf": seal.leaf, "blind": True}
    )


def _event(found: Event) -> dict[str, Any]:
    seal: Seal | None = getattr(found, "seal", None)
    return content(found) | {
        "position": seal.position if seal else None,
        "leaf": seal.leaf if seal else None,
        "blind": False,
    }


def _proof(found: Event) -> dict[str, Any] | None:
    """Return an RFC 6962 audit path (hex, leaf side first) up to the newest checkpoint, and whether it holds."""
    seal: Seal | None = getattr(found, "seal", None)
    newest_one: Checkpoint | None = latest_checkpoint()
    if (
        seal is None
        or newest_one is None
        or newest_one.size > MOST_LEAVES
        or seal.position >= newest_one.size
    ):
        return None
    rows = Seal.objects.filter(position__lt=newest_one.size).order_by("position")
    leaves = [bytes.fromhex(leaf) for leaf in rows.values_list("leaf", flat=True)]
    path = inclusion_proof(leaves, seal.position)
    root = parse_unverified(newest_one.note).root
    return {
        "size": newest_one.size,
        "root": root.hex(),
        "path": [node.hex() for node in path],
        "holds": verify_inclusion(bytes.fromhex(seal.leaf), seal.position, newest_one.size, path, root),
    }
