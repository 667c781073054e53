"""Runs an attempt, or its part, on this node: behind the same walls as everywhere, with the GPUs that Slurm gave."""

import os
from typing import Any

from aifactory.adapters.engine.local import apptainer, sandbox, supervise
from aifactory.adapters.engine.local.job import read
from aifactory.adapters.engine.slurm.folder import SlurmFolder
from aifactory.ports.engine import Phase

_DEVICES = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/kfd")


def run(job: SlurmFolder, attempt: dict[str, Any]) -> supervise.End:
    """Run it now, here, to its end."""
    cores = attempt["limits"]["cores"]
    if note := read(job.cancel):
        return supervise.End(Phase.CANCELLED, note["reason"], cores)
    # As root it becomes nobody; the number is one that no other job on this node has at the time.
    uid = sandbox.FIRST_UID + 50 + int(os.environ["SLURM_JOB_ID"]) % 500 if os.geteuid() == 0 else None
    image = attempt.get("image", "")
    # Who runs containers is never root here: apptainer would leave it root's rights on what it mounts.
    stand = (uid is None and apptainer.works(image)) if image else sandbox.works(uid)
    walls = supervise.Walls(stand, uid, image if stand else "")
    if not walls.stand and (attempt["restricted"] or uid is not None):
        how = f"Apptainer cannot run {image} as this user." if image else sandbox.HOW_TO_INSTALL
        reason = f"Its node has no walls to run it behind. {how}"
        return supervise.End(Phase.FAILED, reason, cores)
    return supervise.run(job, attempt | _gpus(attempt), walls=walls, processors=os.sched_getaffinity(0))


def _gpus(attempt: dict[str, Any]) -> dict[str, Any]:
    """Let the attempt see the GPUs that Slurm gave it, and no other."""
    told = os.environ.get("SLURM_STEP_GPUS") or os.environ.get("SLURM_JOB_GPUS", "")
    given = [number for number in told.split(",") if number.isdigit()]
    if not given:
        return {}
    shown = {"CUDA_VISIBLE_DEVICES": ",".join(given), "ROCR_VISIBLE_DEVICES": ",".join(given)}
    devices = [*_DEVICES, *(f"/dev/nvidia{number}" for number in given)]
    return {"devices": devices, "env": attempt["env"] | shown}
