"""Sending a message to a person."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Message:
    """One plain-text mail."""

    to: str
    subject: str
    body: str


class Mailer(Protocol):
    """Hands a message over; raises `OSError` when it can't, so that the sender may try again."""

    def send(self, message: Message) -> None: ...
