"""What a tree of processes uses now, read from `/proc`, and what its folders hold, asked of `du`."""

import os
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


class Process(NamedTuple):
    """One process now: resident bytes, and processor seconds of itself and of its children that ended."""

    parent: int
    resident: int
    cpu_seconds: float


def family(root: int) -> dict[int, Process]:
    """Return, by pid, `root` and everything that descends from it.

    Inside a pid namespace an orphan falls to the namespace's first process, a descendant too: none escapes.
    """
    table = _processes()
    below: dict[int, list[int]] = {}
    for pid, process in table.items():
        below.setdefault(process.parent, []).append(pid)
    found, waiting = {}, [root]
    while waiting:
        pid = waiting.pop()
        if pid in table:
            found[pid] = table[pid]
            waiting += below.get(pid, [])
    return found


def children(parent: int) -> list[int]:
    """Return the pids of the direct children of `parent`."""
    return [pid for pid, process in _processes().items() if process.parent == parent]


def cpu(processes: dict[int, Process]) -> float:
    """Return the processor seconds of a family so far: who ended counts with the parent that saw it end."""
    return sum(process.cpu_seconds for process in processes.values())


def memory(processes: dict[int, Process], limit: int) -> int:
    """Return the bytes of memory in use. Shared pages count once; slow, so done only near the limit."""
    total = sum(process.resident for process in processes.values())
    if total <= limit:
        return total
    return sum(_proportional(pid, process.resident) for pid, process in processes.items())


def _processes() -> dict[int, Process]:
    """Return every process on the machine by pid."""
    table = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 - hot loop
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:  # noqa: PTH123 - hot loop
                    # proc(5): the name, in brackets, may hold anything; what follows begins at field 3.
                    fields = file.read().rpartition(b")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            ticks = sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
            table[int(entry)] = Process(int(fields[1]), int(fields[21]) * PAGE, ticks / TICKS)
    return table


def disk(folders: list[Path], processes: dict[int, Process]) -> int:
    """Return the bytes on disk below `folders`, plus files that are deleted (or nameless) but still open.

    An empty file counts for 4 kB, so that a million of them is seen too. A folder that may not be
    looked into counts as endless.
    """
    names = [str(folder) for folder in folders]
    blocks = _du(["--block-size=1"], names)
    files = _du(["--inodes"], names)
    return max(blocks, files * 4096) + _nameless(processes)


def _du(options: list[str], names: list[str]) -> int:
    answer = subprocess.run(
        ["du", "--summarize", "--total", *options, "--", *names],
        capture_output=True, text=True, check=False, env={"LC_ALL": "C", "PATH": os.defpath},
        errors="replace",
    )  # fmt: skip
    if "Permission denied" in answer.stderr:
        return 1 << 62
    return int(answer.stdout.splitlines()[-1].split()[0])


def _proportional(pid: int, otherwise: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except ProcessLookupError:
        return 0  # it ended meanwhile
    except OSError:
        return otherwise
    return 0


def _nameless(processes: dict[int, Process]) -> int:
    seen: dict[tuple[int, int], int] = {}
    for pid in processes:
        try:
            for entry in os.scandir(f"/proc/{pid}/fd"):
                file = os.stat(entry.path)  # noqa: PTH116 - hot loop
                if stat.S_ISREG(file.st_mode) and file.st_nlink == 0:
                    seen[file.st_dev, file.st_ino] = file.st_blocks * 512
        except OSError:
            continue
    return sum(seen.values())
