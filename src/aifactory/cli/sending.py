"""Sending files to a version: small ones at once, large ones in parts that go on where they stopped.

What goes on is found at the factory, by the file's own digest: nothing is kept on this machine, and the same command
on another machine goes on as well.
"""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from time import sleep
from typing import Any

import httpx
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from aifactory.cli.remote import CannotReachFactory, Remote
from aifactory.kit.errors import Refused
from aifactory.kit.sealed import seal

#: What is larger goes in parts, bytes.
AT_ONCE = 8 * 1024 * 1024
TRIES = 6
PAUSE_S = 1.0
Told = Callable[[int], None]


class FileWasNotTakenIn(Refused):
    """The factory checked the whole file and refused it."""


class PartDidNotArrive(Refused):
    """A part could not be sent, however often it was tried."""


def send_files(remote: Remote, dataset: str, files: list[Path], *, version: str, silent: bool) -> str:
    """Send files to a version and return its id; without one: to the draft that they were begun in, or a new one."""
    digests = {file: _digest(file) for file in files}
    target = version or _begun(remote, dataset, digests) or remote.post(f"/datasets/{dataset}/versions")["id"]
    there = {f["path"]: f["digest"] for f in remote.get(f"/dataset-versions/{target}")["files"] or ()}
    with _progress(silent) as shown:
        for file, digest in digests.items():
            if there.get(file.name) == digest:
                continue
            _send(remote, target, file, digest, shown)
    return str(target)


def _begun(remote: Remote, dataset: str, digests: dict[Path, str]) -> str:
    """Return the newest version where it is a draft that holds nothing but some of these files, else nothing."""
    versions = remote.get(f"/datasets/{dataset}")["versions"]
    newest = max(versions, key=lambda v: int(v["number"]), default=None)
    if newest is None or newest["state"] != "draft":
        return ""
    wanted = {(file.name, digest) for file, digest in digests.items()}
    sent = remote.get(f"/dataset-versions/{newest['id']}/sent-files")["items"]
    under_way = [f for f in sent if f["state"] in ("open", "checking")]
    known = {(f["path"], f["digest"]) for f in (*(newest["files"] or ()), *under_way)}
    return str(newest["id"]) if known and known <= wanted else ""


def _send(remote: Remote, version: str, file: Path, digest: str, shown: Progress) -> None:
    size = file.stat().st_size
    bar = shown.add_task(file.name, total=size)
    if size <= AT_ONCE:
        remote.upload(f"/dataset-versions/{version}/files", file)
        shown.update(bar, completed=size)
        return
    announced = {"name": file.name, "size": size, "digest": digest}
    sent = remote.post(f"/dataset-versions/{version}/sent-files", announced)
    if sent["state"] == "open":
        _send_parts(remote, sent, file, lambda more: shown.advance(bar, more))
        sent = remote.post(f"/sent-files/{sent['id']}/finish")
    shown.update(bar, completed=size, description=f"{file.name}: being checked")
    while sent["state"] == "checking":
        sleep(PAUSE_S)
        sent = remote.get(f"/sent-files/{sent['id']}")
    if sent["state"] != "kept":
        raise FileWasNotTakenIn(
            f"{file.name} was not taken in. {sent['reason']}",
            next_step="Look at the file, and send it again.",
        )
    shown.update(bar, description=file.name)


def _send_parts(remote: Remote, sent: dict[str, Any], file: Path, told: Told) -> None:
    """Send what is not there yet. A part that is there counts if its mark is that of our bytes, or no MD5 at all."""
    arrived = {part["number"]: part["tag"] for part in sent["arrived"]}
    with file.open("rb") as source, httpx.Client(timeout=300, trust_env=False) as straight:
        for number in range(1, sent["parts"] + 1):
            plain = source.read(sent["part_size"])
            part = _as_it_rests(plain, number, sent)
            md5 = hashlib.md5(part, usedforsecurity=False).hexdigest()
            tag = arrived.get(number, "")
            if tag != md5 and not (tag and len(tag) != len(md5)):
                _put(remote, straight, sent["id"], number, part)
            told(len(plain))


def _as_it_rests(plain: bytes, number: int, sent: dict[str, Any]) -> bytes:
    """Seal a part here, where the data is restricted: the store never sees it open."""
    if not sent["seal"]:
        return plain
    key, first = (
        base64.b64decode(sent["seal"]["key"]),
        (number - 1) * sent["part_size"] // sent["seal"]["segment"],
    )
    return b"".join(seal([plain], key, first=first, last=number == sent["parts"]))


def _put(remote: Remote, straight: httpx.Client, sent: str, number: int, part: bytes) -> None:
    """Put one part where the factory says, with a fresh address at every try."""
    place, told = f"/sent-files/{sent}/parts/{number}", ""
    for turn in range(TRIES):
        sleep(PAUSE_S * (2**turn - 1))
        try:
            address = remote.post(f"{place}/address")["address"]
            if address is None:
                remote.put_bytes(place, part)
                return
            answer = straight.put(address, content=part)
            if answer.is_success:
                return
            told = f"{answer.status_code} {answer.text[:200]}"
        except (httpx.TransportError, CannotReachFactory) as problem:
            told = str(problem)
    raise PartDidNotArrive(
        f"Part {number} did not arrive: {told}",
        next_step="Give the same command again when the line is better: it goes on where it stopped.",
    )


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return "sha256:" + hashlib.file_digest(content, "sha256").hexdigest()


def _progress(silent: bool) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), disable=silent)
