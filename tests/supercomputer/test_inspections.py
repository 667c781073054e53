"""A version inspected as a job: given to it for that alone, billed, its report kept as if one machine made it."""

import json

import pytest

from aifactory.audit.models import Event
from aifactory.datasets import actions as data
from aifactory.datasets.contracts import NoValidAgreement
from aifactory.datasets.inspection import inspect_table
from aifactory.datasets.models import DatasetVersion
from aifactory.kit.errors import NotAllowed
from aifactory.people.models import User
from aifactory.supercomputer import actions
from aifactory.supercomputer.inspections.actions import OUTCOME, hand_over, order
from aifactory.supercomputer.inspections.queries import last_ordered
from tests.awards import factories as awards
from tests.datasets import factories as datasets
from tests.supercomputer.factories import later

CSV = b"age,town\n" + b"".join(b"%d,%s\n" % (n % 80, b"Ede" if n % 3 else b"Oss") for n in range(90))


@pytest.fixture
def draft(db, plant):
    """A version with a table and a text; its steward leads a project that can pay."""
    dataset = datasets.dataset()
    steward = User.objects.get(pk=dataset.steward_id)
    version = data.new_version(dataset, by=steward)
    data.add_file(version, [CSV], by=steward, name="people.csv")
    data.add_file(version, [b"Read this."], by=steward, name="about.txt")
    version.refresh_from_db()
    version.project = awards.project(leader=steward, organisation=dataset.holder)
    awards.line(version.project, resource="core", amount=100_000)
    return version


def result(tmp_path, restricted=True, name="people.csv"):
    path = tmp_path / name
    path.write_bytes(CSV)
    table = inspect_table(path, media_type="text/csv", restricted=restricted)
    return json.dumps({"format": "aifactory-tables/1", "nodes": 1, "tables": {name: table}}).encode()


def ordered(plant, version, report):
    steward = version.project.leader
    plant.behaviour["outputs"] = {"report.json": report}
    return order(version, project=version.project, by=steward, engine="simulated", wall_seconds=600)


def run(plant, job):
    actions.start(job, by=job.submitted_by)
    plant.turn()
    with later(minutes=5):
        plant.turn()
    job.refresh_from_db()
    assert job.state == "succeeded", job.reason
    return job.attempts.get()


def test_the_report_of_a_job_is_the_one_that_one_machine_makes(plant, draft, tmp_path):
    steward = draft.project.leader
    job = ordered(plant, draft, result(tmp_path))
    assert job.inputs == [{"role": "tables", "dataset_version": draft.pk, "version_digest": draft.digest}]
    assert (job.parameters["restricted"], job.is_restricted) == (True, True)
    assert last_ordered(draft, steward).is_underway
    attempt = run(plant, job)
    assert [hand_over(), hand_over()] == [1, 0]
    kept = DatasetVersion.objects.get(pk=draft.pk)
    event = Event.objects.filter(name="version:inspect").latest("pk")
    assert event.actor.endswith(steward.pk)
    digest = attempt.outputs[0]["digest"]
    assert event.data == {"files": 2, "rows": 90, "attempt": attempt.pk, "result": digest}
    assert kept.state == "inspected"
    here = data.inspect_version(kept, by=steward)
    assert (here.report, here.report_digest) == (kept.report, kept.report_digest)
    attempt.refresh_from_db()
    assert attempt.facts[OUTCOME] == kept.report_digest
    assert attempt.usage.core_seconds == 120  # a minute of make-believe on two cores, billed like any job
    assert not last_ordered(draft, steward).is_underway


def test_a_version_that_changed_meanwhile_keeps_no_report(plant, draft, tmp_path):
    job = ordered(plant, draft, result(tmp_path))
    attempt = run(plant, job)
    data.add_file(draft, [CSV], by=draft.project.leader, name="more.csv")
    assert hand_over() == 0
    attempt.refresh_from_db()
    assert attempt.facts[OUTCOME].startswith("This version is not the one whose inspection was ordered.")
    assert DatasetVersion.objects.get(pk=draft.pk).state == "draft"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"restricted": False}, "The report is not about the tables of this version, or hides too little"),
        ({"name": "other.csv"}, "The report is not about the tables of this version, or hides too little"),
        (None, "The job left no report that can be read."),
    ],
)
def test_a_report_that_does_not_fit_is_told_of_and_not_kept(plant, draft, tmp_path, wrong, why):
    job = ordered(plant, draft, b"{}" if wrong is None else result(tmp_path, **wrong))
    run(plant, job)
    assert [hand_over(), hand_over()] == [0, 0]
    told = last_ordered(draft, draft.project.leader)
    assert not told.is_underway
    assert told.problem.startswith(why)
    assert DatasetVersion.objects.get(pk=draft.pk).report is None


def test_only_a_steward_of_the_holder_has_a_draft_inspected(plant, draft):
    with pytest.raises(NotAllowed):
        order(draft, project=plant.project, by=plant.user, engine="simulated")
    wish = {"recipe": "inspect-tables", "inputs": {"tables": draft.pk}}
    with pytest.raises(NoValidAgreement) as refusal:
        actions.submit(plant.project, by=plant.user, engine="simulated", **wish)
    assert refusal.value.rule == "no-agreement"


def test_the_stewards_page_orders_it_and_shows_whose_turn_it_is(client, plant, draft, settings):
    settings.FACTORY_ENGINE = "simulated"
    client.force_login(draft.project.leader)
    page = f"/datasets/versions/{draft.pk}/"
    assert "Inspect on the cluster" in client.get(page).content.decode()
    at = f"{page}inspect/cluster/"
    assert "Project that pays" in client.get(at).content.decode()
    answer = client.post(at, {"project": draft.project.pk, "nodes": 1, "cores": 1})
    assert answer.status_code == 302, answer.content.decode()
    shown = client.get(page).content.decode()
    assert "It is the turn of the cluster" in shown
    assert "Inspect on the cluster" not in shown
    too_many = client.post(at, {"project": draft.project.pk, "nodes": 65, "cores": 1}).content.decode()
    assert "Use at most 64 with this recipe." in too_many
