"""The mount gate as the portal keeps it: grants that are renewed, refusals that are on record."""

import json
from datetime import timedelta

import pytest

from aifactory.audit.models import Event
from aifactory.datasets import actions as data
from aifactory.datasets.contracts import GRANT_TYPE, NoValidAgreement
from aifactory.kit import clock
from aifactory.kit.signing import verify_envelope
from aifactory.ports.desk import WatchOrder
from aifactory.ports.keys import Signer
from aifactory.ports.registry import get
from aifactory.supercomputer import actions, desk
from aifactory.supercomputer.desk import PortalDesk, stop_without_agreement
from tests.supercomputer.factories import later


def running(plant, wall_seconds=3600):
    """A job that runs on the data for as long as a test lasts."""
    plant.behaviour["seconds"] = 50_000.0
    job = plant.submit(wall_seconds=wall_seconds)
    actions.start(job, by=plant.user)
    plant.turn()
    return job, job.attempts.get()


def test_a_running_job_gets_a_fresh_grant_from_time_to_time_for_as_long_as_the_agreement_holds(plant):
    job, attempt = running(plant)
    desk = PortalDesk()
    (first,) = desk.orders("simulated")
    told = verify_envelope(first.grants["table"].envelope, get(Signer).public_keys(), payload_type=GRANT_TYPE)
    agreement = plant.agreement
    assert {k: told[k] for k in ("agreement", "contract", "project", "job", "attempt", "version_digest")} == {
        "agreement": agreement.pk,
        "contract": agreement.digest,
        "project": plant.project.pk,
        "job": job.pk,
        "attempt": attempt.name,
        "version_digest": agreement.version.digest,
    }
    assert told["expires_at"] <= clock.stamp(clock.now() + timedelta(hours=1))
    assert desk.orders("simulated") == [WatchOrder(attempt.name)]
    with later(minutes=11):
        assert set(desk.orders("simulated")[0].grants) == {"table"}
    data.suspend_agreement(agreement, by=agreement.offer.offered_by, reason="A leak is looked into")
    with later(minutes=22):
        assert desk.orders("simulated") == [WatchOrder(attempt.name)]
    assert [stopped.pk for stopped in stop_without_agreement()] == [job.pk]
    (cancel,) = desk.orders("simulated")
    assert "A leak is looked into" in cancel.reason


def test_every_answer_of_the_gate_is_in_the_log(plant):
    _job, attempt = running(plant)
    given = Event.objects.get(name="dataset:mount")
    assert json.loads(json.dumps(given.data)) == {
        "agreement": plant.agreement.pk,
        "version": plant.agreement.version_id,
        "attempt": attempt.name,
    }
    data.suspend_agreement(
        plant.agreement, by=plant.agreement.offer.offered_by, reason="A leak is looked into"
    )
    with pytest.raises(NoValidAgreement):
        plant.submit()
    refused = Event.objects.get(name="dataset:refuse_mount")
    assert (refused.actor, refused.data) == (
        "system:mount-gate",
        {
            "project": plant.project.pk,
            "version": plant.agreement.version_id,
            "attempt": "",
            "rule": "in-force",
        },
    )


def test_a_job_that_cannot_be_stopped_now_keeps_no_other_going(plant, monkeypatch):
    first, second = (running(plant, 1200)[0] for _ in range(2))
    stop = desk.stop

    def fails(job, **facts):
        if job.pk == first.pk:
            raise RuntimeError("not now")
        return stop(job, **facts)

    monkeypatch.setattr(desk, "stop", fails)
    data.suspend_agreement(
        plant.agreement, by=plant.agreement.offer.offered_by, reason="A leak is looked into"
    )
    assert [stopped.pk for stopped in stop_without_agreement()] == [second.pk]
    monkeypatch.undo()
    assert [stopped.pk for stopped in stop_without_agreement()] == [first.pk]
