"""Uploads that are too large, that lie, or that unfold into more than they seem: refused, and nothing kept."""

import io
import socket
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from aifactory.datasets.models import DatasetFile, DatasetVersion
from aifactory.people.actions import issue_token
from aifactory.people.models import User
from tests.datasets import factories as data
from tests.faults.conftest import Processes, until

TWO_GIGABYTES = 2_000_000_000
BOUNDARY = "----here"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\n'
    "Content-Type: text/csv\r\n\r\n"
).encode()


@pytest.fixture
def draft(db: None, store: object) -> DatasetVersion:
    steward = data.steward()
    return data.actions.new_version(data.dataset(by=steward), by=steward)


def endless() -> Iterator[bytes]:
    """Give the pieces of a file of two gigabytes, without ever holding it."""
    piece = b"1.5,2,0\n" * 8192
    for _ in range(TWO_GIGABYTES // len(piece)):
        yield piece


def post(
    address: tuple[str, int], path: str, headers: list[str], pieces: Iterator[bytes]
) -> tuple[bytes, int]:
    """Send a request by hand; return the answer and how many bytes were taken before it came."""
    with socket.create_connection(address, timeout=30) as line:
        head = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
        line.sendall("\r\n".join(head).encode() + HEAD)
        sent = 0
        try:
            for piece in pieces:
                line.sendall(piece)
                sent += len(piece)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            pass
        answer = b""
        try:
            while more := line.recv(65536):
                answer += more
        except (ConnectionResetError, TimeoutError):
            pass
        return answer, sent


def stored(folder: Path) -> int:
    """Return how many bytes lie in the object store."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def server(transactional_db: None, processes: Processes) -> tuple[str, int]:
    """Start the server that production has, on this test's database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()
    command = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", address[0],
               "--port", str(address[1]), "--log-level", "warning", "aifactory.config.wsgi:application"]  # fmt: skip
    processes.run("server", command)
    until(lambda: answers(address), seconds=60)
    return address


def answers(address: tuple[str, int]) -> bool:
    with socket.socket() as line:
        return line.connect_ex(address) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("announced", [TWO_GIGABYTES, 2**62], ids=["2 GB", "2^62 bytes"])
def test_two_gigabytes_are_refused_before_they_arrive(
    server: tuple[str, int],
    draft: DatasetVersion,
    store: object,
    announced: int,
) -> None:
    """Sent by a page with the check against forged requests, and by a script with a token."""
    steward = User.objects.get(pk=draft.dataset.steward_id)
    before = stored(store.root)
    client = Client()
    client.force_login(steward)
    cookies = f"Cookie: sessionid={client.cookies['sessionid'].value}; csrftoken={'a' * 32}"
    asked = {
        f"/datasets/versions/{draft.pk}/files/": [cookies, f"X-CSRFToken: {'a' * 32}"],
        f"/api/v1/dataset-versions/{draft.pk}/files": [
            f"Authorization: Bearer {issue_token(steward, label='t')[1]}"
        ],
    }
    for path, who in asked.items():
        kind = [f"Content-Type: multipart/form-data; boundary={BOUNDARY}", f"Content-Length: {announced}"]
        answer, sent = post(server, path, [*kind, *who], endless())
        assert (b" 413 " in answer.split(b"\r\n")[0], sent < 100_000_000) == (True, True), (
            path,
            sent,
            answer[:200],
        )
    assert (stored(store.root), DatasetFile.objects.filter(version=draft).count()) == (before, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("face", ["page", "API"])
def test_a_file_over_the_limit_is_refused_with_the_limit_in_words(
    draft: DatasetVersion, settings: object, store: object, face: str
) -> None:
    settings.UPLOAD_LIMIT = 100_000
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(pk=draft.dataset.steward_id))
    client.cookies["csrftoken"] = "a" * 32
    path = (
        f"/datasets/versions/{draft.pk}/files/"
        if face == "page"
        else f"/api/v1/dataset-versions/{draft.pk}/files"
    )
    before = stored(store.root)
    answer = client.post(
        path, {"file": named("big.csv", b"1,2,3\n" * 20_000)}, headers={"X-CSRFToken": "a" * 32}
    )
    assert (
        answer.status_code,
        stored(store.root) - before,
        DatasetFile.objects.filter(version=draft).count(),
    ) == (413, 0, 0)
    assert "A file can be at most" in answer.content.decode()


def named(name: str, content: bytes) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def bomb() -> bytes:
    """Return a ZIP of a few kilobytes that unfolds into a gigabyte."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("table.csv", "w", force_zip64=True) as inside,
    ):
        for _ in range(1000):
            inside.write(b"0" * 1_000_000)
    return packed.getvalue()


def escaping() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../etc/passwd", "root::0:0::/:/bin/sh\n")
    return packed.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("table.zip", bomb()),
        ("table.zip", escaping()),
        ("table.csv", b"\x7fELF\x02\x01\x01" + b"\0" * 200),
        ("table.csv", b"MZ\x90\0" + b"\0" * 200),
        ("table.pdf", b"<html><script>alert(1)</script></html>"),
        ("table.parquet", b"PAR1 and then nothing"),
        ("table.csv", b""),
        ("../../../etc/cron.d/evil", b"a,b\n1,2\n"),
        ("table.exe", b"a,b\n1,2\n"),
    ],
    ids=[
        "zip bomb",
        "zip that climbs",
        "ELF as CSV",
        "EXE as CSV",
        "HTML as PDF",
        "broken Parquet",
        "empty",
        "path",
        "unknown type",
    ],
)
def test_files_that_lie_never_become_a_published_version(
    client: Client, draft: DatasetVersion, store: object, name: str, content: bytes
) -> None:
    """Refused at the door or at the inspection, always with a sentence, and no path leaves the store."""
    client.force_login(User.objects.get(pk=draft.dataset.steward_id))
    api = f"/api/v1/dataset-versions/{draft.pk}"
    answers = [
        client.post(f"{api}/files", {"file": named(name, content)}),
        client.post(f"{api}/inspect"),
        client.post(f"{api}/publish"),
    ]
    codes = [answer.status_code for answer in answers]
    refusals = [answer.json()["detail"] for answer in answers if answer.status_code >= 400]
    draft.refresh_from_db()
    kept = DatasetFile.objects.filter(version=draft).first()
    assert all(code < 500 for code in codes), codes
    if kept and name.startswith(".."):
        assert "/" not in kept.path
    else:
        assert refusals, codes
        assert all(sentence.endswith(".") for sentence in refusals)
        assert draft.state != "published"
    assert not (store.root.parents[1] / "etc").exists()
