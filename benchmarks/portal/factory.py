"""Our side: this working tree, filled through the awards room's models."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import postgres

from benchmarks.portal.rows import Rows
from benchmarks.portal.site import Application, Site, filled, served

LOADER = Path(__file__).parent / "factory_load.py"


@contextmanager
def factory(name: str, server: postgres.Server, rows: Rows) -> Iterator[Site]:
    """Serve the factory with so many rows, for a member of its office."""
    database = name.replace(" ", "_")
    with tempfile.TemporaryDirectory(prefix="aifactory-bench-") as home:
        environment = {
            "AIFACTORY_HOME": home,
            "AIFACTORY_SECRET_KEY": "for this run on loopback only",
            "DATABASE_URL": server.create(database),
        }
        app = Application(name, Path(sys.executable), "aifactory.config.wsgi:application", environment)
        cookie, pages = filled(app, LOADER, rows)
        server.analyze(database)
        with served(app, cookie, pages) as site:
            yield site
