"""Jobs that take longer than one attempt may last: they go on from their checkpoint, and everything is asked again."""

from datetime import timedelta

import pytest

from aifactory.audit.models import Event
from aifactory.awards.models import Hold
from aifactory.datasets import agreeing
from aifactory.kit import clock
from aifactory.kit.errors import Invalid
from aifactory.people.models import User
from aifactory.ports.desk import RunOrder
from aifactory.supercomputer import actions
from aifactory.supercomputer.desk import PortalDesk
from tests.supercomputer.factories import later

STATE = {"checkpoint/state.npz": b"half way", "metrics.json": b"{}"}


@pytest.fixture
def long_job(plant, monkeypatch):
    """Give a started job of 25 minutes in a factory where one attempt lasts 10."""
    monkeypatch.setattr(actions, "LONGEST_WALL", 600)
    monkeypatch.setattr(actions, "LONGEST_CHAIN", 2400)
    plant.behaviour |= {"seconds": 10_000.0, "outputs": STATE}
    job = plant.submit(
        recipe="image-classifier",
        inputs={"images": plant.agreement.version_id},
        parameters={},
        wall_seconds=1500,
    )
    return actions.start(job, by=plant.user)


def run_out(plant, job, seconds):
    """Let the attempt that runs reach its limit, and report it."""
    plant.turn()
    with later(seconds=seconds):
        plant.turn()
    job.refresh_from_db()


def counters(plant):
    plant.line.refresh_from_db()
    return plant.line.held, plant.line.drawn


def test_a_long_job_goes_on_from_its_checkpoint_until_its_own_limit(plant, long_job):
    first = long_job.attempts.get()
    assert (first.wall_seconds, first.seconds_left, counters(plant)) == (600, 1500, (600, 0))
    run_out(plant, long_job, 601)
    second = long_job.attempts.get(number=2)
    assert (long_job.state, second.continues, second.seconds_left, counters(plant)) == (
        "queued", first, 900, (600, 600),
    )  # fmt: skip

    order = next(order for order in PortalDesk().orders("simulated") if isinstance(order, RunOrder))
    checkpoint = order.inputs[-1]
    assert (checkpoint.role, [file.path for file in checkpoint.files], checkpoint.grant) == (
        "checkpoint", ["state.npz"], None,
    )  # fmt: skip
    assert order.inputs[0].grant is not None
    with later(seconds=601):
        run_out(plant, long_job, 601)
        third = long_job.attempts.get(number=3)
        assert (third.continues, third.wall_seconds, third.seconds_left) == (second, 300, 300)
        with later(seconds=601):
            run_out(plant, long_job, 301)
    assert (long_job.state, long_job.reason) == ("failed", "It reached its limit of 300 seconds.")
    assert long_job.attempts.count() == 3
    assert counters(plant) == (0, 1500)
    assert [event.data for event in Event.objects.filter(name="job:go_on").order_by("pk")] == [
        {"seconds_left": 900}, {"seconds_left": 300},
    ]  # fmt: skip


def test_it_ends_where_the_budget_ends_and_says_so(plant, long_job):
    plant.line.refresh_from_db()
    type(plant.line).objects.filter(pk=plant.line.pk).update(amount=1000)
    run_out(plant, long_job, 601)
    assert (long_job.state, long_job.attempts.count(), counters(plant)) == ("failed", 1, (0, 600))
    assert "It reached its limit of 600 seconds. It cannot go on: This needs" in long_job.reason
    assert not Hold.objects.filter(key__startswith=f"{long_job.pk}-2").exists()


def test_it_ends_where_the_agreement_ended(plant, long_job):
    plant.turn()
    by = User.objects.get(pk=plant.agreement.offer.offered_by_id)
    agreeing.end_agreement(plant.agreement, by=by, reason="Consent was withdrawn")
    run_out(plant, long_job, 601)
    assert (long_job.state, long_job.attempts.count()) == ("failed", 1)
    assert "It cannot go on:" in long_job.reason


def test_without_a_checkpoint_it_cannot_go_on(plant, long_job):
    plant.behaviour["outputs"] = {"metrics.json": b"{}"}
    run_out(plant, long_job, 601)
    assert (long_job.state, long_job.reason) == (
        "failed", "It reached its limit of 600 seconds. It left no checkpoint to go on from.",
    )  # fmt: skip


def test_running_it_again_by_hand_goes_on_too_with_its_whole_time(plant, long_job):
    type(plant.line).objects.filter(pk=plant.line.pk).update(amount=1000)
    run_out(plant, long_job, 601)
    type(plant.line).objects.filter(pk=plant.line.pk).update(amount=3600)
    actions.retry(long_job, by=plant.user)
    again = long_job.attempts.get(number=2)
    assert (again.continues.number, again.wall_seconds, again.seconds_left) == (1, 600, 1500)


def test_only_a_recipe_with_checkpoints_may_ask_for_more_than_a_day(plant):
    with pytest.raises(Invalid) as refusal:
        plant.submit(wall_seconds=24 * 3600 + 1, deadline=clock.now() + timedelta(days=3))
    assert [(error.field, error.message) for error in refusal.value.errors] == [
        ("wall_seconds", "This recipe runs for at most 24 hours.")
    ]


def test_nodes_and_tasks_are_held_and_billed_whole_where_the_recipe_can(plant):
    with pytest.raises(Invalid) as refusal:
        plant.submit(nodes=2, tasks=0)
    assert [error.field for error in refusal.value.errors] == ["nodes", "tasks"]
    table = {"table": plant.agreement.version_id}
    wide = plant.submit(recipe="distributed-training", inputs=table, nodes=2, wall_seconds=600)
    array = plant.submit(recipe="hyper-parameter-sweep", inputs=table, tasks=2, wall_seconds=300)
    assert counters(plant) == (1200 + 600, 0)
    for job in (wide, array):
        actions.start(job, by=plant.user)
    assert [(order.limits.nodes, order.limits.tasks) for order in PortalDesk().orders("simulated")] == [
        (2, 1),
        (1, 2),
    ]
    plant.turn()
    with later(seconds=61):
        plant.turn()
        with later(seconds=61):
            plant.turn()
    assert counters(plant) == (0, 2 * 60 + 2 * 60)
    assert wide.attempts.get().usage.core_seconds == 120
