"""One site under test: a Django application served by granian, its pages, and what a page costs."""

import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.services import postgres

from benchmarks.portal.rows import Rows

WORKERS = 2
THREADS = 2
HTTP_OK = 200


@dataclass(frozen=True)
class Application:
    """A Django application: the Python of its environment, its WSGI door and its settings."""

    name: str
    python: Path
    wsgi: str
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """A page under test: `shows` is text of a record, so that an error page can never be measured."""

    path: str
    shows: tuple[str, ...]
    queries: int


@dataclass(frozen=True)
class Site:
    """A served application, the cookie of its signed-in user, and its pages by name."""

    name: str
    port: int
    pid: int
    cookie: str
    pages: dict[str, Page]

    def url(self, page: str) -> str:
        return f"http://127.0.0.1:{self.port}{self.pages[page].path}"

    def check(self, name: str) -> int:
        """Return the page's size in bytes; raise when it is not the page that was asked for."""
        page = self.pages[name]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", page.path, headers={"Cookie": self.cookie})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        missing = [text for text in page.shows if text not in body]
        if answer.status != HTTP_OK or missing:
            message = f"{self.url(name)} answered {answer.status} and does not show {missing}."
            raise RuntimeError(message)
        return len(body.encode())


def filled(app: Application, loader: Path, rows: Rows) -> tuple[str, dict[str, Page]]:
    """Run a loader in the site's own environment; return its user's cookie and the pages to ask for."""
    done = subprocess.run(
        [app.python, "-P", loader], input=json.dumps(rows.wanted()), env={**os.environ, **app.environment},
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    loaded = json.loads(done.stdout)
    return loaded["cookie"], {
        name: Page(page["path"], tuple(page["shows"]), page["queries"])
        for name, page in loaded["pages"].items()
    }


@contextmanager
def served(app: Application, cookie: str, pages: dict[str, Page]) -> Iterator[Site]:
    """Serve an application with the same server, workers and threads as every other site here."""
    port = postgres.free_port()
    command = [
        app.python, "-m", "granian", app.wsgi, "--interface", "wsgi", "--host", "127.0.0.1", "--port", port,
        "--workers", WORKERS, "--blocking-threads", THREADS, "--no-ws", "--log-level", "error",
    ]  # fmt: skip
    process = subprocess.Popen(
        [str(part) for part in command], env={**os.environ, **app.environment}, start_new_session=True
    )
    try:
        _wait_for(port, process)
        yield Site(app.name, port, process.pid, cookie, pages)
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        with suppress(ProcessLookupError):  # a worker can outlive a server that is stopped as it starts
            os.killpg(process.pid, signal.SIGKILL)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
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
    message = "The server did not answer within two minutes."
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
