"""The peer: ColdFront from PyPI, pinned, in an environment of its own, filled through its own models."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import postgres

from benchmarks.portal.rows import Rows
from benchmarks.portal.site import Application, Site, filled, served

HERE = Path(__file__).parent
PINS, LOADER = HERE / "coldfront.txt", HERE / "coldfront_load.py"
HOME = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "aifactory-bench" / "coldfront"
PYTHON = HOME / "bin" / "python"


def install() -> None:
    """Install the pinned versions; quick when they are there already."""
    from uv import find_uv_bin

    uv = find_uv_bin()
    if not PYTHON.exists():
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, HOME], check=True)
    subprocess.run([uv, "pip", "sync", "--quiet", "--python", PYTHON, PINS], check=True)


@contextmanager
def coldfront(server: postgres.Server, rows: Rows) -> Iterator[Site]:
    """Serve ColdFront with so many rows, for its superuser, with connections to the database kept open."""
    install()
    url = server.create("coldfront").replace("postgresql:", "psql:")
    environment = {
        "DB_URL": f"{url}?conn_max_age=60",
        "SECRET_KEY": "for this run on loopback only",
        "DJANGO_SETTINGS_MODULE": "coldfront.config.settings",
        "STATIC_ROOT": str(HOME / "static"),
    }
    app = Application("ColdFront", PYTHON, "coldfront.config.wsgi:application", environment)
    cookie, pages = filled(app, LOADER, rows)
    server.analyze("coldfront")
    with served(app, cookie, pages) as site:
        yield site
