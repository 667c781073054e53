"""The floor: two HTTP servers that keep states in memory, without checks, records or proof of who speaks."""

import json
import threading
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STEPS = ("agreement", "verification", "finalisation")


def stub_pair(many: int) -> list[float]:
    """Return the seconds that each of `many` negotiations takes between two bare servers."""
    done = threading.Event()
    ports: dict[str, int] = {}

    def told(role: str, step: str) -> None:
        """Take one step and tell the other side of the next."""
        if step == STEPS[-1]:
            done.set()
            return
        other = "consumer" if role == "provider" else "provider"
        following = "agreement" if step == "request" else STEPS[STEPS.index(step) + 1]
        threading.Thread(target=post, args=(ports[other], other, following)).start()

    def post(port: int, role: str, step: str) -> None:
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("POST", f"/{role}/{step}", json.dumps({"@type": step, "pid": "1"}))
        connection.getresponse().read()
        connection.close()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            _empty, role, step = self.path.split("/")
            told(role, step)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    servers = {role: ThreadingHTTPServer(("127.0.0.1", 0), Handler) for role in ("provider", "consumer")}
    for role, server in servers.items():
        ports[role] = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
    taken = []
    for _ in range(many):
        begun = time.perf_counter()
        done.clear()
        post(ports["provider"], "provider", "request")
        done.wait()
        taken.append(time.perf_counter() - begun)
    for server in servers.values():
        server.shutdown()
    return taken
