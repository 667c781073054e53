"""Replies of several versions of Slurm are the same records. A file's name says if it was recorded or written."""

import json
import stat
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from tests.adapters.test_slurm_words import moment

from aifactory.adapters.engine.slurm import records, replies
from aifactory.adapters.engine.slurm.commands import Commands, Submission
from aifactory.ports.cluster import JobRecord, ReplyIsCutOff

FOLDER = Path(__file__).with_name("slurm_replies")
AT = moment(1795398382)
ONE = {"cpu": 1, "mem": 100 * 2**20, "node": 1, "billing": 1}
DONE = JobRecord(
    "1", AT, "done", "prj_1", "root", "prj_1", "main", "COMPLETED", AT, moment(1795398384), 2, 1,
    ONE | {"gres/gpu": 1}, comment="aifactory:1f", reason="None", exit_code=0, limit_minutes=1, node="n1",
)  # fmt: skip
JOBS = [
    DONE,
    replace(
        DONE, job_id="2", name="failed", state="FAILED", reason="NonZeroExitCode", ended_at=AT, elapsed_seconds=0,
        tres=ONE, comment="", exit_code=3, limit_minutes=10,
    ),
    JobRecord(
        "3", AT, "waits", "prj_1", "root", "prj_1", "main", "PENDING", nodes=1, reason="QOSGrpGRESMinutes",
        exit_code=0, limit_minutes=30,
    ),
    JobRecord(
        "4", AT, "runs", "prj_1", "root", "prj_1", "main", "RUNNING", AT, nodes=2, reason="None", exit_code=0,
        tres={"cpu": 2, "mem": 200 * 2**20, "node": 2, "billing": 2}, limit_minutes=10, node="n[1-2]",
    ),
    replace(DONE, job_id="5", name="stopped", state="CANCELLED", tres=ONE, comment="", exit_code=143, limit_minutes=10),
]  # fmt: skip


@pytest.mark.parametrize("file", sorted(FOLDER.glob("rest-*.json")), ids=lambda file: file.stem)
def test_slurmrestd_of_any_version_tells_the_same(file):
    told = json.loads(file.read_text())
    assert ("ecorded from" in told["about"]) == file.stem.endswith("recorded")
    assert [replies.record(job) for job in told["jobs"]] == JOBS
    assert [replies.array_of(job) for job in told["jobs"]] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("sacct-*.txt")), ids=lambda file: file.stem)
def test_sacct_of_any_version_tells_the_same(file):
    about, *lines = file.read_text().splitlines(keepends=True)
    assert ("Recorded" in about) == file.stem.endswith("recorded")
    # The books know no reason and no limit; the elapsed time of what runs; and of a stop no exit code.
    booked = [replace(job, reason="", limit_minutes=None) for job in JOBS]
    booked[3] = replace(booked[3], elapsed_seconds=6)
    booked[4] = replace(booked[4], exit_code=0)
    assert list(records.parse(lines, "~")) == booked


def test_what_runs_and_ends_at_once_still_runs():
    job = json.loads((FOLDER / "rest-v0.0.43-slurm-25.05-written.json").read_text())["jobs"][0]
    assert replies.record(job | {"job_state": ["COMPLETED", "COMPLETING"]}).ended_at is None
    assert (
        replies.record(job | {"time_limit": {"set": False, "infinite": True, "number": 0}}).limit_minutes
        is None
    )


SUBMISSION = Submission(
    "run_a", "aifactory:1f", "#!/bin/sh\n", Path("/jobs/a"), 4, 2, 800, 30, "prj_1", "gpu", 2, 3
)


def test_a_submission_is_said_in_the_words_of_each_version():
    old = replies.submission(SUBMISSION, "v0.0.38")
    between = replies.submission(SUBMISSION, "v0.0.40")
    new = replies.submission(SUBMISSION, "v0.0.43")
    assert (old["job"]["environment"], old["job"]["gres"], old["job"]["time_limit"]) == (
        {"PATH": "/usr/bin:/bin"},
        "gpu:2",
        30,
    )
    limit = {"set": True, "infinite": False, "number": 30}
    for job in (between["job"], new["job"]):
        assert (job["environment"], job["tres_per_node"], job["time_limit"], job["nodes"]) == (
            ["PATH=/usr/bin:/bin"],
            "gres/gpu:2",
            limit,
            "2",
        )
    assert (old["script"], between["script"], new["job"]["script"], "script" in new) == (
        *["#!/bin/sh\n"] * 3,
        False,
    )
    assert all(one["job"]["array"] == "0-2" and one["job"]["requeue"] is False for one in (old, between, new))
    with pytest.raises(ValueError, match=r"v0\.0\.37"):
        replies.submission(SUBMISSION, "v0.0.37")


@pytest.fixture
def pretended(tmp_path, monkeypatch):
    """Give a function that puts a sacct on the path: it prints the jobs asked for, and may end within a row."""

    def sacct(jobs: int, *, cut: int = 0, code: int = 0) -> Commands:
        program = tmp_path / "sacct"
        program.write_text(
            f"#!{sys.executable}\n"
            "import sys\n"
            "mark = next(word for word in sys.argv if word.startswith('--delimiter=')).split('=')[1]\n"
            "row = '{}~train~prj_1~usr_1~prj_1~main~COMPLETED~1795398382~1795398382~1795398384~2~1~"
            "cpu=4,gres/gpu=1~~x~0:0~n1~demo\\n'.replace('~', mark)\n"
            f"text = ''.join(row.format(n) for n in range({jobs}))\n"
            f"sys.stdout.write(text[:-{cut} or None])\n"
            f"sys.exit({code})\n"
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        return Commands()

    return sacct


@pytest.mark.thorough
def test_a_hundred_thousand_jobs_in_one_read_take_little_memory(pretended):
    reading = pretended(100_000).booked(since=AT)
    next(reading)
    tracemalloc.start()
    count = 1 + sum(1 for _ in reading)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_000
    assert peak < 2_000_000  # bytes; a page of them is held, never all


@pytest.mark.parametrize("trouble", [{"cut": 30}, {"cut": 1}, {"code": 1}])
def test_a_real_program_that_breaks_off_is_not_believed(pretended, trouble):
    with pytest.raises(ReplyIsCutOff):
        list(pretended(100, **trouble).booked(since=AT))
