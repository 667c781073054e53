"""The walls around an attempt: bubblewrap, started by a user who may do nothing else.

An attempt sees the system's programs (`/usr`), the interpreter of its environment, its code, its
inputs, and three folders to write: `/work`, `/tmp`, `/outputs`. It has no network device but its own
loopback, its own process table, no capability, and cannot make namespaces of its own.

Who it is. When the platform runs as root, an attempt runs as uid `FIRST_UID` + its lowest core slot:
two attempts at the same time never share a uid. As an ordinary user the attempt runs as that user,
walled in all the same.

The trouble as root: that uid must reach folders that lie below private ones (`/root/.pyenv`, a 0700
data folder), because bubblewrap opens what it mounts with the rights of who starts it. Copying an
interpreter would waste a gigabyte and go stale; mounting as root with a mapped uid would leave the
job root outside. So the supervisor, still root, makes a mount namespace of its own, puts an empty
tmpfs on `/run/aifactory` there and binds just the needed folders into it (`reachable`); then it drops
to the uid, for good, and starts bubblewrap from those. No other process sees that tmpfs, and it
vanishes with the supervisor. Files must be readable by others (0644), folders passable (0755).
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aifactory.adapters.engine.local.job import JobFolder
from aifactory.ports.engine import EngineRefused

FIRST_UID = 60600  # systemd leaves 60578-61183 free: https://systemd.io/UIDS-GIDS
STAGE = Path("/run/aifactory")
HOW_TO_INSTALL = (
    "Install bubblewrap 0.8 or newer (Debian: apt-get install bubblewrap) and allow user namespaces."
)
WALLS = [
    "--unshare-user", "--disable-userns", "--unshare-ipc", "--unshare-pid", "--unshare-net",
    "--unshare-uts", "--unshare-cgroup-try", "--hostname", "aifactory",
    "--die-with-parent", "--new-session", "--clearenv",
]  # fmt: skip
_NEW_MOUNTS, _BIND, _RECURSIVE, _PRIVATE = 0x00020000, 4096, 16384, 1 << 18  # linux/sched.h, linux/mount.h
_NOSUID, _NODEV = 2, 4


@dataclass(frozen=True)
class Mount:
    """A folder of this machine at a place in the sandbox."""

    source: Path
    target: str
    writable: bool = False


def works(uid: int | None) -> bool:
    """Try the whole way once with a program that does nothing: every machine forbids something else."""
    first = ["unshare", "--mount", *_as_user(uid)] if uid is not None else []
    command = [*first, "bwrap", *WALLS, *_system(), "--", "/usr/bin/prlimit", "--nproc=9", "true"]
    try:
        answer = subprocess.run(command, capture_output=True, check=False, timeout=20, cwd="/")
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def interpreter_mounts(environment: Path) -> list[Mount]:
    """Mount a virtual environment and the Python it was made from, each at its own path.

    Raises `EngineRefused` where `pyvenv.cfg` names a folder that is no Python installation, so that
    a forged one cannot open, say, the home folder of root.
    """
    home = None
    try:
        for line in (environment / "pyvenv.cfg").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "home":
                home = Path(value.strip())
    except OSError:
        pass
    if home is None:
        raise EngineRefused(f"{environment} is not a virtual environment.")
    mounts = [Mount(environment, str(environment))]
    for prefix in dict.fromkeys([home.parent, home.resolve().parent]):
        if prefix == Path("/usr") or Path("/usr") in prefix.parents:
            continue
        if not list(prefix.glob("lib/python3*/os.py")):
            raise EngineRefused(f"{environment} was made from {prefix}, which holds no Python.")
        mounts.append(Mount(prefix.resolve(), str(prefix)))
    return mounts


def reachable(mounts: list[Mount], job: JobFolder, uid: int) -> list[Mount]:
    """As root: gather the sources where `uid` can reach them; see above. Raises `OSError`."""
    libc = ctypes.CDLL(None, use_errno=True)

    def must(result: int, what: str) -> None:
        if result != 0:
            raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")

    def mount(
        source: Path | str, target: Path, kind: str | None, flags: int, options: str | None = None
    ) -> None:
        encoded = [os.fsencode(v) if v is not None else None for v in (source, target, kind)]
        must(libc.mount(*encoded, flags, options.encode() if options else None), f"Mounting {target}")

    STAGE.mkdir(exist_ok=True, mode=0o755)
    must(libc.unshare(_NEW_MOUNTS), "Making a mount namespace")
    mount("none", Path("/"), None, _RECURSIVE | _PRIVATE)
    mount("tmpfs", STAGE, "tmpfs", _NOSUID | _NODEV, "mode=0755,size=1m")
    for folder in job.writable:
        os.chown(folder, uid, uid)
    gathered = []
    for number, wanted in enumerate(mounts):
        here = STAGE / str(number)
        here.mkdir()
        mount(wanted.source, here, None, _BIND)
        gathered.append(Mount(here, wanted.target, wanted.writable))
    return gathered


def command(
    mounts: list[Mount],
    argv: list[str],
    env: dict[str, str],
    *,
    uid: int | None,
    processes: int,
    shm_bytes: int,
    devices: Iterable[str] = (),
    network: bool = False,
) -> list[str]:
    """The command line that drops to `uid` (None: stay as we are) and runs `argv` behind the walls.

    `network` leaves it the machine's: nodes that run an attempt together have to hear each other.
    """
    walls = [wall for wall in WALLS if not (network and wall == "--unshare-net")]
    line = [*(_as_user(uid) if uid is not None else []), "bwrap", *walls]
    for key, value in env.items():
        line += ["--setenv", key, value]
    line += [*_system(), "--size", str(shm_bytes), "--tmpfs", "/dev/shm"]  # noqa: S108 - the sandbox's own
    for device in devices:
        line += ["--dev-bind-try", device, device]
    for mount in mounts:
        line += ["--bind" if mount.writable else "--ro-bind", str(mount.source), mount.target]
    # Last, so that nothing can be written to the memory behind / and /dev, which no limit counts.
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/work"]
    # Set inside: the kernel counts processes by uid and user namespace, and this one is the attempt's own.
    return [*line, "--", "/usr/bin/prlimit", f"--nproc={processes}", "--", *argv]


def _as_user(uid: int) -> list[str]:
    return ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", "--inh-caps=-all", "--"]


def _system() -> list[str]:
    line = ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            line += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            line += ["--ro-bind", str(path), str(path)]
    for name in ("ld.so.cache", "alternatives"):
        line += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return line


def is_installed() -> bool:
    """Say whether the program is there at all."""
    return shutil.which("bwrap") is not None
