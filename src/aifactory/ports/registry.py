"""Where a room gets its adapter from; `config` fills it once at start-up."""

from collections.abc import Callable
from typing import Any, TypeVar

P = TypeVar("P")
_provided: dict[type, Any] = {}
_makers: dict[type, Callable[[], Any]] = {}


def provide(port: type[P], adapter: P) -> None:
    """Name the adapter that stands behind `port`."""
    _provided[port] = adapter


def provide_later(port: type[P], make: Callable[[], P]) -> None:
    """Name how the adapter behind `port` is made, when somebody first asks: for one that touches the machine."""
    _provided.pop(port, None)
    _makers[port] = make


def get(port: type[P]) -> P:
    """Return the adapter behind `port`. Raises `LookupError` where none was configured."""
    if port not in _provided:
        if port not in _makers:
            raise LookupError(f"No adapter is configured for {port.__name__}.")
        _provided[port] = _makers[port]()
    adapter: P = _provided[port]
    return adapter
