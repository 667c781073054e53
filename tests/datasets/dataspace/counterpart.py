"""A bare participant: an HTTP server on loopback that keeps what it gets, and a client."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import Any

from aifactory.datasets.dataspace import messages


class Counterpart:
    """Answers like a participant that agrees with everything. `inbox(pid)` is what came for one process."""

    def __init__(self) -> None:
        self.inboxes: dict[str, SimpleQueue[tuple[str, dict[str, Any]]]] = {}
        self.lock = threading.Lock()
        self.address = ""
        self.status = 200
        self.headers: list[dict[str, str]] = []

    def inbox(self, pid: str) -> "SimpleQueue[tuple[str, dict[str, Any]]]":
        with self.lock:
            return self.inboxes.setdefault(pid, SimpleQueue())

    def next(self, pid: str, seconds: float = 5.0) -> tuple[str, dict[str, Any]]:
        """Return path and body of the next message for a process of ours (or, opening one, for `open`)."""
        try:
            return self.inbox(pid).get(timeout=seconds)
        except Empty:
            raise AssertionError(f"nothing came for {pid}") from None

    def took(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Keep a message and return the answer: a new process has the sender's name with `-theirs` behind it."""
        self.headers.append(headers)
        if path.endswith("/request") and path.count("/") == 2:
            named = body.get("agreementId") or body["offer"]["target"]
            self.inbox(named).put((path, body))
            kind = "TransferProcess" if "transfers" in path else "ContractNegotiation"
            pids = {"consumerPid": body["consumerPid"], "providerPid": f"{body['consumerPid']}-theirs"}
            return 201, messages.write(kind, **pids, state="REQUESTED")
        self.inbox(path.split("/")[2]).put((path, body))
        return self.status, {}


@contextmanager
def counterpart() -> Iterator[Counterpart]:
    made = Counterpart()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = made.took(self.path, body, dict(self.headers))
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
