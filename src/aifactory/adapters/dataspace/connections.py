"""Connections to other participants, kept open between calls: a new one costs more than most messages."""

import ssl
import time
from collections import deque
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection
from select import POLLIN, poll
from threading import Lock

import httpx

MOST_IDLE, IDLE_S = 16, 30.0


@dataclass(frozen=True)
class Place:
    """Where a call goes: an address that was looked at, and the name that its certificate must bear."""

    address: str
    port: int
    name: str
    secure: bool


class Connection(HTTPConnection):
    """Goes to the address of its place, whatever the name may mean a moment later."""

    def __init__(self, place: Place, seconds: float, trust: ssl.SSLContext | None) -> None:
        super().__init__(place.address, place.port, timeout=seconds)
        self.place, self.trust = place, trust
        self.idle_since = 0.0

    def connect(self) -> None:
        super().connect()
        if self.trust is not None:
            self.sock = self.trust.wrap_socket(self.sock, server_hostname=self.place.name)

    @property
    def fresh(self) -> bool:
        """Whether it can be used again: not too old, and nothing to read, as there is where the other side closed."""
        socket = poll()
        socket.register(self.sock, POLLIN)
        return time.monotonic() - self.idle_since < IDLE_S and not socket.poll(0)


class Connections:
    """Gives a connection to one caller at a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._idle: deque[Connection] = deque()
        self._lock = Lock()

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return httpx.create_ssl_context(trust_env=False)  # the authorities that all our calls trust

    def take(self, place: Place) -> Connection:
        """Return a connection that waits for this place, or a new one that opens when it is used."""
        while (found := self._waiting(place)) is not None:
            if found.fresh:
                return found
            found.close()
        return Connection(place, self._seconds, self._trust if place.secure else None)

    def give_back(self, connection: Connection) -> None:
        """Keep a connection whose answer was read to its end; the one that waited longest makes room."""
        connection.idle_since = time.monotonic()
        with self._lock:
            self._idle.append(connection)
            oldest = self._idle.popleft() if len(self._idle) > MOST_IDLE else None
        if oldest is not None:
            oldest.close()

    def _waiting(self, place: Place) -> Connection | None:
        with self._lock:
            found = next((one for one in reversed(self._idle) if one.place == place), None)
            if found is not None:
                self._idle.remove(found)
        return found
