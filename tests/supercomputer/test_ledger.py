"""The ledger of a cluster's books: exactly once, corrections beside what they correct, sums that hold."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from aifactory.audit.models import Event
from aifactory.awards import actions
from aifactory.kit import clock
from aifactory.people.actors import SystemActor
from aifactory.ports.cluster import JobRecord, ReplyIsCutOff
from aifactory.supercomputer import ledger, totals, usage
from aifactory.supercomputer.actions import start
from aifactory.supercomputer.models import (
    ClusterBooks,
    Job,
    LedgerEntry,
    LineUse,
    RunningJob,
    UsageDay,
    UsageSlice,
    UsageTotal,
)
from tests.awards import factories as awards
from tests.supercomputer.factories import later

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def record(job_id: str = "7", *, seconds: int = 600, state: str = "COMPLETED", **more) -> JobRecord:
    facts = {
        "name": "train", "account": "p1", "user": "usr_1", "qos": "p1", "partition": "main", "nodes": 1,
        "tres": {"cpu": 4, "gres/gpu": 2, "node": 1}, "submitted_at": NOON - timedelta(minutes=1),
        "started_at": NOON, "ended_at": NOON + timedelta(seconds=seconds), "elapsed_seconds": seconds,
    }  # fmt: skip
    return JobRecord(job_id=job_id, state=state, **(facts | more))


RUNNING = {"state": "RUNNING", "ended_at": None}


def take(*records: JobRecord, project=None) -> int:
    accounts = {"p1": project.pk} if project else {}
    return ledger.take("slurm", records, until=clock.now(), accounts=accounts)


@pytest.fixture
def project(db):
    return awards.project()


def test_a_read_that_comes_twice_writes_once(project):
    assert [take(record(), project=project) for _ in range(3)] == [1, 0, 0]
    (entry,) = LedgerEntry.objects.all()
    assert (entry.revision, entry.elapsed_seconds, entry.cores, entry.gpus) == (1, 600, 4, 2)
    assert Event.objects.filter(name="usage:read").count() == 1
    assert ledger.by_month(project) == [
        {"month": "2026-11", "jobs": 1, "gpu_seconds": 1200, "core_seconds": 2400, "node_seconds": 600,
         "outside_gpu_seconds": 1200}
    ]  # fmt: skip


def test_what_the_cluster_corrects_is_a_new_entry_and_the_sum_is_the_last_word(project):
    take(record(seconds=7), project=project)
    take(record(seconds=44, state="NODE_FAIL"), project=project)
    take(record(seconds=10), project=project)
    assert list(LedgerEntry.objects.order_by("revision").values_list("revision", "elapsed_seconds")) == [
        (1, 7),
        (2, 44),
        (3, 10),
    ]
    assert (ledger.by_month(project)[0]["gpu_seconds"], ledger.by_month(project)[0]["jobs"]) == (20, 1)
    assert [part.seconds for part in UsageSlice.objects.order_by("pk")] == [7, -7, 44, -44, 10]


def test_an_id_that_the_cluster_uses_again_is_another_job(project):
    take(record(), record(submitted_at=NOON + timedelta(hours=1)), project=project)
    assert (LedgerEntry.objects.count(), ledger.by_month(project)[0]["gpu_seconds"]) == (2, 2400)


def test_a_job_that_runs_counts_provisionally_and_writes_once_however_often_it_is_read(project):
    with clock.frozen(NOON + timedelta(seconds=100)):
        assert take(record(seconds=90, **RUNNING), project=project) == 1
        assert take(record(seconds=100, **RUNNING), project=project) == 0
        assert usage.provisional(project) == {
            "jobs": 1, "gpu_seconds": 200, "core_seconds": 400, "node_seconds": 100,
        }  # fmt: skip
        assert ledger.by_month(project) == []
    take(record(), project=project)
    assert usage.provisional(project) == {"jobs": 0, "gpu_seconds": 0, "core_seconds": 0, "node_seconds": 0}
    assert ledger.by_month(project)[0]["gpu_seconds"] == 1200


def test_what_waits_is_no_usage(project):
    assert take(record(state="PENDING", started_at=None, ended_at=None, elapsed_seconds=0)) == 0


def test_a_reply_that_is_cut_off_leaves_nothing_and_moves_no_bookmark(project):
    def cut():
        yield record("1")
        raise ReplyIsCutOff("sacct's reply ends within a row")

    before = ledger.read_until("slurm")
    with pytest.raises(ReplyIsCutOff):
        ledger.take("slurm", cut(), until=clock.now(), accounts={})
    assert (LedgerEntry.objects.count(), ClusterBooks.objects.count()) == (0, 0)
    assert ledger.read_until("slurm") >= before


def test_the_bookmark_never_goes_back(db):
    now = clock.now()
    ledger.take("slurm", [], until=now, accounts={})
    ledger.take("slurm", [], until=now - timedelta(hours=1), accounts={})
    assert ledger.read_until("slurm") == now


@pytest.fixture
def line(project):
    return actions.grant_line(
        project, by=awards.GRANTOR, resource="gpu", amount=3600,
        starts_at=NOON - timedelta(days=1), ends_at=NOON + timedelta(days=1),
    )  # fmt: skip


def drawn(line) -> tuple[int, int]:
    line.refresh_from_db()
    return line.drawn, line.held


def test_a_job_that_somebody_ran_past_the_portal_is_drawn_from_the_award_once(project, line):
    for _ in range(2):
        take(record(), project=project)
    assert drawn(line) == (1200, 0)
    take(record("8", seconds=3000), project=project)  # 6,000 GPU-seconds, where 2,400 are left
    assert drawn(line) == (3600, 0)
    assert LineUse.objects.values_list("used", "billed").get() == (7200, 3600)
    told = Event.objects.get(name="usage:not_billed").data
    assert told == {"cluster": "slurm", "line": line.pk, "seconds": 3600}


def test_the_bill_follows_what_the_cluster_corrects(project, line):
    bills = []
    for seconds in (7, 44, 10, 5000, 1000):
        take(record(seconds=seconds), project=project)
        bills.append(drawn(line)[0])
    assert bills == [14, 88, 20, 3600, 2000]
    assert list(totals.check()) == []


def test_a_job_read_after_the_award_ended_is_billed_up_to_its_end_and_the_rest_shown_outside(project, line):
    late = {"started_at": line.ends_at - timedelta(seconds=100), "submitted_at": NOON}
    with clock.frozen(line.ends_at + timedelta(hours=1)):
        take(record(ended_at=line.ends_at, seconds=100, **late), project=project)
        take(record("8", ended_at=line.ends_at + timedelta(seconds=50), seconds=150, **late), project=project)
    assert drawn(line) == (400, 0)
    (month,) = ledger.by_month(project)
    assert (month["jobs"], month["gpu_seconds"], month["outside_gpu_seconds"]) == (2, 500, 100)
    (used,) = usage.of_line(line)["lines"]
    assert (used["used"], used["billed"]) == (400, 400)


def test_runs_that_an_award_reaches_since_it_was_extended_are_cut_anew_and_billed(project, line):
    late = {"started_at": line.ends_at - timedelta(seconds=100), "submitted_at": NOON}
    ended = line.ends_at + timedelta(seconds=50)
    with clock.frozen(ended + timedelta(hours=1)):
        take(record(ended_at=ended, seconds=150, **late), record("8", seconds=9), project=project)
        assert (drawn(line)[0], ledger.follow_awards()) == (218, 0)
        extender = SystemActor("test", frozenset({"award:extend"}))
        actions.extend_line(line, ended - timedelta(seconds=20), by=extender)
        assert [ledger.follow_awards() for _ in range(3)] == [1, 0, 0]
        assert take(record(ended_at=ended, seconds=150, **late), project=project) == 0
    assert drawn(line) == (278, 0)
    (month,) = ledger.by_month(project)
    assert (month["jobs"], month["gpu_seconds"], month["outside_gpu_seconds"]) == (2, 318, 40)
    last = LedgerEntry.objects.get(job_id="7", revision=2)
    assert [(part.gpu_line_id, part.seconds) for part in last.slices.order_by("pk")] == [
        (line.pk, -100), (None, -50), (line.pk, 130), (None, 20),
    ]  # fmt: skip
    assert list(totals.check()) == []


def test_days_are_those_of_the_factory_and_a_job_over_midnight_is_in_both(project, line):
    midnight = datetime(2026, 11, 20, 23, tzinfo=UTC)  # in Amsterdam
    over = {"started_at": midnight - timedelta(seconds=30), "submitted_at": NOON}
    with clock.frozen(midnight + timedelta(days=1)):
        take(
            record(),
            record("8", ended_at=midnight + timedelta(seconds=60), seconds=90, **over),
            project=project,
        )
        take(record("8", ended_at=midnight + timedelta(seconds=40), seconds=70, **over), project=project)
        days = [
            {"day": "2026-11-20", "gpu_seconds": 1260, "core_seconds": 2520},
            {"day": "2026-11-21", "gpu_seconds": 80, "core_seconds": 160},
            {"day": "2026-11-22", "gpu_seconds": 0, "core_seconds": 0},
        ]
        assert usage.of_project(project)["days"] == usage.of_line(line)["days"] == days
        UsageDay.objects.filter(day="2026-11-21").update(gpu_seconds=1)
        assert list(totals.check()) == [
            f"The days of {project.pk} on slurm should come to [1340, 2680], and come to [1261, 2680]."
        ]
        totals.make_anew()
        assert list(totals.check()) == []
        assert usage.of_project(project)["days"] == days
    with clock.frozen(midnight + timedelta(days=90)):
        assert usage.of_project(project)["days"] == []


def test_what_is_kept_can_be_checked_and_made_anew(project, line):
    with clock.frozen(NOON + timedelta(seconds=100)):
        take(record(), record("8", seconds=90, **RUNNING), project=project)
    assert list(totals.check()) == []
    UsageTotal.objects.update(gpu_seconds=7)
    RunningJob.objects.all().delete()
    LineUse.objects.update(billed=1)
    told = list(totals.check())
    key = f"{project.pk}|slurm|2026-11|{line.pk}|"
    running = LedgerEntry.objects.get(job_id="8").pk
    assert told == [
        f"The total {key} should be [1, 1200, 2400, 600], and is [1, 7, 2400, 600].",
        f"The entry {running} runs, and is not counted.",
        f"Of the line {line.pk} 1 seconds are said to be billed, and 1200 are booked.",
    ]
    assert totals.make_anew() == 1
    assert list(totals.check()) == told[2:]


def test_an_engine_without_books_has_its_attempts_in_the_ledger(plant):
    plant.submit()
    run_to_its_end(plant)
    (entry,) = LedgerEntry.objects.all()
    assert (entry.cluster, entry.state, entry.elapsed_seconds, entry.cores) == (
        "simulated",
        "COMPLETED",
        60,
        1,
    )
    plant.line.refresh_from_db()
    (used,) = usage.of_line(plant.line)["lines"]
    assert used["used"] == used["billed"] == plant.line.drawn == 60
    assert list(totals.check()) == []


def run_to_its_end(plant) -> None:
    """Start what is planned, and let it run to its end."""
    job = Job.objects.get()
    start(job, by=plant.user)
    plant.turn()
    with later(seconds=61):
        plant.turn()
        plant.turn()


def test_the_portals_own_job_is_not_billed_again(plant):
    job = plant.submit()
    attempt = job.attempts.get()
    plant.line.refresh_from_db()
    held = plant.line.held
    entry = record(name=attempt.name, tres={"cpu": 1})
    ledger.take("simulated", [entry], until=clock.now(), accounts={"p1": plant.project.pk})
    plant.line.refresh_from_db()
    assert (plant.line.drawn, plant.line.held) == (0, held)
    assert LedgerEntry.objects.get().attempt_id == attempt.pk


def test_the_ledger_is_compared_with_books_read_anew(project):
    take(record("1"), record("2"), project=project)
    assert ledger.differences("slurm", [record("1"), record("2")])["p1"] == {
        "books_gpu": 2400, "ledger_gpu": 2400, "books_core": 4800, "ledger_core": 4800,
        "difference_gpu": 0, "difference_core": 0,
    }  # fmt: skip
    changed = ledger.differences("slurm", [record("1", seconds=601), record("3")])["p1"]
    assert (changed["difference_gpu"], changed["difference_core"]) == (1202, 2404)


def test_many_jobs_cost_few_questions(project, django_assert_num_queries, django_assert_max_num_queries):
    many = [record(str(number), seconds=number) for number in range(1000)]
    with django_assert_max_num_queries(30):
        ledger.take("slurm", many, until=clock.now(), accounts={})
    with django_assert_num_queries(1):
        ledger.by_month(project)


class AnyHistory(TestCase):
    """Whatever is read, in whatever order and however often: the sums are those of each run's last record."""

    @settings(max_examples=30, deadline=None)
    @given(
        reads=st.lists(
            st.lists(st.tuples(st.sampled_from("123"), st.integers(0, 10**6)), max_size=4), max_size=6
        )
    )
    def test_sums(self, reads):
        cluster = f"c{clock.now().timestamp()}"
        last = {}
        for read in reads:
            last |= dict(read)
            records = [record(job, seconds=seconds) for job, seconds in read]
            ledger.take(cluster, records, until=clock.now(), accounts={})
        written = UsageSlice.objects.filter(entry__cluster=cluster).values_list("gpu_seconds", flat=True)
        assert sum(written) == 2 * sum(last.values())
        found = (
            LedgerEntry.objects.standing().filter(cluster=cluster).values_list("job_id", "elapsed_seconds")
        )
        assert dict(found) == last
        assert list(totals.check()) == []
