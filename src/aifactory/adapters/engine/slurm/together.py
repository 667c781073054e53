"""One attempt on several nodes at once: the first node starts the others through Slurm, and speaks for all.

They have the network of their nodes, for they must hear each other; all other walls stand on every node.
"""

import os
import re
import socket
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from aifactory.adapters.engine.local.job import read, write_once
from aifactory.adapters.engine.local.supervise import End, is_stopping, stop_at_shutdown
from aifactory.adapters.engine.slurm import on_node
from aifactory.adapters.engine.slurm.folder import SlurmFolder
from aifactory.adapters.engine.slurm.parts import add_log, joined, part
from aifactory.ports.engine import Phase

PROGRAM = """import sys
sys.path.insert(0, sys.argv[1])
from aifactory.adapters.engine.slurm.together import member
member(sys.argv[2])
"""


def lead(job: SlurmFolder, attempt: dict[str, Any]) -> End:
    """Run the attempt on every node of this allocation; when it ends badly on one, it is ended on all."""
    count, cores = attempt["limits"]["nodes"], attempt["limits"]["cores"]
    for number in range(count):
        part(job, number).path.mkdir(parents=True)
    address = _address()
    write_once(job.path / "meeting.json", {"at": f"{address}:{_free_port(address)}"})
    _make_key(job)
    subprocess.run(
        ["srun", f"--nodes={count}", f"--ntasks={count}", "--ntasks-per-node=1", f"--cpus-per-task={cores}",
         "--kill-on-bad-exit=1", sys.executable, "-c", PROGRAM, str(Path(__file__).parents[4]), str(job.path)],
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    for number in range(1, count):
        add_log(job, part(job, number), f"node {number}")
    return joined([read(part(job, number).ran) for number in range(count)], "Node", at_once=True)


def member(folder: str) -> None:
    """Run the attempt on this node, one of several. The exit code tells Slurm whether the others may go on."""
    os.umask(0o022)
    stop_at_shutdown()
    job, number = SlurmFolder(Path(folder)), int(os.environ["SLURM_NODEID"])
    attempt = (read(job.order) or {})["attempt"]
    mine = part(job, number)
    if number == 0:  # what the first one writes and prints is the attempt's
        mine.outputs, mine.log = job.outputs, job.log
    told = {
        "AIFACTORY_NODE": str(number),
        "AIFACTORY_NODES": str(attempt["limits"]["nodes"]),
        "AIFACTORY_MEETING": (read(job.path / "meeting.json") or {})["at"],
        "AIFACTORY_ADDRESS": _address(),
    }
    inputs = attempt["inputs"] | {"meeting": str(_key_folder(job))}
    end = on_node.run(mine, attempt | {"env": attempt["env"] | told, "inputs": inputs, "network": True})
    if end.phase is Phase.FAILED and is_stopping():  # it was ended because another was: that one says why
        end = replace(end, phase=Phase.CANCELLED, reason="It was stopped with the other nodes.")
    write_once(mine.ran, asdict(end))
    sys.exit(0 if end.phase is Phase.COMPLETED else 1)


def _key_folder(job: SlurmFolder) -> Path:
    return job.path / "meeting" / "key-inside"


def _make_key(job: SlurmFolder) -> None:
    """Leave a secret that the attempt finds as `/inputs/meeting/key` on each of its nodes, and nobody else can reach.

    Others share the network of the nodes; what meets over it can know its own by this. The folder above is ours alone.
    """
    folder = _key_folder(job)
    folder.parent.mkdir(mode=0o700)
    folder.mkdir(mode=0o755)
    (folder / "key").write_bytes(os.urandom(32))


def _address() -> str:
    """Return this node's address as Slurm knows it: there are no names behind the walls."""
    name = os.environ["SLURMD_NODENAME"]
    told = subprocess.run(
        ["scontrol", "--oneliner", "show", "node", name],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    found = re.search(r"\bNodeAddr=(\S+)", told)
    return socket.gethostbyname(found[1] if found else name)


def _free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])
