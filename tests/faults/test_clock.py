"""A clock that jumps, forward or back: nothing starts twice, nothing is billed below zero, the log still holds."""

from datetime import timedelta
from pathlib import Path

import pytest

from aifactory.kit import clock
from aifactory.ports.desk import Report
from aifactory.ports.engine import Phase, Status
from aifactory.ports.engine import Usage as Measured
from aifactory.supercomputer import actions
from aifactory.supercomputer.desk import PortalDesk
from aifactory.supercomputer.models import Job, Usage
from tests.faults.conftest import altered
from tests.supercomputer.factories import Factory

pytestmark = pytest.mark.django_db


def test_a_planned_start_passes_once_whatever_the_clock_does(plant: Factory) -> None:
    job = plant.submit(deadline=clock.now() + timedelta(hours=12))
    assert job.planned_start > clock.now() + timedelta(hours=3)
    with clock.frozen(job.planned_start - timedelta(seconds=1)):
        assert actions.start_due() == []
    with clock.frozen(job.planned_start):
        assert actions.start_due() == [job]
    for jump in (timedelta(hours=-3), timedelta(0), timedelta(days=3)):
        with clock.frozen(job.planned_start + jump):
            assert actions.start_due() == []
    assert Job.objects.get().state == "queued"


def test_a_clock_set_back_while_a_job_ran_gives_a_bill_and_a_log_that_hold(
    plant: Factory,
    tmp_path: Path,
) -> None:
    job = actions.start(plant.submit(), by=plant.user)
    begun = clock.now()
    used = Measured(wall_seconds=40.0, allocated_core_seconds=40, allocated_gpu_seconds=0, cpu_seconds=20.0)
    name = f"{job.pk}-1"
    with clock.frozen(begun - timedelta(hours=2)):
        end = Status(name, Phase.COMPLETED, "", 0, begun, begun - timedelta(hours=2), used)
        PortalDesk().report("simulated", [Report(name, end)])
    job.refresh_from_db()
    plant.line.refresh_from_db()
    usage = Usage.objects.get()
    assert (job.state, plant.line.drawn, usage.core_seconds, usage.wall_seconds) == (
        "succeeded",
        40,
        40,
        40.0,
    )
    assert usage.kwh > 0
    assert usage.grams is None or usage.grams >= 0
    assert altered(tmp_path) == []
