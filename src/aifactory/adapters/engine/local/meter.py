"""What a tree of processes uses now, read from `/proc`, and what its folders hold, asked of `du`."""

import os
import stat
import subprocess
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def family(root: int) -> dict[int, int]:
    """Return resident bytes by pid, for `root` and everything that descends from it.

    Inside a pid namespace an orphan falls to the namespace's first process, a descendant too: none escapes.
    """
    table = _processes()
    below: dict[int, list[int]] = {}
    for pid, (parent, _) in table.items():
        below.setdefault(parent, []).append(pid)
    found, waiting = {}, [root]
    while waiting:
        pid = waiting.pop()
        if pid in table:
            found[pid] = table[pid][1]
            waiting += below.get(pid, [])
    return found


def children(parent: int) -> list[int]:
    """Return the pids of the direct children of `parent`."""
    return [pid for pid, (its_parent, _) in _processes().items() if its_parent == parent]


def _processes() -> dict[int, tuple[int, int]]:
    """Return parent and resident bytes of every process on the machine, by pid."""
    table = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 - hot loop
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:  # noqa: PTH123 - hot loop
                    # proc(5): the name, in brackets, may hold anything; ppid and rss are fields 4 and 24.
                    fields = file.read().rpartition(b")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            table[int(entry)] = int(fields[1]), int(fields[21]) * PAGE
    return table


def memory(pids: dict[int, int], limit: int) -> int:
    """Return the bytes of memory in use. Shared pages count once; slow, so done only near the limit."""
    total = sum(pids.values())
    return total if total <= limit else sum(_proportional(pid, rss) for pid, rss in pids.items())


def disk(folders: list[Path], pids: dict[int, int]) -> int:
    """Return the bytes on disk below `folders`, plus files that are deleted (or nameless) but still open.

    An empty file counts for 4 kB, so that a million of them is seen too. A folder that may not be
    looked into counts as endless.
    """
    names = [str(folder) for folder in folders]
    blocks = _du(["--block-size=1"], names)
    files = _du(["--inodes"], names)
    return max(blocks, files * 4096) + _nameless(pids)


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


def _nameless(pids: dict[int, int]) -> int:
    seen: dict[tuple[int, int], int] = {}
    for pid in pids:
        try:
            for entry in os.scandir(f"/proc/{pid}/fd"):
                file = os.stat(entry.path)  # noqa: PTH116 - hot loop
                if stat.S_ISREG(file.st_mode) and file.st_nlink == 0:
                    seen[file.st_dev, file.st_ino] = file.st_blocks * 512
        except OSError:
            continue
    return sum(seen.values())
