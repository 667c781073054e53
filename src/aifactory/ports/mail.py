"""Sending a message to a person."""

from dataclasses import dataclass
from typing import Protocol


class Undeliverable(OSError):
    """The server refuses this message for good: nobody has that address, say. Trying again is of no use."""


class NotTakenNow(OSError):
    """The server does not take this one message now, others it may."""


@dataclass(frozen=True)
class Message:
    """One plain-text mail."""

    to: str
    subject: str
    body: str


class Mailer(Protocol):
    """Hands a message over; raises `OSError` when it can't, so that the sender may try again.

    `Undeliverable` and `NotTakenNow` are about the one message; any other `OSError` is about the server.
    """

    def send(self, message: Message) -> None: ...
