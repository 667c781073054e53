"""An agent that stands elsewhere: it has the portal's address and a token, and reaches nothing else of the portal."""

import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.awards import factories as awards
from tests.datasets.factories import store
from tests.recipes.conftest import CACHE, python, tables
from tests.services.slurm import clear, commands, rest
from tests.supercomputer.conftest import plant
from tests.supercomputer.factories import Factory, NoEnvironment, later
from tests.supercomputer.secure_factories import inside

from aifactory.adapters.desk import HttpsDesk, HttpsShelf, PortalIsSilent, connection
from aifactory.adapters.engine.grants import public_keys
from aifactory.adapters.engine.simulated import Behaviour, SimulatedEngine
from aifactory.adapters.engine.slurm.cluster import SlurmCluster
from aifactory.adapters.engine.slurm.engine import SlurmEngine
from aifactory.agent.cluster import ClusterAgent
from aifactory.agent.environments import Environments
from aifactory.agent.grants import SignedGrants
from aifactory.agent.loop import Agent
from aifactory.config.environment import Environment
from aifactory.datasets import agreeing
from aifactory.kit import clock
from aifactory.people.models import User
from aifactory.ports import wire
from aifactory.ports.cluster import Change, Heard, JobRecord, Partition, ReplyIsCutOff
from aifactory.ports.desk import CancelOrder, ForgetOrder, Grant, WatchOrder
from aifactory.ports.object_store import NoSuchObject, ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer import accounts, actions, agents, ledger, recipes
from aifactory.supercomputer.models import ClusterBooks, FailedVerb, Job, LedgerEntry, QueuedJob, Usage
from aifactory.supercomputer.uploads.actions import bring

__all__ = ["plant", "python", "store", "tables"]
NOW = clock.now().replace(microsecond=0)
ENDED = JobRecord(
    "7", NOW - timedelta(minutes=9), "tr\nain é", "p1", "usr_1", "p1", "main", "COMPLETED", NOW - timedelta(minutes=8),
    NOW - timedelta(minutes=7), 60, 1, {"cpu": 2, "gres/gpu": 1}, 840,
)  # fmt: skip


@pytest.fixture
def tokens(settings) -> dict[str, str]:
    """Let two clusters have an agent elsewhere, and give their tokens."""
    made = {name: agents.make_token() for name in ("hpc1", "hpc2")}
    settings.AGENTS = {name: digest for name, (_token, digest) in made.items()}
    return {name: token for name, (token, _digest) in made.items()}


@pytest.fixture
def portal(tokens) -> Callable[[str], httpx.Client]:
    """Give a function from a token to a connection that leads to this very process."""

    def answer(request: httpx.Request) -> httpx.Response:
        kind = request.headers.get("Content-Type", "")
        path = request.url.raw_path.decode()
        headers = {"Authorization": request.headers["Authorization"]}
        said = Client(raise_request_exception=False).generic(
            request.method, path, request.read(), content_type=kind, headers=headers
        )
        content = said.getvalue() if said.streaming else said.content
        return httpx.Response(said.status_code, headers=dict(said.headers), content=content)

    def connected(token: str) -> httpx.Client:
        real = connection("https://factory.example", token)
        return httpx.Client(
            transport=httpx.MockTransport(answer), base_url=real.base_url, headers=real.headers
        )

    return connected


def agent_of(portal: httpx.Client, engine: object, root: Path) -> Agent:
    desk = HttpsDesk(portal)
    return Agent(
        desk, engine, HttpsShelf(portal), NoEnvironment(), recipes_root=recipes.ROOT,
        verify_grant=SignedGrants(public_keys(desk.grant_keys())), root=root / "elsewhere",
    )  # fmt: skip


def test_a_job_runs_from_order_to_bill_through_the_token_alone(
    plant: Factory, tokens, portal, tmp_path
) -> None:
    engine = SimulatedEngine(
        tmp_path / "hpc1",
        gpus=1,
        cores=2,
        behaviour=lambda _a: Behaviour(60.0, outputs={"metrics.json": b"{}"}),
    )
    engine.name = "hpc1"
    job = actions.start(plant.submit(engine="hpc1"), by=plant.user)
    agent = agent_of(portal(tokens["hpc1"]), engine, tmp_path)
    agent.turn()
    job.refresh_from_db()
    assert job.state == "running"
    with later(seconds=61):
        agent.turn()
        agent.turn()
    job.refresh_from_db()
    plant.line.refresh_from_db()
    attempt = job.attempts.get()
    assert (job.state, attempt.engine, attempt.forgotten, plant.line.drawn, plant.line.held) == (
        "succeeded", "hpc1", True, 60, 0,
    )  # fmt: skip
    (result,) = attempt.outputs
    assert b"".join(get(ObjectStore).open(result["key"])) == b"{}"
    assert not LedgerEntry.objects.exists()  # the cluster's own books tell of it later


def test_results_of_the_secure_environment_leave_the_machine_sealed_and_come_back_opened(
    plant: Factory, tokens, portal, tmp_path
) -> None:
    here = inside(plant)
    engine = SimulatedEngine(
        tmp_path / "hpc1", gpus=1, cores=2, behaviour=lambda _a: Behaviour(60.0, outputs={"secret.csv": b"secret"}),
    )  # fmt: skip
    engine.name = "hpc1"
    agent, inputs = agent_of(portal(tokens["hpc1"]), engine, tmp_path), {"table": here.agreement.version_id}
    job = actions.start(plant.submit(engine="hpc1", inputs=inputs), by=plant.user)
    agent.turn()
    with later(seconds=61):
        agent.turn()
    kept = job.attempts.get().withheld
    root = get(ObjectStore).root / "attempts"
    stored = {str(p): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    assert (kept.state, len(stored)) == ("sealed", 1)
    assert "secret" not in str(stored)
    read = {"model": kept.attempt_id, "table": plant.agreement.version_id}
    follows = plant.submit(recipe="batch-inference", engine="hpc1", inputs=read, parameters={})
    actions.start(follows, by=plant.user)
    agent.turn()
    (brought,) = (tmp_path / "elsewhere" / "staging").rglob("secret.csv")
    assert brought.read_bytes() == b"secret"


def test_a_token_opens_its_own_clusters_orders_and_objects_and_nothing_else(
    plant: Factory, tokens, portal, tmp_path
) -> None:
    ours, others = portal(tokens["hpc1"]), portal(tokens["hpc2"])
    job = actions.start(plant.submit(engine="hpc1"), by=plant.user)
    (order,) = HttpsDesk(ours).orders("hpc1")
    (file,) = order.inputs[0].files
    fetched = HttpsShelf(ours).fetch(file.key, tmp_path / "table")
    assert fetched == get(ObjectStore).stat(
        file.key
    )  # as it lies there, maybe sealed: the order brings its key
    # What another agent calls itself changes nothing: the token says whose it is.
    assert HttpsDesk(others).orders("hpc1") == []
    for shelf, key in ((HttpsShelf(others), file.key), (HttpsShelf(ours), "attempts/other/secret")):
        with pytest.raises(NoSuchObject):
            shelf.fetch(key, tmp_path / "stolen")
    place = f"attempts/{order.attempt}/a.txt"
    assert HttpsShelf(ours).put(place, [b"re", b"sult"], limit=9).size == 6
    for client, key in (
        (others, place),
        (ours, file.key),
        (ours, "attempts/x/../y"),
        (ours, "attempts/no/a"),
    ):
        with pytest.raises(PortalIsSilent, match="No attempt of this cluster writes this"):
            HttpsShelf(client).put(key, [b"x"], limit=9)
    with pytest.raises(PortalIsSilent, match="need another look"):
        HttpsShelf(ours).put(place, [b"other"], limit=9)
    with pytest.raises(PortalIsSilent, match="401"):
        HttpsDesk(portal("agt_of-nobody")).orders("hpc1")
    assert ours.get("https://factory.example/api/v1/jobs").status_code == 401
    steward = User.objects.get(pk=plant.agreement.offer.dataset.steward_id)
    agreeing.end_agreement(plant.agreement, by=steward, reason="No longer.")
    with pytest.raises((PortalIsSilent, NoSuchObject)):
        HttpsShelf(ours).fetch(file.key, tmp_path / "late")
    assert job.attempts.get().state == "ordered"


@pytest.mark.django_db
def test_the_cluster_agent_says_and_hears_all_of_it_over_the_wire(tokens, portal) -> None:
    line = awards.line(resource="gpu", amount=7200)
    desk = HttpsDesk(portal(tokens["hpc1"]))
    told = desk.allocations("hpc1")
    assert [(one.project, one.gpu_seconds, one.open) for one in told] == [(line.project_id, 7200, True)]
    account = line.project_id.lower()
    ours = JobRecord(**(vars(ENDED) | {"account": account}))
    assert desk.take("hpc1", [ours, ours], until=NOW) == 1
    assert desk.take("hpc1", [ours], until=NOW) == 0
    line.refresh_from_db()
    entry = LedgerEntry.objects.get()
    assert (line.drawn, entry.cluster, entry.name, entry.energy_joules) == (60, "hpc1", "tr\nain é", 840)
    assert desk.read_until("hpc1") == NOW
    # An award holds wherever it is used: on the other cluster a minute less is left of it.
    assert [one.gpu_seconds for one in desk.allocations("hpc1")] == [7200]
    assert [one.gpu_seconds for one in accounts.allocations("hpc2")] == [7140]
    assert desk.compare("hpc1", [ours], since=NOW - timedelta(days=1), until=NOW)["gpu_seconds"] == 0

    waits = JobRecord("8", NOW, "own", account, "usr_1", "p1", "main", "PENDING", reason="Priority", nodes=1)
    desk.queued("hpc1", [waits])
    assert QueuedJob.objects.get().reason == "Priority"
    change = Change(account, "The budget is missing.", ("sacctmgr", "add"))
    desk.compared("hpc1", [change], [change])
    assert desk.resting("hpc1") == {change.key}
    desk.failed("hpc1", "read_books", "no answer")
    desk.worked("hpc1", "read_books")
    assert sorted(FailedVerb.objects.values_list("verb", "state")) == [
        ("provision", "failed"),
        ("read_books", "cured"),
    ]
    desk.heard("hpc1", Heard("1.0", "slurm 25.05", "", (Partition("gpu", True, True, 4, 64, 8, 512_000),)))
    assert ClusterBooks.objects.get(pk="hpc1").partitions[0]["gpus"] == 8
    assert desk.keys("hpc1") == {}


@pytest.mark.django_db
@pytest.mark.parametrize("cut", [2, 30])
def test_books_that_break_off_on_the_way_leave_nothing(tokens, portal, cut: int) -> None:
    client, body = portal(tokens["hpc1"]), b"".join(wire.lines([ENDED, ENDED]))
    answer = client.post("ledger", params={"until": NOW.isoformat()}, content=body[:-cut])
    assert (answer.status_code, LedgerEntry.objects.count(), ClusterBooks.objects.count()) == (422, 0, 0)
    assert "body" in answer.json()["errors"][0]["field"]
    for path, content in (
        ("reports", b'[{"no": 1}]'),
        ("heard", b"[]"),
        ("compared", b"{"),
        ("reports", b"\xff"),
    ):
        assert client.post(path, content=content).status_code == 422

    def trouble():
        yield ENDED
        raise ReplyIsCutOff("sacct ended early")

    with pytest.raises(ReplyIsCutOff):
        HttpsDesk(client).take("hpc1", trouble(), until=NOW)
    assert LedgerEntry.objects.count() == 0


@given(cut=st.integers(0, 900), copies=st.integers(0, 2))
def test_lines_are_whole_or_refused(cut: int, copies: int) -> None:
    records = [ENDED] * copies
    told = b"".join(wire.lines(records))
    assert list(wire.records(told.splitlines(keepends=True))) == records
    if cut < len(told.rstrip()):
        with pytest.raises(ReplyIsCutOff):
            list(wire.records(told[:cut].splitlines(keepends=True)))


def test_orders_come_back_as_they_were() -> None:
    orders = [
        CancelOrder("a", "why"),
        WatchOrder("b", {"table": Grant("{}")}),
        WatchOrder("c"),
        ForgetOrder("d"),
    ]
    assert wire.orders_read(wire.orders_told(orders)) == orders


@pytest.mark.parametrize("address", ["http://factory.example", "ftp://127.0.0.1", "factory.example"])
def test_the_token_never_goes_out_in_the_clear(address: str) -> None:
    with pytest.raises(ValueError, match="is not https"):
        connection(address, "agt_x")
    assert connection("http://127.0.0.1:8000", "agt_x").base_url.path == "/api/v1/agent/"


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"agents": {"slurm": f"sha256:{'0' * 64}"}}, "cannot be the name"),
        ({"agents": {"hpc1": "agt_the-token-itself"}}, "and not the token"),
        ({"engine": "agents"}, "needs AIFACTORY_AGENTS"),
    ],
)
def test_a_wrong_setting_says_what_is_wrong(facts, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        Environment(**facts).clusters()


class Elsewhere:
    """Both agents of the real Slurm, as `aifactory-agent` joins them, on a portal that listens."""

    def __init__(self, cluster, address: str, token: str, root: Path) -> None:
        portal = connection(address, token)
        desk, direct = HttpsDesk(portal), commands(cluster)
        self.slurm = SlurmCluster(direct, runner=cluster.setting.user, name="hpc1")
        self.books = ClusterAgent(desk, self.slurm)
        engine = SlurmEngine(
            root / "engine", rest(cluster), partition="main", with_accounts=True, name="hpc1"
        )
        self.jobs = Agent(
            desk, engine, HttpsShelf(portal), Environments(CACHE), recipes_root=recipes.ROOT,
            verify_grant=SignedGrants(public_keys(desk.grant_keys())), root=root / "agent",
        )  # fmt: skip


@pytest.mark.thorough
@pytest.mark.usefixtures("store")
@pytest.mark.django_db(transaction=True)
def test_an_array_and_a_training_on_two_nodes_go_from_the_portal_to_their_results(
    slurm, tokens, live_server, tables, tmp_path
) -> None:
    has_torch = ["/usr/bin/python3", "-c", "import torch.distributed"]
    if subprocess.run(has_torch, capture_output=True, check=False).returncode:
        pytest.skip("torch is not installed for the system's own Python. Run script/services torch.")
    clear(slurm)
    line = awards.line(resource="core", amount=100_000)
    project, user = line.project, line.project.leader
    elsewhere = Elsewhere(slurm, live_server.url, tokens["hpc1"], tmp_path)
    elsewhere.books.turn()
    cells = (tables / "breast_cancer.csv").read_text().splitlines()[:201]
    small = "\n".join(",".join([*row.split(",")[:5], row.rsplit(",", 1)[1]]) for row in cells).encode()

    def submitted(recipe: str, content: bytes, parameters: dict[str, object], **spread: int) -> Job:
        table = bring(project, by=user, title=recipe, files=[("table.csv", [content])])
        job = actions.submit(
            project, by=user, recipe=recipe, inputs={"table": table.pk}, parameters=parameters, engine="hpc1",
            wall_seconds=300, cores=1, **spread,
        )  # fmt: skip
        return actions.start(job, by=user)

    jobs = [
        submitted("hyper-parameter-sweep", small, {"target": "diagnosis", "trials": 2, "folds": 3}, tasks=2),
        submitted(
            "distributed-training", (tables / "digits.csv").read_bytes(), {"target": "digit", "hidden": 8, "epochs": 2},
            nodes=2,
        ),
    ]  # fmt: skip
    until = time.monotonic() + 120
    while any(job.state in {"queued", "running"} for job in jobs):
        assert time.monotonic() < until, [(job.state, job.attempts.get().log) for job in jobs]
        elsewhere.jobs.turn()
        time.sleep(0.3)
        for job in jobs:
            job.refresh_from_db()
    assert [(job.state, job.reason) for job in jobs] == [("succeeded", "")] * 2, [
        a.log for a in attempts(jobs)
    ]
    sweep, training = attempts(jobs)
    names = {file["path"] for file in sweep.outputs}
    assert names >= {"metrics.json", "model.skops", "tasks/0/trials.json", "tasks/1/trials.json"}
    assert {file["path"] for file in training.outputs} >= {"metrics.json", "weights.npz"}
    assert Usage.objects.get(attempt=training).core_seconds >= 2

    account = elsewhere.slurm.account(project.pk)
    entries = LedgerEntry.objects.filter(cluster="hpc1", account=account, ended_at__isnull=False)
    while entries.count() < 3:  # two tasks, and one job on two nodes
        assert time.monotonic() < until
        elsewhere.books.turn()
        time.sleep(0.2)
    line.refresh_from_db()
    used = sum(Usage.objects.values_list("core_seconds", flat=True))
    assert (line.held, line.drawn) == (0, used)
    found = elsewhere.slurm.records(line.starts_at, clock.now() + timedelta(minutes=1))
    sums = ledger.differences("hpc1", found)[account]
    assert (sums["difference_core"], sums["books_core"]) == (0, used)


def attempts(jobs: list[Job]) -> list:
    return [job.attempts.get() for job in jobs]
