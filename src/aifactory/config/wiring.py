"""Which adapter stands behind which port, by the environment."""

import getpass

from aifactory.adapters.carbon.first_of import FirstOf
from aifactory.adapters.carbon.forecast_file import ForecastFile
from aifactory.adapters.carbon.typical import TypicalHours
from aifactory.adapters.dataspace.http import HttpCaller
from aifactory.adapters.dataspace.tokens import OpenDoor, SignedTokens, StaticTokens
from aifactory.adapters.engine.local import LocalEngine
from aifactory.adapters.engine.slurm.cluster import SlurmCluster
from aifactory.adapters.engine.slurm.commands import Commands
from aifactory.adapters.engine.slurm.engine import SlurmEngine
from aifactory.adapters.engine.slurm.rest import Rest
from aifactory.adapters.entrance.key_files import KeyFiles
from aifactory.adapters.keys.folder import FolderSigner
from aifactory.adapters.mail import mailer
from aifactory.adapters.object_store.folder import FolderStore
from aifactory.config.environment import ENV
from aifactory.ports.carbon import CarbonSignal
from aifactory.ports.cluster import Cluster, ClusterDesk, Entrance
from aifactory.ports.dataspace import Caller, Identity
from aifactory.ports.desk import Desk
from aifactory.ports.engine import Engine
from aifactory.ports.keys import Signer
from aifactory.ports.mail import Mailer
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import provide, provide_later


def wire() -> None:
    """Fill the registry of ports. Reads and writes nothing yet: adapters open their files when first used."""
    from aifactory.supercomputer.cluster_desk import PortalClusterDesk
    from aifactory.supercomputer.desk import PortalDesk

    provide(Signer, FolderSigner(ENV.home / "keys"))
    provide(ObjectStore, FolderStore(ENV.home / "objects"))
    provide(CarbonSignal, _carbon())
    provide(Mailer, mailer(ENV.smtp_url, ENV.mail_from, ENV.home / "mail"))
    provide(Desk, PortalDesk())
    _dataspace()
    if ENV.engine == "local":
        provide_later(Engine, lambda: LocalEngine(ENV.home / "engine"))
        return
    user = ENV.slurm_user or getpass.getuser()
    cluster = SlurmCluster(Commands(ENV.slurm_conf), runner=user)
    provide(Cluster, cluster)
    provide(ClusterDesk, PortalClusterDesk(cluster.account))
    provide(Entrance, KeyFiles(ENV.ssh_keys or ENV.home / "ssh", tuple(ENV.ssh_command)))
    provide_later(Engine, lambda: _slurm_engine(user))


def _dataspace() -> None:
    """Signed tokens unless fixed ones are configured; the conformance kit's own ways where it is to be served."""
    provide_later(Caller, lambda: HttpCaller(ENV.dataspace_networks))
    if ENV.dataspace_tck:
        from aifactory.datasets.dataspace import conduct, scripted

        conduct.use(scripted.Script())
        provide(Identity, OpenDoor(ENV.participant(), scripted.VISITOR))
    elif ENV.dataspace_tokens:
        provide(Identity, StaticTokens(ENV.participant(), ENV.dataspace_tokens))
    else:
        provide(Identity, SignedTokens(ENV.participant(), ENV.home / "keys" / "dataspace.pem"))


def _slurm_engine(user: str) -> SlurmEngine:
    """By slurmrestd where its address is given, else by Slurm's commands; jobs run on their project's account."""
    commands = Commands(ENV.slurm_conf)
    if not ENV.slurm_rest:
        slurm: Commands | Rest = commands
    elif ENV.slurm_jwt_key is None:
        raise ValueError("AIFACTORY_SLURM_REST needs AIFACTORY_SLURM_JWT_KEY, the key that signs its tokens.")
    else:
        slurm = Rest(ENV.slurm_rest, user, ENV.slurm_jwt_key, commands, version=ENV.slurm_rest_version)
    folder = ENV.slurm_folder or ENV.home / "slurm"
    return SlurmEngine(
        folder, slurm, partition=ENV.slurm_partition, with_accounts=True, is_closed=ENV.slurm_closed
    )


def _carbon() -> CarbonSignal:
    """A forecast where there is one for the hours asked, typical hours of the same table otherwise."""
    typical = TypicalHours(zone=ENV.grid_zone)
    if ENV.carbon_forecast is None:
        return typical
    return FirstOf([ForecastFile(ENV.carbon_forecast, zone=ENV.grid_zone), typical])
