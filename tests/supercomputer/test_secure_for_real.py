"""The secure environment on real engines: a stranger's code on data that it may use, and what comes of it."""

import time

import pytest

from aifactory.adapters.engine.local import LocalEngine
from aifactory.adapters.engine.slurm.engine import SlurmEngine
from aifactory.agent.environments import Environments
from aifactory.agent.grants import SignedGrants
from aifactory.agent.loop import Agent
from aifactory.ports.keys import Signer
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer import actions, queries, recipes
from aifactory.supercomputer.desk import PortalDesk
from aifactory.supercomputer.models import Job
from aifactory.supercomputer.secure import actions as secure
from aifactory.supercomputer.secure import resting
from aifactory.supercomputer.secure.guards import CannotBeReleased
from aifactory.supercomputer.uploads.actions import bring
from tests.services.slurm import rest
from tests.supercomputer.secure_factories import inside

SCRIPT = b"""
import collections, csv, pathlib, shutil, socket
out = pathlib.Path("/outputs")
(table,) = pathlib.Path("/inputs/data").glob("*.csv")
with table.open() as file:
    rows = list(csv.DictReader(file))
groups = collections.Counter(row["malignant"] for row in rows)
with (out / "groups.csv").open("w") as file:
    print("malignant,people", *(f"{name},{n}" for name, n in sorted(groups.items())), sep="\\n", file=file)
with (out / "sample.csv").open("w") as file:
    writer = csv.DictWriter(file, ["texture", "radius"], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows[:3])
shutil.copy(table, out / "figure.png")
print("first row:", *rows[0].values())
try:
    socket.create_connection(("1.1.1.1", 53), 1)
    print("there is a network")
except OSError:
    print("no network")
"""
NAMES = ["figure.png", "groups.csv", "log.txt", "sample.csv"]


def local(tmp_path, _request):
    engine = LocalEngine(tmp_path / "engine", cores=1)
    if not engine.isolated:
        pytest.skip("bubblewrap does not work on this machine")
    return engine


def slurm(tmp_path, request):
    return SlurmEngine(tmp_path / "engine", rest(request.getfixturevalue("slurm")), partition="main")


def run_to_its_end(job, agent, plant) -> None:
    actions.start(job, by=plant.user)
    until = time.monotonic() + 60
    while Job.objects.get(pk=job.pk).state not in {"succeeded", "failed"}:
        assert time.monotonic() < until
        agent.turn()
        time.sleep(0.1)


@pytest.mark.thorough
@pytest.mark.parametrize("make", [local, slurm], ids=["local", "slurm"])
def test_reviewed_code_goes_in_and_only_what_was_checked_comes_out(plant, tmp_path, request, make):
    here, engine = inside(plant), make(tmp_path, request)
    agent = Agent(
        PortalDesk(), engine, get(ObjectStore), Environments(tmp_path / "environments"),
        recipes_root=recipes.ROOT, verify_grant=SignedGrants(get(Signer).public_keys()), root=tmp_path / "agent",
    )  # fmt: skip
    code = bring(plant.project, by=plant.user, title="Groups", files=[("main.py", [SCRIPT])])
    review = secure.ask_review(here.agreement, code, by=plant.user, explanation="It counts groups.")
    secure.decide_review(review, "approve", by=here.steward, reason="It writes groups; we look at the rest.")
    job = plant.submit(
        recipe="own-script", inputs={"code": code.pk, "data": here.agreement.version_id}, parameters={},
        engine=engine.name, wall_seconds=60, memory_bytes=300_000_000,
    )  # fmt: skip
    run_to_its_end(job, agent, plant)
    attempt = job.attempts.get()
    kept = attempt.withheld
    assert (attempt.state, attempt.outputs, attempt.log) == ("completed", [], ""), kept.facts
    assert sorted(file["path"] for file in kept.files) == NAMES
    release = secure.ask_release(kept, NAMES, by=plant.user, reason="Two groups of 150 people.")
    seen = {file.path: file for file in release.files.all()}
    assert {path: [sign["rule"] for sign in file.signs] for path, file in seen.items()} == {
        "figure.png": ["copy"], "groups.csv": [], "log.txt": ["lines"], "sample.csv": ["rows"],
    }  # fmt: skip
    printed = b"".join(secure.look(seen["log.txt"], by=here.steward).chunks).decode()
    assert printed.splitlines() == ["first row: 0.5 0 0", "no network"]
    with pytest.raises(CannotBeReleased):
        secure.decide_file(seen["figure.png"], "release", by=here.steward, reason="A picture.")
    secure.decide_file(seen["groups.csv"], "release", by=here.steward, reason="Two large groups.")
    attempt.refresh_from_db()
    result = b"".join(queries.result(attempt, "groups.csv", by=plant.user).chunks)
    assert result == b"malignant,people\n0,150\n1,150\n"
    assert [file["path"] for file in attempt.outputs] == ["groups.csv"]
    # What it left inside rests sealed; another job of the project reads it, inside as well.
    stored = [p.read_bytes() for p in (get(ObjectStore).root / "attempts").rglob("*") if p.is_file()]
    assert not [content for content in stored if b"first row" in content or b"texture,radius" in content]
    again = plant.submit(
        recipe="own-script", inputs={"code": code.pk, "data": attempt.pk}, parameters={},
        engine=engine.name, wall_seconds=60, memory_bytes=300_000_000,
    )  # fmt: skip
    run_to_its_end(again, agent, plant)
    log = again.attempts.get().withheld.file("log.txt")
    told = b"".join(resting.content(again.attempts.get().withheld, log)).decode()
    assert "too many values to unpack" in told, "it found two tables of the run before"
    # The engine forgets it: nothing of the data stays on the machine that ran it.
    agent.turn()
    assert engine.outputs(attempt.name) is None
    assert not list((tmp_path / "agent" / "staging").glob("*"))
