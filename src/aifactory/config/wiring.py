"""Which adapter stands behind which port, by the environment."""

from aifactory.adapters.carbon.first_of import FirstOf
from aifactory.adapters.carbon.forecast_file import ForecastFile
from aifactory.adapters.carbon.typical import TypicalHours
from aifactory.adapters.engine.local import LocalEngine
from aifactory.adapters.keys.folder import FolderSigner
from aifactory.adapters.mail import mailer
from aifactory.adapters.object_store.folder import FolderStore
from aifactory.config.environment import ENV
from aifactory.ports.carbon import CarbonSignal
from aifactory.ports.desk import Desk
from aifactory.ports.engine import Engine
from aifactory.ports.keys import Signer
from aifactory.ports.mail import Mailer
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import provide, provide_later


def wire() -> None:
    """Fill the registry of ports. Reads and writes nothing yet: adapters open their files when first used."""
    from aifactory.supercomputer.desk import PortalDesk

    provide(Signer, FolderSigner(ENV.home / "keys"))
    provide(ObjectStore, FolderStore(ENV.home / "objects"))
    provide(CarbonSignal, _carbon())
    provide(Mailer, mailer(ENV.smtp_url, ENV.mail_from, ENV.home / "mail"))
    provide(Desk, PortalDesk())
    provide_later(Engine, lambda: LocalEngine(ENV.home / "engine"))


def _carbon() -> CarbonSignal:
    """A forecast where there is one for the hours asked, typical hours of the same table otherwise."""
    typical = TypicalHours(zone=ENV.grid_zone)
    if ENV.carbon_forecast is None:
        return typical
    return FirstOf([ForecastFile(ENV.carbon_forecast, zone=ENV.grid_zone), typical])
