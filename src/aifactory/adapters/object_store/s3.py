"""Objects in a bucket of any store that speaks S3 (AWS, Ceph, MinIO, …), written for what the platform needs of it.

Immutability rests on conditional writes (`If-None-Match: *`): the store must know them for two writers at once; of one
after the other the second is refused by any store. The bucket's rules should not expire objects by themselves.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from time import sleep
from urllib.parse import quote
from xml.etree import ElementTree as ET

import httpx

from aifactory.adapters.object_store.keys import plain_key
from aifactory.adapters.object_store.signing import (
    EMPTY,
    UNSIGNED,
    Credentials,
    signed_address,
    signed_headers,
)
from aifactory.adapters.object_store.writing import digest_of, write
from aifactory.kit import clock
from aifactory.ports.object_store import (
    MOST_PARTS,
    AlreadyThere,
    NoSuchObject,
    NoSuchSending,
    PartDoesNotFit,
    StoredObject,
    StoredPart,
    Unfinished,
)

CHUNK = 1 << 20
#: What is larger goes in parts of this size: a part that breaks off is sent again alone.
PART = 64 * 1024 * 1024
TRIES = 4
_GONE, _EXISTS = (404,), (409, 412)
_ONCE = {"if-none-match": "*"}


class StoreIsSilent(RuntimeError):
    """The store did not answer, or not as it should. Everything may be tried again."""


class S3Store:
    """An `ObjectStore` in a bucket (path-style addresses).

    `outside` is the address under which senders reach the same store, where that is another than ours.
    """

    def __init__(
        self, endpoint: str, bucket: str, who: Credentials, *, outside: str = "", part: int = PART
    ) -> None:
        self.base = f"{endpoint.rstrip('/')}/{bucket}"
        self.outside = f"{(outside or endpoint).rstrip('/')}/{bucket}"
        self.who, self.part = who, part
        # What is stored is given back as it is: a store that packs answers would change the bytes.
        plain = {"accept-encoding": "identity"}
        self.client = httpx.Client(timeout=60, trust_env=False, follow_redirects=False, headers=plain)

    def put(self, key: str, chunks: Iterable[bytes], *, limit: int) -> StoredObject:
        """Gather on this machine first, so that a source that breaks leaves nothing; then send."""
        plain_key(key)
        with tempfile.TemporaryDirectory(prefix="put-") as folder:
            draft = Path(folder, "draft")
            stored = write(key, chunks, draft, limit)
            try:
                self._send(key, draft, stored)
            except AlreadyThere:
                if self.stat(key) != stored:
                    raise
        return stored

    def _send(self, key: str, draft: Path, stored: StoredObject) -> None:
        if self._is_there(key):
            raise _already(key)
        if stored.size <= self.part:
            payload = stored.digest.removeprefix("sha256:")
            answer = self._ask("PUT", key, body=lambda: _slice(draft, 0, stored.size), size=stored.size,
                               payload=payload, headers=_ONCE, fine=_EXISTS)  # fmt: skip
            if answer.status_code in _EXISTS:
                raise _already(key)
            return
        sending = self.begin(key)
        try:
            for number, start in enumerate(range(0, stored.size, self.part), 1):
                size = min(self.part, stored.size - start)
                self._put_part(key, sending, number, draft=draft, start=start, size=size)
            self.finish(key, sending)
        except BaseException:
            self.abandon(key, sending)
            raise

    def open(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Read as it comes; a missing object is noticed here, not at the first chunk."""
        if stop is not None and stop <= start:
            return iter(())
        headers = {"range": f"bytes={start}-{'' if stop is None else stop - 1}"} if start or stop else {}
        answer = self._answer("GET", plain_key(key), headers=headers, fine=_GONE)
        if answer.status_code == 404:
            answer.close()
            raise _absent(key)
        return _chunks(answer)

    def stat(self, key: str) -> StoredObject:
        """Hash the bytes that the store gives now."""
        return digest_of(key, self.open(key))

    def fetch(self, key: str, to: Path) -> StoredObject:
        """Copy to a file by way of a draft beside it."""
        source = self.open(key)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=to.parent) as folder:
            copied = write(key, source, Path(folder, "draft"), limit=None)
            Path(folder, "draft").replace(to)
        return copied

    def delete(self, key: str) -> None:
        """Remove the object; absent is fine."""
        self._ask("DELETE", plain_key(key), fine=_GONE)

    def begin(self, key: str) -> str:
        """CreateMultipartUpload."""
        answer = self._ask("POST", plain_key(key), "uploads=")
        return _text(ET.fromstring(answer.content), "UploadId")  # noqa: S314 - our own store

    def part_address(self, key: str, sending: str, number: int, *, seconds: int) -> str | None:
        """Sign the address of one part; it opens nothing else."""
        url = f"{self.outside}/{_path(key)}?{_part_query(sending, number)}"
        return signed_address("PUT", url, who=self.who, at=clock.now(), seconds=seconds)

    def put_part(
        self, key: str, sending: str, number: int, chunks: Iterable[bytes], *, size: int
    ) -> StoredPart:
        """Gather a part and send it: for who can't reach the store."""
        with tempfile.TemporaryDirectory(prefix="part-") as folder:
            draft = Path(folder, "part")
            seen = 0
            with draft.open("wb") as file:
                for chunk in chunks:
                    seen += file.write(chunk)
                    if seen > size:
                        break
            if seen != size or not 1 <= number <= MOST_PARTS:
                raise PartDoesNotFit(f"Part {number} must be {size} bytes long.")
            return self._put_part(key, sending, number, draft=draft, start=0, size=size)

    def _put_part(
        self, key: str, sending: str, number: int, *, draft: Path, start: int, size: int
    ) -> StoredPart:
        answer = self._ask(
            "PUT", key, _part_query(sending, number), body=lambda: _slice(draft, start, size), size=size,
            payload=UNSIGNED, fine=_GONE,
        )  # fmt: skip
        if answer.status_code == 404:
            raise _no_sending(key)
        return StoredPart(number, size, answer.headers["etag"].strip('"'))

    def parts(self, key: str, sending: str) -> list[StoredPart]:
        """ListParts, all of its pages."""
        found: list[StoredPart] = []
        after = "0"
        while True:
            query = f"uploadId={_quoted(sending)}&part-number-marker={after}"
            answer = self._ask("GET", plain_key(key), query, fine=_GONE)
            if answer.status_code == 404:
                raise _no_sending(key)
            page = ET.fromstring(answer.content)  # noqa: S314
            for part in page.findall("{*}Part"):
                tag = _text(part, "ETag").strip('"')
                found.append(StoredPart(int(_text(part, "PartNumber")), int(_text(part, "Size")), tag))
            if _text(page, "IsTruncated") != "true":
                return found
            after = _text(page, "NextPartNumberMarker")

    def finish(self, key: str, sending: str) -> None:
        """CompleteMultipartUpload; a store may say 200 and then that it failed, so the answer is read."""
        try:
            parts = self.parts(key, sending)
        except NoSuchSending:
            if self._is_there(key):
                return
            raise
        if [part.number for part in parts] != list(range(1, len(parts) + 1)) or not parts:
            raise PartDoesNotFit(f"Parts of {key!r} are missing.")
        if self._is_there(key):
            raise _already(key)
        lines = (f'<Part><PartNumber>{p.number}</PartNumber><ETag>"{p.tag}"</ETag></Part>' for p in parts)
        body = f"<CompleteMultipartUpload>{''.join(lines)}</CompleteMultipartUpload>".encode()
        answer = self._ask(
            "POST", key, f"uploadId={_quoted(sending)}", body=lambda: iter([body]), size=len(body),
            payload=hashlib.sha256(body).hexdigest(), headers=_ONCE, fine=(400, *_GONE, *_EXISTS),
        )  # fmt: skip
        if answer.status_code in _EXISTS:
            raise _already(key)
        if answer.status_code == 400:
            raise PartDoesNotFit(f"The store does not take the parts of {key!r}: {answer.text[:200]}")
        if (answer.status_code in _GONE or b"<Error>" in answer.content) and not self._is_there(key):
            raise StoreIsSilent(f"The store did not put {key!r} together: {answer.text[:200]}")

    def abandon(self, key: str, sending: str) -> None:
        """AbortMultipartUpload; absent is fine."""
        self._ask("DELETE", plain_key(key), f"uploadId={_quoted(sending)}", fine=_GONE)

    def unfinished(self) -> list[Unfinished]:
        """ListMultipartUploads, all of its pages."""
        found: list[Unfinished] = []
        query = "uploads="
        while True:
            page = ET.fromstring(self._ask("GET", "", query).content)  # noqa: S314
            for one in page.findall("{*}Upload"):
                begun = datetime.fromisoformat(_text(one, "Initiated"))
                found.append(Unfinished(_text(one, "Key"), _text(one, "UploadId"), begun))
            if _text(page, "IsTruncated") != "true":
                return sorted(found, key=lambda one: (one.begun_at, one.sending))
            key, sending = _text(page, "NextKeyMarker"), _text(page, "NextUploadIdMarker")
            query = f"uploads=&key-marker={_quoted(key)}&upload-id-marker={_quoted(sending)}"

    def _is_there(self, key: str) -> bool:
        return self._ask("HEAD", key, fine=_GONE).status_code != 404

    def _ask(
        self, method: str, key: str, query: str = "", *, body: Callable[[], Iterator[bytes]] | None = None,
        size: int = 0, payload: str = EMPTY, headers: dict[str, str] | None = None, fine: tuple[int, ...] = (),
    ) -> httpx.Response:  # fmt: skip
        """Ask and read the whole answer."""
        answer = self._answer(
            method, key, query, body=body, size=size, payload=payload, headers=headers, fine=fine
        )
        with closing(answer):
            answer.read()
        return answer

    def _answer(
        self, method: str, key: str, query: str = "", *, body: Callable[[], Iterator[bytes]] | None = None,
        size: int = 0, payload: str = EMPTY, headers: dict[str, str] | None = None, fine: tuple[int, ...] = (),
    ) -> httpx.Response:  # fmt: skip
        """Send a signed request, again where the store stumbles; statuses in `fine` are the caller's to read.

        Raises `StoreIsSilent`. Every request here may be repeated.
        """
        url = f"{self.base}/{_path(key)}" if key else self.base
        url += f"?{query}" if query else ""
        told = ""
        for turn in range(TRIES):
            sleep(0.25 * (2**turn - 1))
            sent = (headers or {}) | ({"content-length": str(size)} if body else {})
            signed = signed_headers(method, url, sent, payload, who=self.who, at=clock.now())
            request = self.client.build_request(method, url, headers=signed, content=body() if body else None)
            try:
                answer = self.client.send(request, stream=True)
                if answer.is_success or answer.status_code in fine:
                    return answer
                told = f"{answer.status_code} {answer.read()[:300].decode(errors='replace')}"
                answer.close()
            except httpx.TransportError as problem:
                told = repr(problem)
                continue
            if answer.status_code < 500 and answer.status_code != 429:
                break
        raise StoreIsSilent(f"The store did not answer {method} {key!r}: {told}")


def _chunks(answer: httpx.Response) -> Iterator[bytes]:
    with closing(answer):
        yield from answer.iter_raw(CHUNK)


def _slice(path: Path, start: int, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while size > 0 and (chunk := file.read(min(CHUNK, size))):
            size -= len(chunk)
            yield chunk


def _path(key: str) -> str:
    return quote(key, safe="/-_.~")


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def _part_query(sending: str, number: int) -> str:
    return f"partNumber={number}&uploadId={_quoted(sending)}"


def _text(node: ET.Element, name: str) -> str:
    found = node.find(f"{{*}}{name}")
    return (found.text or "") if found is not None else ""


def _absent(key: str) -> NoSuchObject:
    return NoSuchObject(f"Nothing lies under {key!r}.")


def _already(key: str) -> AlreadyThere:
    return AlreadyThere(f"The key {key!r} holds other bytes, and objects are never overwritten.")


def _no_sending(key: str) -> NoSuchSending:
    return NoSuchSending(f"Nothing is being sent to {key!r} under this name.")
