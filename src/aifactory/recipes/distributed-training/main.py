"""Start the processes of this node with torchrun; `train.py` is what all of them do together.

The nodes meet at the address that the engine names; a node alone meets itself.
"""

import importlib.util
import os
import sys

from aifactory.recipes.sandbox import parameters, stop

if importlib.util.find_spec("torch") is None:
    stop("This node's Python has no PyTorch. Ask the operator to install it (on Debian: python3-torch).")
host, _, port = os.environ.get("AIFACTORY_MEETING", "127.0.0.1:29500").rpartition(":")
os.execv(  # noqa: S606 - torchrun takes over from here
    sys.executable,
    [
        sys.executable,
        *("-m", "torch.distributed.run"),
        f"--nnodes={os.environ.get('AIFACTORY_NODES', '1')}",
        f"--node_rank={os.environ.get('AIFACTORY_NODE', '0')}",
        f"--nproc_per_node={parameters()['workers']}",
        f"--master_addr={host}",
        f"--master_port={port}",
        # Show what processes print, each line with who said it. Without a word about it, 1.13 fails on Python 3.11.
        *("--redirects=1", "--tee=1"),
        os.path.join(os.path.dirname(__file__), "train.py"),  # noqa: PTH118, PTH120
    ],
)
