"""What the dataspace needs from outside: who speaks in a message, and a way to call another participant."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Credentials:
    """How one participant proves who it is: who issues its tokens, and the keys (JWK) that sign them.

    `keys_address` is where the issuer publishes its keys (a JWK Set), if they are to be found there.
    """

    participant: str
    issuer: str
    keys: tuple[Mapping[str, Any], ...]
    keys_address: str = ""


class NotIdentified(Exception):
    """The message does not prove who sent it; the sentence says why, for our log and not for the sender."""


class Identity(Protocol):
    """Proves who we are to others, and finds out who they are."""

    @property
    def participant(self) -> str:
        """The identifier under which others know us."""
        ...

    def present(self, audience: str) -> dict[str, str]:
        """Return the headers that prove to `audience` (a participant's identifier) who we are."""
        ...

    def identify(self, authorization: str, known: Callable[[str], Credentials | None]) -> str:
        """Return the identifier of who sent this Authorization header. Raises `NotIdentified`.

        `known` gives the credentials of a participant that is on our list, or nothing.
        """
        ...


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the body where it was a JSON object, and where the next page is (RFC 8288)."""

    status: int
    body: Mapping[str, Any]
    next: str = ""


class Unreachable(OSError):
    """Nobody answered properly; trying again later may help."""


class AddressRefused(ValueError):
    """We don't call such an address: not https, not a public network, or not to be resolved."""


class Caller(Protocol):
    """Calls other participants over HTTP: bounded in time and size, never redirected, never into our own network."""

    def call(
        self, method: str, address: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Answer:
        """Send one message. Raises `Unreachable`, `AddressRefused`."""
        ...

    def stream(
        self, address: str, headers: Mapping[str, str]
    ) -> AbstractContextManager[tuple[int, Iterator[bytes]]]:
        """Open a download: its status, and the bytes as they come. Raises `Unreachable`, `AddressRefused`."""
        ...
