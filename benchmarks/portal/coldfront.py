"""The peer: ColdFront from PyPI, pinned, in an environment of its own, filled through its own models."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from uv import find_uv_bin

from benchmarks import postgres
from benchmarks.portal.rows import Rows
from benchmarks.portal.site import Page, Site, served

HERE = Path(__file__).parent
HOME = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "aifactory-bench" / "coldfront"
PYTHON = HOME / "bin" / "python"


def install() -> str:
    """Install the pinned versions; quick when they are there already. Returns ColdFront's version."""
    uv = find_uv_bin()
    if not PYTHON.exists():
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, HOME], check=True)
    pins = HERE / "coldfront.txt"
    subprocess.run([uv, "pip", "sync", "--quiet", "--python", PYTHON, pins], check=True)
    return next(line for line in pins.read_text().splitlines() if line.startswith("coldfront==")).partition(
        "=="
    )[2]


@contextmanager
def coldfront(server: postgres.Server, rows: Rows) -> Iterator[tuple[Site, list[Page]]]:
    """Serve ColdFront with so many rows, and yield it with the pages to ask for as its superuser."""
    install()
    url = server.create("coldfront").replace("postgresql:", "psql:")
    environment = {
        "DB_URL": f"{url}?conn_max_age=60",
        "SECRET_KEY": "for this run on loopback only",
        "DJANGO_SETTINGS_MODULE": "coldfront.config.settings",
        "STATIC_ROOT": str(HOME / "static"),
    }
    done = subprocess.run(
        [PYTHON, "-P", HERE / "coldfront_load.py"],
        input=json.dumps(rows.wanted()), env={**os.environ, **environment},
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    loaded = json.loads(done.stdout)
    pages = [Page(**{**page, "shows": tuple(page["shows"])}) for page in loaded["pages"]]
    collect = [PYTHON, "-m", "django", "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(collect, env={**os.environ, **environment}, check=True)
    server.analyze("coldfront")
    with served(PYTHON, "coldfront.config.wsgi:application", environment, loaded["cookie"]) as site:
        yield site, pages
