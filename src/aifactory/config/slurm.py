"""The adapters of a Slurm cluster as the environment describes it, for the worker or for an agent elsewhere."""

import getpass

from aifactory.adapters.engine.slurm.cluster import SlurmCluster
from aifactory.adapters.engine.slurm.commands import Commands
from aifactory.adapters.engine.slurm.engine import SlurmEngine
from aifactory.adapters.engine.slurm.rest import Rest
from aifactory.adapters.entrance.key_files import KeyFiles
from aifactory.config.environment import ENV


def cluster(name: str = "slurm") -> SlurmCluster:
    """Return the cluster's accounts and books, by sacctmgr and sacct."""
    return SlurmCluster(Commands(ENV.slurm_conf), runner=_user(), name=name)


def entrance() -> KeyFiles:
    """Return how people get into it."""
    return KeyFiles(ENV.ssh_keys or ENV.home / "ssh", tuple(ENV.ssh_command))


def engine(name: str = "slurm") -> SlurmEngine:
    """Return what runs jobs: by slurmrestd where its address is given, else by Slurm's commands.

    Jobs run on their project's account.
    """
    commands = Commands(ENV.slurm_conf)
    if not ENV.slurm_rest:
        slurm: Commands | Rest = commands
    elif ENV.slurm_jwt_key is None:
        raise ValueError("AIFACTORY_SLURM_REST needs AIFACTORY_SLURM_JWT_KEY, the key that signs its tokens.")
    else:
        slurm = Rest(ENV.slurm_rest, _user(), ENV.slurm_jwt_key, commands, version=ENV.slurm_rest_version)
    folder = ENV.slurm_folder or ENV.home / "slurm"
    return SlurmEngine(
        folder, slurm, partition=ENV.slurm_partition, with_accounts=True, is_closed=ENV.slurm_closed,
        image=ENV.slurm_image, name=name,
    )  # fmt: skip


def _user() -> str:
    return ENV.slurm_user or getpass.getuser()
