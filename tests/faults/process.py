"""A process of its own on the test's database and home: `python -m tests.faults.process worker|sealer`.

It is there to be killed.
"""

import os
import sys
from pathlib import Path

RECIPES = Path(__file__).with_name("recipes")


def worker() -> None:
    """Go round as the real worker does, with the recipes of these tests."""
    from aifactory.cli.admin.rounds import Rounds
    from aifactory.supercomputer import recipes

    recipes.ROOT = RECIPES
    Rounds().go(once=False, pause=0.05)


def sealer() -> None:
    """Seal one event at a time, so that there are many moments to be killed at."""
    from django.conf import settings

    from aifactory.audit.sealing import seal

    while True:
        seal(settings.LOG_ORIGIN, batch=1)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "aifactory.config.settings"
    import django

    django.setup()
    {"worker": worker, "sealer": sealer}[sys.argv[1]]()
