"""The format of a log's export: what a leaf is, how leaves are chained, and the lines of the file.

One JSON-lines file, `export.jsonl`, alone or in a folder or zip. Each line is canonical JSON (RFC 8785):

    header      format, origin of the log, its verifier key, moment of export
    event       by position: the event, its stored leaf and chain hash; after these, the unsealed ones
    blind       in the place of a sealed event that is not public yet: its leaf and chain hash alone
    checkpoint  a signed note, right after the last event that it covers
    record      a record as `kit.disclosure` publishes it, named as its events name it
    end         how many lines of each kind there were
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from aifactory.kit.canonical import canonical
from aifactory.kit.checkpoint import parse_unverified
from aifactory.kit.merkle import leaf_hash

FORMAT = "aifactory-export/1"
FILE = "export.jsonl"
#: The digest of the event that erased a record: from then on no record stands behind the name.
ERASED = "erased"
#: What the first leaf is chained to.
GENESIS = bytes(32)
EVENT_FIELDS = frozenset({"id", "at", "name", "actor", "thing", "source", "target", "digest", "data"})
#: A sealed event's line as written: chain hash, the event's bytes, leaf hash, position. Verification hashes
#: the bytes as they stand, so a leaf that agrees proves these very bytes.
SEALED_LINE = re.compile(
    rb'\{"chain":"([0-9a-f]{64})","event":(\{.*\}),"leaf":"([0-9a-f]{64})",'
    rb'"position":(0|[1-9][0-9]{0,15}),"type":"event"\}\n'
)
#: The line of an event that is kept back: where it stands and what it hashes to, and nothing of what it says.
BLIND_LINE = re.compile(
    rb'\{"chain":"([0-9a-f]{64})","leaf":"([0-9a-f]{64})","position":(0|[1-9][0-9]{0,15}),"type":"blind"\}\n'
)
_NO_MORE: tuple[float, str] = (float("inf"), "")
_decode = json.JSONDecoder().decode


class Malformed(ValueError):
    """A line is not one of this format."""


@dataclass(frozen=True)
class Entry:
    """An event with its seal as stored (hex); one that is not sealed yet has none, one kept back no content."""

    event: Mapping[str, Any] | None
    position: int | None = None
    leaf: str = ""
    chain: str = ""


def event_content(event: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes of an event. Raises `ValueError` when it has not exactly `EVENT_FIELDS`."""
    if event.keys() != EVENT_FIELDS:
        raise ValueError(f"An event has the fields {', '.join(sorted(EVENT_FIELDS))}, and no others.")
    return canonical(dict(event))


def event_leaf(event: Mapping[str, Any]) -> bytes:
    """Return the RFC 6962 leaf hash of an event (32 bytes)."""
    return leaf_hash(event_content(event))


def chain(previous: bytes, leaf: bytes) -> bytes:
    """Return SHA-256(previous chain hash || leaf hash); the first follows `GENESIS`."""
    return hashlib.sha256(previous + leaf).digest()


def event_line(content: bytes, position: int | None, leaf: str, link: str) -> bytes:
    """Return the line of an event, canonical without encoding its `content` a second time."""
    place = b"null" if position is None else b"%d" % position
    return b'{"chain":"%b","event":%b,"leaf":"%b","position":%b,"type":"event"}\n' % (
        link.encode(),
        content,
        leaf.encode(),
        place,
    )


def blind_line(position: int, leaf: str, link: str) -> bytes:
    """Return the line of an event that is kept back."""
    return b'{"chain":"%b","leaf":"%b","position":%d,"type":"blind"}\n' % (
        link.encode(),
        leaf.encode(),
        position,
    )


def parse(text: bytes) -> dict[str, Any]:
    """Read a line, or the event in it, as a JSON object. Raises `Malformed`."""
    try:
        value = _decode(text.decode())
    except (ValueError, RecursionError) as problem:
        raise Malformed(f"This is not JSON: {problem}.") from problem
    if type(value) is not dict:
        raise Malformed("This is not a JSON object.")
    return value


def line_of(kind: str, **fields: Any) -> bytes:
    """Return any other line."""
    return canonical({"type": kind, **fields}) + b"\n"


def write_export(
    stream: BinaryIO,
    *,
    origin: str,
    vkey: str,
    at: str,
    entries: Iterable[Entry],
    records: Iterable[tuple[str, Mapping[str, Any]]],
    checkpoints: Iterable[str],
) -> dict[str, int]:
    """Write an export and return how many events, records and checkpoints it has.

    `entries`: sealed events by position, then the unsealed ones. `records`: thing and what `disclose` gave,
    for each record that events give a digest, unless erased. `checkpoints`: notes by size. All of it is from
    one snapshot of the database, or a record may be newer than its event. `at`: RFC 3339.
    """
    counts = {"events": 0, "records": 0, "checkpoints": 0}
    stream.write(line_of("header", format=FORMAT, origin=origin, vkey=vkey, at=at))
    for kind, line in _log_lines(entries, checkpoints):
        counts[kind] += 1
        stream.write(line)
    for thing, disclosed in records:
        counts["records"] += 1
        stream.write(line_of("record", thing=thing, **disclosed))
    stream.write(line_of("end", **counts))
    return counts


def _log_lines(entries: Iterable[Entry], checkpoints: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Put each checkpoint right after the last event that it covers; one that covers more goes at the end."""
    upcoming = ((parse_unverified(note).size, note) for note in checkpoints)
    size, note = next(upcoming, _NO_MORE)
    sealed = 0
    for entry in entries:
        while size <= sealed:
            yield "checkpoints", line_of("checkpoint", note=note)
            size, note = next(upcoming, _NO_MORE)
        if entry.event is not None:
            yield "events", event_line(event_content(entry.event), entry.position, entry.leaf, entry.chain)
        elif entry.position is not None:
            yield "events", blind_line(entry.position, entry.leaf, entry.chain)
        sealed = sealed if entry.position is None else entry.position + 1
    while note:
        yield "checkpoints", line_of("checkpoint", note=note)
        size, note = next(upcoming, _NO_MORE)
