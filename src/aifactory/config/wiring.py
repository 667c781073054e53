"""Which adapter stands behind which port, by the environment."""

from aifactory.adapters.engine.local import LocalEngine
from aifactory.adapters.keys.folder import FolderSigner
from aifactory.adapters.mail import mailer
from aifactory.adapters.object_store.folder import FolderStore
from aifactory.config.environment import ENV
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
    provide(Mailer, mailer(ENV.smtp_url, ENV.mail_from, ENV.home / "mail"))
    provide(Desk, PortalDesk())
    provide_later(Engine, lambda: LocalEngine(ENV.home / "engine"))
