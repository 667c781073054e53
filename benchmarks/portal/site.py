"""One site under test: a Django application served by granian, its pages, and what a page costs."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import postgres

WORKERS = 2
THREADS = 2
HTML_OK = 200


@dataclass(frozen=True)
class Page:
    """A page under test: `shows` is text of a record, so that an error page can never be measured."""

    name: str
    path: str
    shows: tuple[str, ...]
    queries: int


@dataclass(frozen=True)
class Site:
    """A served application and the cookie of its signed-in user."""

    port: int
    cookie: str
    pid: int

    def check(self, page: Page) -> int:
        """Return the page's size in bytes; raise when it is not the page that was asked for."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", page.path, headers={"Cookie": self.cookie})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        missing = [text for text in page.shows if text not in body]
        if answer.status != HTML_OK or missing:
            message = f"{page.path} answered {answer.status} and does not show {missing}."
            raise RuntimeError(message)
        return len(body)


@contextmanager
def served(python: Path, application: str, environment: Mapping[str, str], cookie: str) -> Iterator[Site]:
    """Serve a WSGI application with the same server, workers and threads as every other site here."""
    port = postgres.free_port()
    command = [
        python, "-m", "granian", application, "--interface", "wsgi", "--host", "127.0.0.1", "--port", port,
        "--workers", WORKERS, "--blocking-threads", THREADS, "--no-ws", "--no-log",
    ]  # fmt: skip
    process = subprocess.Popen([str(part) for part in command], env={**os.environ, **environment})
    try:
        _wait_for(port, process)
        yield Site(port, cookie, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            message = f"The server stopped with status {process.returncode} before it answered."
            raise RuntimeError(message)
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("HEAD", "/")
            connection.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = "The server did not answer within 30 seconds."
    raise RuntimeError(message)


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, its living descendants, and the children it has waited for (proc(5))."""
    ticks, parents = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        parents[int(folder.name)] = int(fields[1])
        ticks[int(folder.name)] = sum(map(int, fields[11:15]))
    family = {pid}
    while grown := {child for child, parent in parents.items() if parent in family} - family:
        family |= grown
    return float(sum(ticks.get(member, 0) for member in family)) / os.sysconf("SC_CLK_TCK")
