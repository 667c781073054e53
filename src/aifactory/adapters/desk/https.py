"""The desk over HTTPS, for an agent beside a cluster that reaches nothing of the portal but this.

It only calls, and is never called. Its token names one cluster and opens these verbs alone; the portal decides by
the token whose orders these are, whatever name the agent gives itself.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote, urlsplit

import httpx

from aifactory.ports import wire
from aifactory.ports.cluster import Allocation, Change, Heard, JobRecord
from aifactory.ports.desk import Order, Report
from aifactory.ports.object_store import NoSuchObject, StoredObject, TooLarge

SECONDS = 60.0
#: what is sent is gathered first, in memory up to so many bytes: nothing half told leaves this machine
SPOOL = 4_000_000
CHUNK = 1 << 20
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class PortalIsSilent(RuntimeError):
    """The portal did not answer, or not as it should. All verbs may be repeated: the next turn does."""


def connection(portal: str, token: str, *, seconds: float = SECONDS) -> httpx.Client:
    """Return a client of the portal at `portal`. Raises `ValueError` for an address that would show the token."""
    url = urlsplit(portal)
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _LOOPBACK):
        raise ValueError(f"{portal} is not https: the token would be read on the way.")
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "aifactory-agent"}
    base = f"{portal.rstrip('/')}/api/v1/agent/"
    return httpx.Client(base_url=base, headers=headers, timeout=seconds, follow_redirects=False)


class HttpsDesk:
    """Implements `ports.desk.Desk` and `ports.cluster.ClusterDesk`."""

    def __init__(self, portal: httpx.Client) -> None:
        self._portal = portal

    def orders(self, engine: str) -> list[Order]:  # noqa: ARG002 - the token says whose
        """Return what should be on this engine now."""
        return wire.orders_read(self._ask("GET", "orders"))

    def report(self, engine: str, reports: list[Report]) -> None:  # noqa: ARG002
        """Tell what is true of attempts, and what could not be done."""
        self._ask("POST", "reports", wire.REPORTS.dump_json(reports))

    def grant_keys(self) -> dict[str, str]:
        """Return the public keys that grants are checked with, base64 by key id."""
        return dict(self._ask("GET", "grant-keys"))

    def allocations(self, cluster: str) -> list[Allocation]:  # noqa: ARG002
        """Return what every project should have here now."""
        return wire.ALLOCATIONS.validate_python(self._ask("GET", "allocations"))

    def compared(self, cluster: str, changes: list[Change], refused: list[Change]) -> None:  # noqa: ARG002
        """Tell what differed, and what the cluster would not have."""
        told = {"changes": changes, "refused": refused}
        plain = {name: wire.CHANGES.dump_python(rows, mode="json") for name, rows in told.items()}
        self._ask("POST", "compared", json.dumps(plain).encode())

    def keys(self, cluster: str) -> dict[str, tuple[str, ...]]:  # noqa: ARG002
        """Return who may get in now, and by which keys."""
        return wire.KEYS.validate_python(self._ask("GET", "keys"))

    def queued(self, cluster: str, records: Iterable[JobRecord]) -> None:  # noqa: ARG002
        """Tell what waits and runs."""
        self._send("queue", records)

    def read_until(self, cluster: str) -> datetime:  # noqa: ARG002
        """Return up to which moment the books are in the ledger."""
        return datetime.fromisoformat(self._ask("GET", "read-until")["moment"])

    def take(self, cluster: str, records: Iterable[JobRecord], *, until: datetime) -> int:  # noqa: ARG002
        """Bring the ledger up to date; return how many entries that made."""
        return int(self._send("ledger", records, until=until)["entries"])

    def compare(
        self, cluster: str, records: Iterable[JobRecord], *, since: datetime, until: datetime  # noqa: ARG002
    ) -> dict[str, object]:  # fmt: skip
        """Have the ledger compared with books read anew."""
        return dict(self._send("comparison", records, since=since, until=until))

    def resting(self, cluster: str) -> frozenset[str]:  # noqa: ARG002
        """Return the keys of what failed and rests."""
        return frozenset(self._ask("GET", "resting"))

    def failed(self, cluster: str, verb: str, error: str) -> None:  # noqa: ARG002
        """Tell that a whole step could not be done."""
        self._ask("POST", "failed", json.dumps({"verb": verb, "error": error[:500]}).encode())

    def worked(self, cluster: str, verb: str) -> None:  # noqa: ARG002
        """Tell that a step was done."""
        self._ask("POST", "worked", json.dumps({"verb": verb}).encode())

    def heard(self, cluster: str, told: Heard) -> None:  # noqa: ARG002
        """Tell how the agent and its cluster do."""
        self._ask("POST", "heard", wire.HEARD.dump_json(told))

    def _send(self, path: str, records: Iterable[JobRecord], **moments: datetime) -> Any:
        """Send many records; what breaks off while it is read is never sent."""
        params = {name: moment.isoformat() for name, moment in moments.items()}
        with gathered(wire.lines(records)) as (file, size):
            return self._ask("POST", path, pieces(file), size=size, kind="application/jsonl", params=params)

    def _ask(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None = None, *, size: int | None = None,
        kind: str = "application/json", params: dict[str, str] | None = None,
    ) -> Any:  # fmt: skip
        headers = {"Content-Type": kind} | ({"Content-Length": str(size)} if size is not None else {})
        try:
            answer = self._portal.request(method, path, content=body, headers=headers, params=params)
            if not answer.is_success:
                raise PortalIsSilent(
                    f"The portal answered {method} {path} with {answer.status_code}: {said(answer)}"
                )
            return answer.json() if answer.content else None
        except (httpx.HTTPError, ValueError) as problem:
            raise PortalIsSilent(f"The portal did not answer {method} {path}: {problem!r}") from problem


class HttpsShelf:
    """Inputs of this cluster's own attempts to fetch, and a place for their results: no other object can be reached."""

    def __init__(self, portal: httpx.Client) -> None:
        self._portal = portal

    def fetch(self, key: str, to: Path) -> StoredObject:
        """Copy an object to a file and return what was truly copied. Raises `NoSuchObject`, `PortalIsSilent`."""
        sha, size = hashlib.sha256(), 0
        try:
            with self._portal.stream("GET", f"objects/{quote(key)}") as answer, to.open("wb") as file:
                if answer.status_code == httpx.codes.NOT_FOUND:
                    raise NoSuchObject(f"Nothing lies under {key!r} that this cluster may have.")
                if not answer.is_success:
                    raise PortalIsSilent(f"The portal answered {answer.status_code} to a fetch.")
                for chunk in answer.iter_bytes(CHUNK):
                    sha.update(chunk)
                    size += file.write(chunk)
        except httpx.HTTPError as problem:
            raise PortalIsSilent(f"The portal broke off while a file was fetched: {problem!r}") from problem
        return StoredObject(key, size, f"sha256:{sha.hexdigest()}")

    def put(self, key: str, chunks: Iterable[bytes], *, limit: int) -> StoredObject:
        """Bring a result. Raises `TooLarge`, `PortalIsSilent`."""
        with gathered(chunks) as (file, size):
            if size > limit:
                raise TooLarge(f"{key!r} is more than the limit of {limit} bytes.")
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
            try:
                answer = self._portal.put(f"objects/{quote(key)}", content=pieces(file), headers=headers)
            except httpx.HTTPError as problem:
                raise PortalIsSilent(
                    f"The portal broke off while a result was brought: {problem!r}"
                ) from problem
        if not answer.is_success:
            raise PortalIsSilent(f"The portal would not have the result {key}: {said(answer)}")
        return StoredObject(**answer.json())


@contextmanager
def gathered(chunks: Iterable[bytes]) -> Iterator[tuple[IO[bytes], int]]:
    """Gather all of something before it is sent, on disk where it is large; give it with its size in bytes."""
    with SpooledTemporaryFile(max_size=SPOOL) as file:
        size = sum(file.write(chunk) for chunk in chunks)
        file.seek(0)
        yield file, size


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Read a file in pieces of 1 MB."""
    while chunk := file.read(CHUNK):
        yield chunk


def said(answer: httpx.Response) -> str:
    """Return what a problem document says, or the beginning of whatever it is."""
    try:
        told = answer.json()
        return " ".join([told["detail"], *(error["detail"] for error in told.get("errors", []))])[:300]
    except (ValueError, KeyError, TypeError):
        return answer.text[:300]
