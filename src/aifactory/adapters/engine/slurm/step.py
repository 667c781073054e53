"""What runs on the node: claims the attempt, runs it behind the same walls as everywhere, writes down its end.

The claim is what makes a name run once. Whatever Slurm does with a job (loses it and takes it again, starts it
over after a node was thought dead, runs a second submission of it), who comes second finds the claim and leaves.
"""

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aifactory.adapters.engine.local import sandbox, supervise
from aifactory.adapters.engine.local.job import read, write_once
from aifactory.adapters.engine.slurm.folder import SlurmFolder
from aifactory.kit import clock
from aifactory.ports.engine import Phase

SECOND = 75  # sysexits.h: EX_TEMPFAIL; nothing reads it, but it shows in Slurm's books
_DEVICES = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/kfd")


def main(folder: str) -> None:
    """Run the attempt in `folder`, unless it was run, stopped or settled before."""
    os.umask(0o022)
    job = SlurmFolder(Path(folder))
    order = read(job.order)
    claim = {"slurm_job": os.environ.get("SLURM_JOB_ID", ""), "node": os.environ.get("SLURMD_NODENAME", "")}
    if order is None or not write_once(job.claim, claim | {"at": clock.stamp(clock.now())}):
        sys.exit(SECOND)
    supervise.stop_at_shutdown()
    write_once(job.ran, asdict(_run(job, order["attempt"])))


def _run(job: SlurmFolder, attempt: dict[str, Any]) -> supervise.End:
    cores = attempt["limits"]["cores"]
    if note := read(job.cancel):
        return supervise.End(Phase.CANCELLED, note["reason"], cores)
    # As root it becomes nobody; the number is one that no other job on this node has at the time.
    uid = sandbox.FIRST_UID + 50 + int(os.environ["SLURM_JOB_ID"]) % 500 if os.geteuid() == 0 else None
    walls = supervise.Walls(sandbox.works(uid), uid)
    if not walls.stand and (attempt["restricted"] or uid is not None):
        reason = f"Its node has no walls to run it behind. {sandbox.HOW_TO_INSTALL}"
        return supervise.End(Phase.FAILED, reason, cores)
    return supervise.run(job, attempt | _gpus(attempt), walls=walls, processors=os.sched_getaffinity(0))


def _gpus(attempt: dict[str, Any]) -> dict[str, Any]:
    """Let the attempt see the GPUs that Slurm gave it, and no other."""
    given = [number for number in os.environ.get("SLURM_JOB_GPUS", "").split(",") if number.isdigit()]
    if not given:
        return {}
    shown = {"CUDA_VISIBLE_DEVICES": ",".join(given), "ROCR_VISIBLE_DEVICES": ",".join(given)}
    devices = [*_DEVICES, *(f"/dev/nvidia{number}" for number in given)]
    return {"devices": devices, "env": attempt["env"] | shown}


if __name__ == "__main__":
    main(sys.argv[1])
