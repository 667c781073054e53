"""What a job costs the portal from the wish to the bill: questions to the database, those of the log left out."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from aifactory.kit import clock
from aifactory.ports.desk import Report
from aifactory.ports.engine import Phase, Status, Usage
from aifactory.supercomputer import actions
from aifactory.supercomputer.desk import PortalDesk
from aifactory.supercomputer.models import Attempt, Job
from tests.datasets.dataspace.test_cost import asked
from tests.supercomputer.factories import Factory

pytestmark = pytest.mark.django_db
JOBS = 3


def cost(step: Callable[[], Any]) -> int:
    """Count what a step asks; what the log takes differs between databases, and is pinned elsewhere."""
    with asked() as seen:
        step()
    return sum("INSERT INTO audit_" not in sql for sql in seen)


def test_a_job_takes_so_many_questions_from_the_wish_to_the_bill(plant: Factory) -> None:
    desk = PortalDesk()
    submitted = cost(plant.submit)
    for _ in range(JOBS - 1):
        plant.submit()
    Job.objects.update(planned_start=clock.now())
    found = {"submit": submitted, "start": cost(actions.start_due)}
    found["orders"] = cost(lambda: desk.orders("simulated"))
    names, at = list(Attempt.objects.values_list("name", flat=True)), clock.now()
    used = Usage(1.0, 1, 0, simulated=True)

    def told(phase: Phase, **facts: Any) -> int:
        """Report on all of them at once."""
        reports = [Report(name, Status(name, phase, **facts)) for name in names]
        return cost(lambda: desk.report("simulated", reports))

    found["waits"] = told(Phase.QUEUED, reason="It waits.")
    found["still waits"] = told(Phase.QUEUED, reason="It waits.")
    found["runs"] = told(Phase.RUNNING, started_at=at)
    found["ended"] = told(Phase.COMPLETED, started_at=at, ended_at=at, usage=used)
    assert Job.objects.filter(state="succeeded").count() == JOBS
    assert found == {
        "submit": 13,
        "start": 7,
        "orders": 30,
        "waits": 5,
        "still waits": 2,
        "runs": 11,
        "ended": 51 if connection.vendor == "postgresql" else 57,  # the ledger is copied there
    }
