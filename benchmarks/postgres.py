"""A PostgreSQL server of its own for one run: stock settings, a temporary folder, a free port on loopback."""

import os
import pwd
import shutil
import socket
import subprocess
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
def server() -> Iterator[Server]:
    """Start a server, stop it and remove its folder at the end."""
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="aifactory-postgres-") as name:
        folder = Path(name)
        if IS_ROOT:
            shutil.chown(folder, ACCOUNT)
        port = free_port()
        _as_account(programs / "initdb", "-D", folder, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        listen = f"-p {port} -h 127.0.0.1 -k {folder}"
        _as_account(programs / "pg_ctl", "-D", folder, "-w", "-l", folder / "log", "-o", listen, "start")
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
    """Return the folder of the newest server; root installs Debian's package where there is none."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if installed:
        return installed[-1].parent
    if not IS_ROOT:
        message = "No PostgreSQL server is installed here. Run: sudo apt-get install postgresql"
        raise SystemExit(message)
    # Only the programs are wanted: not the cluster that the package would make and start.
    chosen = Path("/etc/postgresql-common/createcluster.d/aifactory-bench.conf")
    chosen.parent.mkdir(parents=True, exist_ok=True)
    chosen.write_text("create_main_cluster = false\n")
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    subprocess.run(["apt-get", "install", "-y", "-qq", "postgresql"], check=True, stdout=subprocess.DEVNULL)
    return _programs()
