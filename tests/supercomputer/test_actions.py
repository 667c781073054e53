"""Planning, starting, stopping and retrying jobs."""

from datetime import timedelta

import pytest

from aifactory.audit.models import Event
from aifactory.awards.actions import AwardExpired, BudgetExceeded
from aifactory.awards.models import Hold
from aifactory.datasets import agreeing
from aifactory.datasets.contracts import NoValidAgreement
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.models import User
from aifactory.supercomputer import actions
from aifactory.supercomputer.budget import NoAward
from aifactory.supercomputer.desk import stop_without_agreement
from aifactory.supercomputer.models import Attempt, Job
from tests.people.factories import person
from tests.supercomputer.factories import later


def counters(plant):
    plant.line.refresh_from_db()
    return plant.line.held, plant.line.drawn


def nothing_written():
    return (Job.objects.count(), Attempt.objects.count(), Hold.objects.count()) == (0, 0, 0)


def test_a_job_is_planned_at_the_greenest_hour_and_its_budget_set_aside(plant):
    now = clock.now()
    job = plant.submit(deadline=now + timedelta(hours=12))
    green = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=5)
    assert (job.state, job.planned_start, job.plan["reason"]) == ("planned", green, "later_is_greener")
    assert job.plan["saving_percent"] == 75.0
    assert job.plan["signal"]["source"] == "made for this test"
    assert counters(plant) == (600, 0)


def test_the_same_request_twice_is_one_job(plant):
    first = plant.submit(request_key="r1")
    assert plant.submit(request_key="r1").pk == first.pk
    assert (Job.objects.count(), counters(plant)) == (1, (600, 0))


def test_a_minute_over_budget_is_refused_and_nothing_is_written(plant):
    with pytest.raises(BudgetExceeded) as refusal:
        plant.submit(wall_seconds=3660)
    assert refusal.value.message == "This needs 1.017 core-h, and 1 core-h is left of the award."
    assert nothing_written()
    assert counters(plant) == (0, 0)


def test_without_an_agreement_a_job_is_refused_with_what_to_do(plant):
    agreeing.end_agreement(
        plant.agreement,
        by=User.objects.get(pk=plant.agreement.offer.offered_by_id),
        reason="Consent was withdrawn",
    )
    with pytest.raises(NoValidAgreement) as refusal:
        plant.submit()
    assert "not in force" in refusal.value.message
    assert refusal.value.next_step == "Open the page of the dataset and ask for a new agreement."
    assert nothing_written()


def test_after_the_award_has_expired_a_job_is_refused(plant):
    # The agreement of these tests ends with its project; the budget is asked on its own here.
    plant.line.ends_at = clock.now() + timedelta(minutes=5)
    plant.line.save()
    with pytest.raises(AwardExpired, match="before this job would"):
        plant.submit(deadline=clock.now() + timedelta(minutes=30))
    assert nothing_written()


def test_gpu_time_that_was_not_awarded_is_refused(plant):
    with pytest.raises(NoAward, match="was not awarded any GPU time"):
        plant.submit(gpus=1)
    assert nothing_written()


def test_limits_and_roles_are_checked_by_name(plant):
    with pytest.raises(Invalid) as refusal:
        plant.submit(cores=0, wall_seconds=90_000, memory_bytes=1, deadline=clock.now())
    assert [e.field for e in refusal.value.errors] == ["wall_seconds", "memory_bytes", "deadline"]
    with pytest.raises(Invalid) as refusal:
        plant.submit(inputs={"tabel": plant.agreement.version_id})
    assert [e.field for e in refusal.value.errors] == ["inputs.table", "inputs.tabel"]
    with pytest.raises(Invalid) as refusal:
        plant.submit(parameters={"target": "x", "folds": 99})
    assert [e.field for e in refusal.value.errors] == ["parameters.folds"]
    assert nothing_written()


def test_a_stranger_may_not_submit(plant):
    with pytest.raises(NotAllowed):
        actions.submit(plant.project, by=person(), recipe="tabular-classifier", inputs={}, parameters={})
    assert nothing_written()


def test_start_now_says_what_waiting_would_have_saved(plant):
    job = plant.submit(deadline=clock.now() + timedelta(hours=12))
    actions.start(job, by=plant.user)
    assert job.state == "queued"
    event = Event.objects.get(name="job:start")
    assert event.data == {"forgone_saving_grams": job.plan["saving_grams"]}
    assert actions.start(job, by=plant.user).state == "queued"


def test_a_planned_job_starts_by_itself_when_its_hour_comes(plant):
    job = plant.submit(deadline=clock.now() + timedelta(hours=12))
    assert actions.start_due() == []
    with later(hours=5):
        assert [started.pk for started in actions.start_due()] == [job.pk]


def test_cancelling_a_planned_job_gives_its_budget_back(plant):
    job = plant.submit()
    actions.cancel(job, by=plant.user)
    assert (job.state, counters(plant)) == ("cancelled", (0, 0))
    assert actions.cancel(job, by=plant.user).state == "cancelled"


def test_a_job_whose_agreement_ends_while_it_runs_is_stopped_and_billed_for_what_it_used(plant):
    plant.behaviour["seconds"] = 500.0
    job = plant.submit()
    actions.start(job, by=plant.user)
    plant.turn()
    with later(seconds=100):
        plant.turn()
        agreeing.end_agreement(
            plant.agreement,
            by=User.objects.get(pk=plant.agreement.offer.offered_by_id),
            reason="Consent was withdrawn",
        )
        assert [stopped.pk for stopped in stop_without_agreement()] == [job.pk]
        assert stop_without_agreement() == []
        plant.turn()
        plant.turn()
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert "Consent was withdrawn" in job.reason
    held, drawn = counters(plant)
    assert (held, 90 <= drawn <= 110) == (0, True)
