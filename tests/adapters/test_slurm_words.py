"""What Slurm says, read; and what it is told, made harmless. No daemon is needed for this."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.adapters.engine.slurm import accounts, names, queue, records
from aifactory.adapters.engine.slurm.rest import token
from aifactory.kit.ids import new_id
from aifactory.ports.cluster import Allocation, Change, JobRecord, ReplyIsCutOff
from aifactory.ports.engine import Phase

# In the form of sacct 22.05.8, asked for our columns; the names and figures are made up.
BOOKS = """\
3|run_a|prj_1|root|prj_1|small|COMPLETED|1795385997|1795385998|1795386000|2|1|cpu=1,gres/gpu=1,mem=200M,node=1||aifactory:1f|0:0|n3|demo
3.batch|batch|prj_1||||COMPLETED|1795385998|1795385998|1795386000|2|1|cpu=1,gres/gpu=1,mem=200M,node=1|840||0:0|n3|demo
4|true|prj_1|usr_1|prj_1|main|CANCELLED by 0|1795385994|1795385995|1795385995|0|1||0||0:0|None assigned|demo
5|train|prj_1|usr_1|prj_1|main|RUNNING|1795385994|1795385995|Unknown|70|2|cpu=8,mem=2G,node=2|||0:0|n[1-2]|demo
6|train|prj_1|usr_1|prj_1|main|PENDING|1795385994|Unknown|Unknown|0|1||||0:0|None assigned|demo
"""
RECORDED = BOOKS.splitlines(keepends=True)


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_the_books_are_read_with_the_energy_of_the_steps():
    done, cancelled, running, waiting = records.parse(RECORDED, "|")

    assert done == JobRecord(
        "3", moment(1795385997), "run_a", "prj_1", "root", "prj_1", "small", "COMPLETED", moment(1795385998),
        moment(1795386000), 2, 1, {"cpu": 1, "gres/gpu": 1, "mem": 200 * 2**20, "node": 1}, 840,
        "aifactory:1f", exit_code=0, node="n3",
    )  # fmt: skip
    assert (cancelled.state, cancelled.elapsed_seconds, cancelled.energy_joules, cancelled.node) == (
        "CANCELLED",
        0,
        None,
        "",
    )
    assert (running.started_at, running.ended_at, running.nodes, running.cores) == (
        moment(1795385995),
        None,
        2,
        8,
    )
    assert (waiting.started_at, waiting.ended_at) == (None, None)


@given(cut=st.integers(1, len(BOOKS) - 1))
def test_a_reply_cut_anywhere_within_a_row_is_refused(cut):
    text = BOOKS[:cut]
    if text.endswith("\n"):
        return
    with pytest.raises(ReplyIsCutOff):
        list(records.parse(text.splitlines(keepends=True), "|"))


MARK = "x0123456789abcdef"
HOSTILE = ["a|b", "a\nb", "5|true|prj_1\n5|true|prj_2|eve", "\n", " x\n"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_job_whose_name_looks_like_rows_is_one_job(name):
    fields = RECORDED[0].split("|")
    fields[1], fields[14] = name, name
    text = MARK.join(fields)
    lines = [*text.splitlines(keepends=True), *(row.replace("|", MARK) for row in RECORDED[2:])]
    first, *others = records.parse(lines, MARK)
    assert (first.name, first.comment, first.account, first.elapsed_seconds) == (name, name, "prj_1", 2)
    assert [record.job_id for record in others] == ["4", "5", "6"]


def shown(**changes: str) -> str:
    """Return a row of the queue as squeue 22.05 prints it for `--Format`."""
    row = {
        "jobid": "7", "submittime": "1795396584", "account": "prj_1", "username": "usr_1", "qos": "prj_1",
        "partition": "main", "state": "PENDING", "reason": "QOSGrpGRESMinutes", "timelimit": "1-00:30:00",
        "numnodes": "2", "starttime": "N/A", "endtime": "N/A",
        "tres-alloc": "cpu=2,mem=200M,node=2,billing=2,gres/gpu=4",
        "exit_code": "0", "name": "train",
    }  # fmt: skip
    padded = (f"{value:<{queue.FIELDS[field]}}{MARK}" for field, value in (row | changes).items())
    return "".join(padded) + "\n"


@pytest.mark.parametrize("name", ["train", *HOSTILE])
def test_the_queue_is_read_whatever_jobs_are_called(name):
    text = shown(name=name) + shown(jobid="8", state="FAILED", reason="NonZeroExitCode", exit_code="768")
    waiting, failed = queue.parse(text.splitlines(keepends=True), MARK)
    assert waiting == JobRecord(
        "7", moment(1795396584), name.strip(), "prj_1", "usr_1", "prj_1", "main", "PENDING", nodes=2,
        tres={"cpu": 2, "mem": 200 * 2**20, "node": 2, "billing": 2, "gres/gpu": 4},
        reason="QOSGrpGRESMinutes", exit_code=0, limit_minutes=1470,
    )  # fmt: skip
    assert (failed.exit_code, failed.signal, failed.started_at) == (3, 0, None)


@given(cut=st.integers(1, len(shown()) - 2))
def test_a_queue_cut_anywhere_is_refused(cut):
    text = shown()[:cut]
    if text.strip():
        with pytest.raises(ReplyIsCutOff):
            list(queue.parse([text], MARK))


@given(project=st.text())
def test_any_id_becomes_a_name_that_slurm_bears(project):
    assert names._PLAIN.fullmatch(names.account(project))


@given(one=st.text(), other=st.text())
def test_two_ids_never_share_an_account(one, other):
    assert (names.account(one) == names.account(other)) == (one == other)


def test_our_own_ids_stay_readable():
    project = new_id("prj")
    assert names.account(project) == project.lower()


@pytest.mark.parametrize("hostile", ["a;rm -rf /", "x\nadd user=root", "Évil", "-i", "p1,p2", "", "P1"])
def test_hostile_ids_become_opaque(hostile):
    assert names.account(hostile).startswith("x")
    assert names.account(hostile) != names.account(hostile + " ")


def test_states_and_reasons_have_words():
    assert [
        records.phase(state) for state in ("PENDING", "COMPLETING", "NODE_FAIL", "OUT_OF_MEMORY", "NEW_WORD")
    ] == [
        Phase.QUEUED,
        Phase.RUNNING,
        Phase.LOST,
        Phase.OUT_OF_MEMORY,
        Phase.LOST,
    ]
    assert records.why("QOSGrpGRESMinutes") == "It waits (QOSGrpGRESMinutes)."
    assert records.why("None") == "Slurm has not looked at it yet."


def test_a_token_is_a_jwt_of_three_parts(tmp_path):
    (tmp_path / "key").write_bytes(b"k" * 32)
    assert token(tmp_path / "key", "alice").startswith("eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9.")


SIXTY = "the cores that come with 60 GPU minutes"
ONE = Allocation("prj_1", "org_1", ("usr_1",), gpu_seconds=3600, core_seconds=None)
HAS = accounts.Found(
    {"prj_1": accounts.Budget(-1, 60, is_open=True, needs_gpu=True)},
    {"aifactory": "root", "org_1": "aifactory", "prj_1": "org_1"},
    {"prj_1": {"usr_1": "prj_1", "agent": "prj_1"}},
)


def differing(found: accounts.Found, wanted: Allocation = ONE) -> list[Change]:
    return accounts.differences([wanted], found, runner="agent")


def test_a_cluster_that_has_what_it_should_needs_nothing():
    assert differing(HAS) == []


def test_an_empty_cluster_gets_budget_tree_and_users_in_an_order_that_works():
    assert [change.command[3:6] for change in differing(accounts.Found())] == [
        ("account", "aifactory", "parent=root"),
        ("account", "org_1", "parent=aifactory"),
        ("qos", "prj_1", "Flags=NoDecay"),
        ("account", "prj_1", "parent=org_1"),
        ("user", "agent", "account=prj_1"),
        ("user", "usr_1", "account=prj_1"),
    ]


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            replace(HAS, budgets={"prj_1": accounts.Budget(-1, 60, is_open=None, needs_gpu=True)}),
            f"The budget prj_1 should be {SIXTY}, open; it is {SIXTY}, half open.",
        ),
        (
            replace(
                HAS,
                budgets={"prj_1": accounts.Budget(-1, 60, is_open=True, needs_gpu=True, flags=frozenset())},
            ),
            "The budget prj_1 fades in time.",
        ),
        (
            replace(HAS, users={"prj_1": {"usr_1": "normal", "agent": "prj_1"}}),
            "usr_1 could use prj_1 past its budget.",
        ),
        (
            replace(HAS, users={"prj_1": {"usr_1": "prj_1", "agent": "prj_1", "eve": "prj_1"}}),
            "eve may use prj_1, and should not.",
        ),
        (
            replace(HAS, parents=HAS.parents | {"prj_1": "root"}),
            "The account prj_1 hangs below root instead of org_1.",
        ),
        (
            replace(HAS, parents=HAS.parents | {"prj_9": "org_1"}),
            "The cluster has an account prj_9 in our tree that we know nothing of.",
        ),
    ],
)
def test_each_drift_is_one_change_with_a_sentence(found, sentence):
    assert [change.sentence for change in differing(found)] == [sentence]
