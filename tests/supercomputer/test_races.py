"""Two jobs want the last GPU-hour; slots of the simulated engine are never shown as real use."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from aifactory.awards.actions import BudgetExceeded
from aifactory.supercomputer.models import Job
from tests.awards import factories as awards

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_wins_and_the_other_is_told(plant):
    gpu = awards.line(plant.project, resource="gpu", amount=600)
    together = Barrier(2)

    def race(key):
        try:
            together.wait()
            plant.submit(gpus=1, request_key=key)
        except BudgetExceeded as refusal:
            return refusal.message
        else:
            return "planned"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(race, ["a", "b"]))
    assert outcomes == ["This needs 0.167 GPU-h, and 0 GPU-h is left of the award.", "planned"]
    gpu.refresh_from_db()
    plant.line.refresh_from_db()
    assert (gpu.held, plant.line.held, Job.objects.count()) == (600, 600, 1)
