"""Bringing a cluster up and down, in about three seconds."""

import os
import pwd
import random
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aifactory.demo.cluster import files
from aifactory.demo.cluster.daemons import PATH, Daemons

PROGRAMS = ("slurmctld", "slurmd", "slurmdbd", "slurmrestd", "sacctmgr", "munged", "mariadbd")
REST = "v0.0.38"


class NotInstalled(RuntimeError):
    """A program of Slurm is missing on this machine."""


@dataclass(frozen=True)
class Shape:
    """So many nodes in partition `main`, each with so many processors and GPUs; `small` has one node of two and one."""

    nodes: int = 2
    cpus: int = 8
    gpus: int = 4


class Cluster:
    """One cluster in the folder `root`, whose name must be short: sockets lie in it."""

    def __init__(self, root: Path, shape: Shape = Shape()) -> None:
        missing = [program for program in PROGRAMS if not shutil.which(program, path=PATH)]
        if missing:
            raise NotInstalled(
                f"slurm is not installed here: {', '.join(missing)}. Run script/services slurm."
            )
        self.root = root
        names = [f"n{number}" for number in range(1, shape.nodes + 2)]
        ports = iter(_free_ports(4 + len(names)))
        self.setting = files.Setting(
            root=root,
            name="demo",
            host=socket.gethostname().split(".")[0],
            user=pwd.getpwuid(os.geteuid()).pw_name,
            password=secrets.token_hex(16),
            ports={name: next(ports) for name in ("slurmctld", "slurmdbd", "mariadbd", "slurmrestd")},
            nodes={name: next(ports) for name in names},
            cpus=shape.cpus,
            gpus=shape.gpus,
        )
        self.conf = root / "etc/slurm.conf"
        self.jwt_key = root / "etc/jwt.key"
        self.rest = f"http://127.0.0.1:{self.setting.ports['slurmrestd']}"
        self.daemons = Daemons(root, {"SLURM_CONF": str(self.conf)})
        self._write()

    def up(self) -> None:
        """Start every daemon that does not run, and wait until the cluster takes jobs."""
        self._start_books()
        self.start_control()
        for name in self.setting.nodes:
            self.daemons.start(f"slurmd-{name}", "slurmd", "-D", "-N", name)
        # It will not run as the user who owns Slurm, unless told that this is no site of importance.
        self.daemons.start(
            "slurmrestd", "slurmrestd", "-a", "rest_auth/jwt", "-s", f"openapi/{REST},openapi/db{REST}",
            f"127.0.0.1:{self.setting.ports['slurmrestd']}",
            SLURM_JWT="daemon", SLURMRESTD_SECURITY="disable_user_check",
        )  # fmt: skip
        for name in self.setting.nodes:
            self.daemons.wait(f"slurmd-{name}", lambda name=name: self._node_is_up(name))  # type: ignore[misc]
        self.daemons.wait("slurmrestd", lambda: _listens(self.setting.ports["slurmrestd"]))

    def start_control(self) -> None:
        """Start slurmctld, also after it was killed, and wait for its answer."""
        self.daemons.start("slurmctld", "slurmctld", "-D")
        self.daemons.wait("slurmctld", lambda: "is UP" in self.daemons.run("scontrol", "ping").stdout)

    def start_accounting(self) -> None:
        """Start slurmdbd, also after it was killed, and wait for its answer."""
        self.daemons.start("slurmdbd", "slurmdbd", "-D")
        self.daemons.wait(
            "slurmdbd", lambda: self.daemons.run("sacctmgr", "-nP", "show", "cluster").returncode == 0
        )

    def down(self) -> None:
        """Stop all of it, and the jobs that still run."""
        if self.daemons.pid("slurmctld"):
            self.daemons.run("scancel", "--state=PENDING")
            self.daemons.run("scancel", "--state=RUNNING")
        self.daemons.stop_all()
        self.daemons.stop_marked("slurmstepd", f"SLURM_CONF={self.conf}")

    def _write(self) -> None:
        for folder in ("etc", "run", "log", "state", "spool", "dev"):
            (self.root / folder).mkdir(parents=True)
        for name, size in (("munge.key", 128), ("jwt.key", 32)):
            self._secret(name, secrets.token_bytes(size))
        self._secret("slurmdbd.conf", files.slurmdbd(self.setting).encode())
        self._secret("database.sql", files.database(self.setting).encode())
        for number in range(self.setting.gpus):
            (self.root / "dev" / f"gpu{number}").symlink_to("/dev/null")
        (self.root / "etc/gres.conf").write_text(files.gres(self.setting))
        (self.root / "etc/cgroup.conf").write_text("CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n")
        self.conf.write_text(files.slurm(self.setting))

    def _secret(self, name: str, content: bytes) -> None:
        path = self.root / "etc" / name
        path.touch(mode=0o600)
        path.write_bytes(content)

    def _start_books(self) -> None:
        run, user = self.root / "run", self.setting.user
        self.daemons.start(
            "munged", "munged", "--foreground", "--force", f"--key-file={self.root}/etc/munge.key",
            f"--socket={run}/munge.socket", f"--pid-file={run}/munged.pid",
            f"--log-file={self.root}/log/munged.log", f"--seed-file={run}/munge.seed",
        )  # fmt: skip
        if not (self.root / "database").exists():
            made = self.daemons.run(
                "mariadb-install-db", "--no-defaults", f"--datadir={self.root}/database", f"--user={user}",
                "--skip-test-db", f"--auth-root-socket-user={user}",
                "--auth-root-authentication-method=socket",
            )  # fmt: skip
            made.check_returncode()
        self.daemons.start(
            "mariadbd", "mariadbd", "--no-defaults", f"--datadir={self.root}/database", f"--user={user}",
            f"--socket={run}/mysql.socket", f"--port={self.setting.ports['mariadbd']}",
            "--bind-address=127.0.0.1", f"--pid-file={run}/mariadbd.pid",
            f"--init-file={self.root}/etc/database.sql", "--skip-name-resolve",
            "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2", "--innodb-log-file-size=32M",
        )  # fmt: skip
        self.daemons.wait(
            "munged", lambda: self.daemons.run("munge", "-n", "-S", f"{run}/munge.socket").returncode == 0
        )
        self.daemons.wait("mariadbd", lambda: _listens(self.setting.ports["mariadbd"]))
        self.start_accounting()
        known = self.daemons.run("sacctmgr", "-nP", "show", "cluster", "format=cluster").stdout.split()
        if self.setting.name not in known:
            self.daemons.run("sacctmgr", "-i", "add", "cluster", self.setting.name).check_returncode()

    def _node_is_up(self, name: str) -> bool:
        state = self.daemons.run("sinfo", "-hN", "-n", name, "-o", "%T").stdout.split()
        return bool(state) and set(state) <= {"idle", "mixed", "allocated", "completing"}


@contextmanager
def cluster(shape: Shape = Shape()) -> Iterator[Cluster]:
    """Give a cluster in a temporary folder, and leave nothing of it behind. Raises `NotInstalled`."""
    with tempfile.TemporaryDirectory(prefix="slurm-", ignore_cleanup_errors=True) as folder:
        made = Cluster(Path(folder) / "c", shape)
        try:
            made.up()
            yield made
        finally:
            made.down()


def _listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), 2):
        return True


def _free_ports(count: int) -> list[int]:
    """Return ports below those that the system hands out, so that a daemon finds its own free again later."""
    found: list[int] = []
    while len(found) < count:
        port = random.randint(20000, 32000)  # noqa: S311 - no secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found
