"""What runs on the node: claims the attempt, runs it behind the same walls as everywhere, writes down its end.

The claim is what makes a name run once. Whatever Slurm does with a job (loses it and takes it again, starts it
over after a node was thought dead, runs a second submission of it), who comes second finds the claim and leaves.
The tasks of an array each have a claim of their own, below the attempt's.
"""

import os
import sys
from dataclasses import asdict
from pathlib import Path

from aifactory.adapters.engine.local import supervise
from aifactory.adapters.engine.local.job import read, write_once
from aifactory.adapters.engine.slurm import array, on_node, together
from aifactory.adapters.engine.slurm.folder import SlurmFolder
from aifactory.kit import clock

SECOND = 75  # sysexits.h: EX_TEMPFAIL; nothing reads it, but it shows in Slurm's books


def main(folder: str) -> None:
    """Run the attempt in `folder`, unless it was run, stopped or settled before."""
    os.umask(0o022)
    job = SlurmFolder(Path(folder))
    order = read(job.order)
    if order is None:
        sys.exit(SECOND)
    attempt = order["attempt"]
    claim = {"slurm_job": os.environ.get("SLURM_JOB_ID", ""), "node": os.environ.get("SLURMD_NODENAME", "")}
    claim["at"] = clock.stamp(clock.now())
    is_first = write_once(job.claim, claim)
    supervise.stop_at_shutdown()
    if attempt["limits"]["tasks"] > 1 and (read(job.claim) or {}).get("by") != "engine":
        array.run_task(job, attempt, claim)
    elif not is_first:
        sys.exit(SECOND)
    elif attempt["limits"]["nodes"] > 1:
        write_once(job.ran, asdict(together.lead(job, attempt)))
    else:
        write_once(job.ran, asdict(on_node.run(job, attempt)))


if __name__ == "__main__":
    main(sys.argv[1])
