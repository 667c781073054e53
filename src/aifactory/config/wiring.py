"""Which adapter stands behind which port, by the environment."""

from aifactory.adapters.carbon.first_of import FirstOf
from aifactory.adapters.carbon.forecast_file import ForecastFile
from aifactory.adapters.carbon.typical import TypicalHours
from aifactory.adapters.dataspace.http import HttpCaller
from aifactory.adapters.dataspace.key_sets import KeySets
from aifactory.adapters.dataspace.tokens import OpenDoor, SignedTokens, StaticTokens
from aifactory.adapters.engine.local import LocalEngine
from aifactory.adapters.engine.slurm import names
from aifactory.adapters.keys.data_keys import FolderKeyStore
from aifactory.adapters.keys.folder import FolderSigner
from aifactory.adapters.mail import mailer
from aifactory.adapters.object_store.folder import FolderStore
from aifactory.adapters.object_store.s3 import S3Store
from aifactory.adapters.object_store.signing import Credentials
from aifactory.config import slurm
from aifactory.config.environment import ENV
from aifactory.ports.carbon import CarbonSignal
from aifactory.ports.cluster import Cluster, ClusterDesk, Entrance, Naming
from aifactory.ports.dataspace import Caller, Identity
from aifactory.ports.desk import Desk
from aifactory.ports.engine import Engine
from aifactory.ports.key_store import KeyStore
from aifactory.ports.keys import Signer
from aifactory.ports.mail import Mailer
from aifactory.ports.notebook import NotebookProxy
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get, provide, provide_later


def wire() -> None:
    """Fill the registry of ports. Reads and writes nothing yet: adapters open their files when first used."""
    from aifactory.supercomputer.cluster_desk import PortalClusterDesk
    from aifactory.supercomputer.desk import PortalDesk

    provide(Signer, FolderSigner(ENV.home / "keys"))
    provide(KeyStore, FolderKeyStore(ENV.data_keys or ENV.home / "data-keys"))
    provide(ObjectStore, _object_store())
    provide(CarbonSignal, _carbon())
    provide(Mailer, mailer(ENV.smtp_url, ENV.mail_from, ENV.home / "mail"))
    provide(Desk, PortalDesk())
    _dataspace()
    provide_later(NotebookProxy, _notebook_proxy)
    # Agents that stand elsewhere speak of their clusters here, whatever runs beside us.
    provide(ClusterDesk, PortalClusterDesk(names.account))
    if ENV.engine != "local" or ENV.agents:
        provide(Naming, names.SlurmNames())
    if ENV.engine == "local":
        provide_later(Engine, lambda: LocalEngine(ENV.home / "engine"))
    elif ENV.engine == "slurm":
        provide(Cluster, slurm.cluster())
        provide(Entrance, slurm.entrance())
        provide_later(Engine, slurm.engine)


def _object_store() -> ObjectStore:
    if not ENV.s3_endpoint:
        return FolderStore(ENV.home / "objects")
    who = Credentials(ENV.s3_key, ENV.s3_secret, ENV.s3_region)
    return S3Store(ENV.s3_endpoint, ENV.s3_bucket, who, outside=ENV.s3_outside)


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
        sets = KeySets(lambda: get(Caller))
        provide(Identity, SignedTokens(ENV.participant(), ENV.home / "keys" / "dataspace.pem", sets))


def _notebook_proxy() -> NotebookProxy:
    from aifactory.adapters.notebook.proxy import AiohttpProxy

    return AiohttpProxy(ENV.notebooks())


def _carbon() -> CarbonSignal:
    """A forecast where there is one for the hours asked, typical hours of the same table otherwise."""
    typical = TypicalHours(zone=ENV.grid_zone)
    if ENV.carbon_forecast is None:
        return typical
    return FirstOf([ForecastFile(ENV.carbon_forecast, zone=ENV.grid_zone), typical])
