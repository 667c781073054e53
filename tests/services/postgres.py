"""A PostgreSQL server of its own for one run: stock settings, a temporary folder, a free port on loopback.

`script/postgres COMMAND…` runs a command beside one, with its address in DATABASE_URL. A server that the
machine may have already is never touched.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

IS_ROOT = os.geteuid() == 0
# The server refuses to run as root, so root hands it to the account that Debian's package makes.
ACCOUNT = "postgres" if IS_ROOT else pwd.getpwuid(os.geteuid()).pw_name


@dataclass(frozen=True)
class Server:
    """A running server and where its programs, folder and port are."""

    programs: Path
    folder: Path
    port: int

    @property
    def pid(self) -> int:
        return int((self.folder / "postmaster.pid").read_text().split()[0])

    def create(self, name: str) -> str:
        """Make an empty database and return its address as a URL."""
        self.run("createdb", name)
        return f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/{name}"

    def analyze(self, name: str) -> None:
        """Vacuum and gather the planner's statistics, as autovacuum does in time after a bulk load."""
        self.run("vacuumdb", "--analyze", "--quiet", name)

    def run(self, program: str, *arguments: str) -> None:
        reach = ["--host=127.0.0.1", f"--port={self.port}", f"--username={ACCOUNT}"]
        subprocess.run([self.programs / program, *reach, *arguments], check=True)


@contextmanager
def server(*, durable: bool = True) -> Iterator[Server]:
    """Start a server, stop it and remove its folder at the end.

    Without `durable` it does not wait for the disk: half the time for tests, and no figure for a benchmark.
    """
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="aifactory-postgres-") as name:
        folder = Path(name)
        if IS_ROOT:
            shutil.chown(folder, ACCOUNT)
        port = free_port()
        _as_account(programs / "initdb", "-D", folder, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        options = f"-p {port} -h 127.0.0.1 -k {folder}" + ("" if durable else " -c fsync=off")
        _as_account(programs / "pg_ctl", "-D", folder, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield Server(programs, folder, port)
        finally:
            _as_account(programs / "pg_ctl", "-D", folder, "-w", "-m", "immediate", "stop")


def free_port() -> int:
    """Return a port on loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_account(*command: object) -> None:
    change = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--init-groups"] if IS_ROOT else []
    subprocess.run([*change, *map(str, command)], check=True, cwd="/", stdout=subprocess.DEVNULL)


def _programs() -> Path:
    """Return the folder of the newest server's programs, installed first where there is none."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if installed:
        return installed[-1].parent
    services = Path(__file__).parent.parent.parent / "script/services"
    if subprocess.run([services, "postgresql"], check=False).returncode:
        raise SystemExit(1)
    return _programs()


def main(command: list[str]) -> int:
    """Run a command beside a server of its own; return the command's exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped then, too
    with server(durable=False) as beside:
        environment = os.environ | {"DATABASE_URL": beside.create("factory")}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
