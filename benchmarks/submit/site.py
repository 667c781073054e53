"""The factory under test, with one recipe that only waits: `python -m benchmarks.submit.site prepare|worker`."""

import json
import os
import sys
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aifactory.config.settings")

import django
from tests.faults.process import RECIPES

django.setup()

from aifactory.supercomputer import recipes  # noqa: E402

recipes.ROOT = RECIPES
recipes.find.__defaults__ = (RECIPES,)

from aifactory.config.wsgi import application  # noqa: E402

__all__ = ["application"]


def prepare() -> None:
    """Make a person with a project and core time; print its id and a token."""
    from django.core.management import call_command
    from tests.awards import factories

    from aifactory.awards.actions import grant_line
    from aifactory.kit import clock
    from aifactory.people.actions import issue_token

    call_command("migrate", verbosity=0)
    project, now = factories.project(), clock.now()
    grant_line(
        project, by=factories.GRANTOR, resource="core", amount=10**9, starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(days=30),
    )  # fmt: skip
    token = issue_token(project.leader, label="benchmark")[1]
    print(json.dumps({"project": project.pk, "token": token}))


def worker() -> None:
    """Go round as the real worker does."""
    from aifactory.cli.admin.rounds import Rounds

    Rounds().go(once=False, pause=0.05)


if __name__ == "__main__":
    {"prepare": prepare, "worker": worker}[sys.argv[1]]()
