"""What agents are told and what is taken from them; each report may come twice."""

import pytest
from django.db import DatabaseError, connection, transaction

from aifactory.kit import clock
from aifactory.ports.desk import ForgetOrder, Report, RunOrder, WatchOrder
from aifactory.ports.engine import Phase, Status, Usage
from aifactory.supercomputer import actions
from aifactory.supercomputer.actions import NotIdempotent
from aifactory.supercomputer.desk import PortalDesk
from aifactory.supercomputer.models import Usage as UsageRecord
from tests.supercomputer.factories import later

DESK = PortalDesk()


@pytest.fixture
def job(plant):
    return actions.start(plant.submit(), by=plant.user)


def reported(job, phase, **status):
    attempt = job.attempts.latest("number")
    DESK.report("simulated", [Report(attempt.name, Status(attempt.name, phase, **status))])
    job.refresh_from_db()
    attempt.refresh_from_db()
    return attempt


def test_a_planned_job_is_not_ordered_and_a_started_one_is(plant):
    job = plant.submit()
    assert DESK.orders("simulated") == []
    actions.start(job, by=plant.user)
    (order,) = DESK.orders("simulated")
    assert isinstance(order, RunOrder)
    assert (order.attempt, order.recipe, order.restricted) == (f"{job.pk}-1", "tabular-classifier", True)
    assert [file.path for file in order.inputs[0].files] == ["cells.csv"]
    assert DESK.orders("another engine") == []


def test_a_whole_run_is_billed_once_for_what_it_used(plant, job):
    plant.turn()
    with later(seconds=61):
        for _ in range(4):
            plant.turn()
    job.refresh_from_db()
    attempt = job.attempts.get()
    assert (job.state, attempt.state, [file["path"] for file in attempt.outputs]) == (
        "succeeded",
        "completed",
        ["metrics.json"],
    )
    plant.line.refresh_from_db()
    assert (plant.line.held, plant.line.drawn) == (0, 60)
    used = attempt.usage
    assert (used.core_seconds, used.gpu_seconds, used.simulated, used.kwh) == (60, 0, True, None)
    assert attempt.forgotten
    assert DESK.orders("simulated") == []


def test_a_report_that_comes_twice_changes_nothing_the_second_time(plant, job):
    used = Usage(wall_seconds=30.0, allocated_core_seconds=30, allocated_gpu_seconds=0, cpu_seconds=15.0)
    end = {"usage": used, "started_at": clock.now(), "ended_at": clock.now(), "exit_code": 0}
    for _ in range(3):
        attempt = reported(job, Phase.COMPLETED, **end)
    plant.line.refresh_from_db()
    assert (job.state, plant.line.drawn, UsageRecord.objects.count()) == ("succeeded", 30, 1)
    assert attempt.usage.kwh_low < attempt.usage.kwh < attempt.usage.kwh_high
    assert attempt.usage.method.startswith("D: estimated")
    assert attempt.usage.grams_low < attempt.usage.grams < attempt.usage.grams_high
    assert attempt.usage.signal == "made for this test"


def test_usage_can_never_be_changed(plant, job):
    used = Usage(wall_seconds=1.0, allocated_core_seconds=1, allocated_gpu_seconds=0)
    reported(job, Phase.COMPLETED, usage=used, started_at=clock.now(), ended_at=clock.now())
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE supercomputer_usage SET core_seconds = 0")


def test_a_failure_carries_its_reason_to_the_job(plant, job):
    reported(
        job,
        Phase.OUT_OF_MEMORY,
        reason="It needed more than 1 GB.",
        started_at=clock.now(),
        ended_at=clock.now(),
    )
    assert (job.state, job.reason) == ("failed", "It needed more than 1 GB.")


def test_an_attempt_whose_end_is_unknown_is_shown_as_such_watched_and_not_billed(plant, job):
    attempt = reported(job, Phase.LOST, reason="The machine went down.")
    assert (job.state, attempt.state) == ("unknown", "lost")
    assert DESK.orders("simulated") == [WatchOrder(attempt.name)]
    plant.line.refresh_from_db()
    assert (plant.line.held, plant.line.drawn, UsageRecord.objects.count()) == (600, 0, 0)


def test_a_lost_attempt_of_an_idempotent_recipe_runs_again_under_a_new_name(plant, job):
    lost = reported(job, Phase.LOST)
    actions.retry(job, by=plant.user)
    plant.line.refresh_from_db()
    assert (job.state, plant.line.held) == ("queued", 600)
    orders = DESK.orders("simulated")
    assert [(type(order), order.attempt) for order in orders] == [
        (RunOrder, f"{job.pk}-2"),
        (ForgetOrder, lost.name),
    ]


def test_a_lost_attempt_of_another_recipe_does_not_run_again(plant, job, monkeypatch):
    from dataclasses import replace

    from aifactory.supercomputer import recipes

    reported(job, Phase.LOST)
    once = replace(recipes.find(job.recipe), idempotent=False)
    monkeypatch.setattr(actions.recipes, "find", lambda _id: once)
    with pytest.raises(NotIdempotent, match="may not run twice"):
        actions.retry(job, by=plant.user)
    job.refresh_from_db()
    assert (job.state, job.attempts.count()) == ("unknown", 1)


def test_a_lost_attempt_that_turns_up_again_ends_as_it_truly_did(plant, job):
    reported(job, Phase.LOST)
    used = Usage(wall_seconds=9.0, allocated_core_seconds=9, allocated_gpu_seconds=0)
    reported(job, Phase.COMPLETED, usage=used, started_at=clock.now(), ended_at=clock.now())
    plant.line.refresh_from_db()
    assert (job.state, plant.line.held, plant.line.drawn) == ("succeeded", 0, 9)


def test_data_changed_on_disk_after_inspection_never_reaches_a_job(plant, job, store):
    key = plant.agreement.version.files.get().key
    (path,) = (path for path in store.root.rglob("*") if path.is_file() and key in path.as_posix())
    path.chmod(0o600)
    path.write_bytes(b"radius,texture,malignant\n1,2,0\n")
    plant.turn()
    job.refresh_from_db()
    attempt = job.attempts.get()
    assert (job.state, attempt.state) == ("failed", "refused")
    assert "cells.csv" in attempt.reason, key
    plant.line.refresh_from_db()
    assert (plant.line.held, plant.line.drawn) == (0, 0)
