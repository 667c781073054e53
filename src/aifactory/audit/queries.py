"""Reads of the log that all faces share."""

from aifactory.audit.models import Checkpoint, Event, Unsealed


def latest_checkpoint() -> Checkpoint | None:
    """Return the newest signed checkpoint, or None before the first seal."""
    return Checkpoint.objects.order_by("-size").first()


def history(thing: str) -> list[Event]:
    """Return every event of one record, oldest first."""
    return list(Event.objects.filter(thing=thing).order_by("pk"))


def tail() -> int:
    """Return how many events are not sealed yet."""
    return Unsealed.objects.count()
