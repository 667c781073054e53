"""Where a room gets its adapter from; `config` fills it once at start-up."""

from typing import Any, TypeVar

P = TypeVar("P")
_provided: dict[type, Any] = {}


def provide(port: type[P], adapter: P) -> None:
    """Name the adapter that stands behind `port`."""
    _provided[port] = adapter


def get(port: type[P]) -> P:
    """Return the adapter behind `port`. Raises `LookupError` where none was configured."""
    try:
        adapter: P = _provided[port]
    except KeyError:
        raise LookupError(f"No adapter is configured for {port.__name__}.") from None
    return adapter
