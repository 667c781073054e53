"""Apptainer instead of bubblewrap, where a site has that: the same walls, with the system's programs from an image.

Written from Apptainer's documentation (1.2 and later) and not run here: the tests hold the command line alone. What
the attempt sees is what bubblewrap would show it: code and inputs read-only, three folders to write, no network, no
home, a process table and an environment of its own. The supervisor's limits of time, memory and disk hold as
everywhere; that on the number of processes is left to the site's cgroups.
"""

import subprocess
from collections.abc import Iterable, Mapping

from aifactory.adapters.engine.local.sandbox import Mount

WALLS = [
    # its own mounts, processes, IPC and environment; nothing of the home, of /tmp, or of what the site binds for people
    "--containall", "--no-home", "--no-mount", "hostfs,bind-paths,cwd", "--no-privs",
    # no variable and no argument is read by a shell
    "--no-eval",
]  # fmt: skip
NO_NETWORK = ["--net", "--network", "none"]
#: a variable with this in front is set inside, whatever is in it; --env would cut it at commas
PREFIX = "APPTAINERENV_"


def works(image: str) -> bool:
    """Try it once with a program that does nothing."""
    try:
        line = command(image, [], ["true"], devices=(), network=False, folder="/")
        return subprocess.run(line, capture_output=True, check=False, timeout=60, cwd="/").returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def command(
    image: str, mounts: Iterable[Mount], argv: Iterable[str], *, devices: Iterable[str], network: bool,
    folder: str = "/work",
) -> list[str]:  # fmt: skip
    """Return the command line that runs `argv` from the image, behind its walls, in `folder`.

    `network` leaves it the machine's: nodes that run an attempt together have to hear each other.
    """
    line = ["apptainer", "--quiet", "exec", *WALLS, *([] if network else NO_NETWORK), "--pwd", folder]
    kinds = {"--nv": "/dev/nvidia", "--rocm": "/dev/kfd"}
    given = list(devices)
    line += [flag for flag, start in kinds.items() if any(device.startswith(start) for device in given)]
    for mount in mounts:
        ends = [f"type=bind,source={_field(str(mount.source))}", f"destination={_field(mount.target)}"]
        line += ["--mount", ",".join([*ends, *([] if mount.writable else ["ro"])])]
    return [*line, image, *argv]


def environment(inside: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of the program apptainer, from those that the attempt finds inside."""
    return {f"{PREFIX}{name}": value for name, value in inside.items()}


def _field(path: str) -> str:
    """Return a path that cannot end its field. Raises `ValueError` for one with a comma, quote or line end in it."""
    if any(sign in path for sign in ',"\n='):
        raise ValueError(f"{path!r} cannot be mounted by apptainer.")
    return path
