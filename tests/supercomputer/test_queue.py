"""People's own jobs on a cluster: kept, explained, and the flags with which to submit one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aifactory.awards.actions import add_member, remove_member
from aifactory.kit import clock
from aifactory.people.ssh.actions import add_key, remove_key
from aifactory.ports.cluster import JobRecord, Naming
from aifactory.ports.registry import _provided, provide
from aifactory.supercomputer import getting_in
from aifactory.supercomputer.diagnosis import standing_lines
from aifactory.supercomputer.models import QueuedJob
from aifactory.supercomputer.queue import actions, queries
from tests.awards import factories as awards
from tests.people.factories import person
from tests.people.test_ssh import fresh

pytestmark = pytest.mark.django_db
BEGIN = clock.now().replace(microsecond=0)
WAITS = JobRecord(
    "7", BEGIN, "train", "p1", "usr_1", "p1", "gpu", "PENDING", reason="QOSGrpGRESMinutes",
    tres={"cpu": 8, "gres/gpu": 2, "mem": 4_000_000_000}, nodes=1, limit_minutes=120,
)  # fmt: skip


class SomeCluster:
    """Names things as a cluster does."""

    def account(self, project: str) -> str:
        return project.lower()

    user = account


@pytest.fixture
def some_cluster():
    provide(Naming, SomeCluster())
    yield
    del _provided[Naming]


def taken(project, *records: JobRecord) -> int:
    return actions.take("slurm", records, accounts={"p1": project.pk})


def test_the_queue_is_taken_as_it_is_and_a_read_more_changes_nothing():
    project = awards.project()
    others = replace(WAITS, job_id="8", account="somebody")
    again = replace(WAITS, submitted_at=BEGIN + timedelta(hours=1))  # a cluster that lost its memory
    assert taken(project, WAITS, others, again, WAITS) == 2
    ran = replace(WAITS, state="RUNNING", reason="None", started_at=BEGIN)
    assert taken(project, ran, again) == 2
    assert list(QueuedJob.objects.order_by("submitted_at").values_list("job_id", "state", "reason")) == [
        ("7", "RUNNING", "None"),
        ("7", "PENDING", "QOSGrpGRESMinutes"),
    ]


def test_the_portals_own_jobs_have_pages_of_their_own(plant):
    attempt = plant.submit().attempts.get()
    mine = replace(WAITS, name=attempt.name)
    assert actions.take("simulated", [mine], accounts={"p1": plant.project.pk}) == 0


def test_each_is_explained_with_its_own_figures(some_cluster, django_assert_num_queries):
    project = awards.project()
    awards.line(project, amount=7200)
    failed = replace(
        WAITS,
        job_id="9",
        state="FAILED",
        reason="NonZeroExitCode",
        exit_code=127,
        ended_at=BEGIN,
        started_at=BEGIN,
    )
    killed = replace(failed, job_id="10", reason="RaisedSignal", exit_code=0, signal=9)
    refused = replace(failed, job_id="11", reason="BadConstraints", exit_code=0, signal=1)
    late = replace(WAITS, job_id="12", state="TIMEOUT", reason="TimeLimit")
    taken(project, WAITS, failed, killed, refused, late)
    with django_assert_num_queries(5):
        lines, names = standing_lines(project), queries.owners(project, project.leader)
        found = [queries.own_job_facts(job, lines, names) for job in queries.own_jobs(project)]
    told = {job["job"]: job["doctor"] for job in found}
    assert {job: doctor["rule"] for job, doctor in told.items()} == {
        "7": "gpu-budget", "9": "not-found", "10": "killed", "11": "no-such-node", "12": "time-limit"
    }  # fmt: skip
    assert told["7"]["figures"] == (
        "It asks for 4 GPU-h; 2 GPU-h is left. With 2 GPUs it fits with --time=60 (minutes) or less."
    )
    assert told["10"]["figures"] == "It had 4,000 MB."
    assert told["12"]["figures"] == "Its limit was 120 minutes."


def test_the_flags_are_those_of_the_projects_own_budget(some_cluster, settings):
    settings.SLURM_PARTITION, settings.SSH_HOST = "gpu", "login.example"
    project = awards.project()
    awards.line(project, amount=7200)
    account, user = project.pk.lower(), project.leader_id.lower()
    found = queries.own_work(project, project.leader)
    assert (found.host, found.user, found.left) == ("login.example", user, {"gpu": 7200})
    assert found.line == (
        f"sbatch --account={account} --qos={account} --partition=gpu --gres=gpu:1 --time=60 job.sh"
    )
    awards.line(project, resource="core")
    assert "--gres=gpu:1" not in queries.own_work(project, project.leader).flags


def test_without_a_cluster_there_are_no_flags():
    project = awards.project()
    assert queries.own_work(project, project.leader) is None


def test_people_get_in_while_they_work_on_a_project_whose_award_runs():
    line = awards.line()
    project = line.project
    member = person()
    added = add_member(project, member, by=project.leader)
    one, other = fresh(), fresh()
    keys = [add_key(member, one), add_key(member, other)]
    add_key(person(), fresh())  # works on nothing
    assert getting_in.keys() == {member.pk: (one, other)}

    remove_key(keys[0], by=member)
    assert getting_in.keys() == {member.pk: (other,)}
    with clock.frozen(line.ends_at):
        assert getting_in.keys() == {}
    remove_member(added, by=project.leader)
    assert getting_in.keys() == {}
    assert not member.may("project:work", project)
    assert add_member(project, member, by=project.leader).pk != added.pk
    assert getting_in.keys() == {member.pk: (other,)}
