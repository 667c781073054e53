"""Notebooks: who stands at their door, and the proxy that carries their pages to a browser.

A notebook runs and shows whatever its person makes it run and show, so to a browser it is a foreign site: each has a
host of its own below the factory's address for notebooks.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

#: what a notebook keeps in the folder that it sees as /tmp: where it listens, and the word that opens it (JSON, 0600)
SOCKET, WORD = "notebook.sock", "notebook.json"
#: the path at which a ticket is handed in
ENTER = "/.aifactory/enter"
PATTERN = re.compile(r"(https?)://\*(\.[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?)")


@dataclass(frozen=True)
class Visit:
    """Somebody who may be in a notebook now.

    `folder` is where it listens; without `copies` the terms of its data allow nobody to take them out.
    """

    id: str
    folder: Path
    copies: bool


class Door(Protocol):
    """Says who may come in. Both raise `Refused` for who may not; `name` is the first part of the host's name."""

    def enter(self, ticket: str, name: str) -> str:
        """Take a ticket, once, and return the secret of the session that begins."""
        ...

    def visit(self, secret: str, name: str) -> Visit:
        """Return whose session this is, as long as all of it still holds."""
        ...


class NotebookProxy(Protocol):
    """Carries pages and sockets between browsers and notebooks on this machine."""

    def run(self, door: Door, *, host: str, port: int) -> None:
        """Serve until told to stop."""
        ...


def host_name(attempt: str) -> str:
    """Return the first part of a notebook's host name: job_01JD-1 → job-01jd-1."""
    return attempt.lower().replace("_", "-")


def address(pattern: str, attempt: str, path: str = "/") -> str:
    """Return where a notebook is, below `pattern` (https://*.notebooks.example)."""
    return pattern.replace("*", host_name(attempt), 1) + path
