"""The one clock of the house: aware UTC, freezable in tests and replays.

Durations are measured with `time.monotonic`, never with this clock: a wall clock may jump.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen: ContextVar[datetime | None] = ContextVar("frozen_at", default=None)


def now() -> datetime:
    """Return the present moment as an aware UTC datetime."""
    return _frozen.get() or datetime.now(UTC)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold `now()` at `at` (aware) inside the block; used by tests and by replays of the past."""
    if at.tzinfo is None:
        raise ValueError("A moment needs its time zone.")
    token = _frozen.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


def stamp(at: datetime) -> str:
    """Write a moment the way every export does: RFC 3339, UTC, microseconds, `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
