"""The agent's turns: from an order to results in the store, whatever happens in between."""

import json
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from aifactory.agent.recipes import recipe_digest
from aifactory.agent.staging import Staging
from aifactory.ports.desk import CancelOrder, ForgetOrder, Input, InputFile, Report, WatchOrder
from aifactory.ports.engine import Phase


def staged(portal) -> list[str]:
    folder = portal.folder / "agent/staging"
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def test_an_order_becomes_results_in_the_store(portal):
    portal.desk.wanted = [portal.order("one")]

    report = portal.until_ended("one")

    assert report.status.phase is Phase.COMPLETED
    assert report.log_tail == "counted 3\n"
    assert report.progress == {"done": 1.0, "text": "counting"}
    assert portal.read(report) == {"rows": 3, "times": 2}
    assert [(f.path, f.key) for f in report.outputs] == [
        ("model/count.json", "attempts/one/model/count.json"),
        ("progress.jsonl", "attempts/one/progress.jsonl"),
    ]
    for file in report.outputs:
        assert portal.store.stat(file.key).digest == file.digest
    assert staged(portal) == []  # the copies of the data are gone


def test_a_turn_may_be_repeated(portal):
    portal.desk.wanted = [portal.order("one")]
    portal.agent.turn()
    portal.agent.turn()
    first = portal.until_ended("one")
    portal.agent.turn()

    assert portal.desk.reports[-1] == first
    assert {r.status.phase for r in portal.desk.reports} <= {Phase.QUEUED, Phase.RUNNING, Phase.COMPLETED}


@pytest.mark.parametrize("step", ["begin", "bring", "submit", "report"])
def test_an_agent_killed_at_any_step_is_replaced_by_one_that_finishes(portal, monkeypatch, step):
    class Killed(BaseException):
        pass

    portal.desk.wanted = [portal.order("one")]
    doomed = portal.new_agent()
    with monkeypatch.context() as patch:
        if step == "submit":  # after the engine took it, before the agent knows
            real = portal.engine.submit

            def submit_and_die(attempt):
                real(attempt)
                raise Killed

            patch.setattr(portal.engine, "submit", submit_and_die)
        elif step == "report":
            patch.setattr(portal.desk, "report", _raise(Killed))
        else:
            real_step = getattr(Staging, step)

            def work_and_die(self, *args):
                real_step(self, *args)
                raise Killed

            patch.setattr(Staging, step, work_and_die)
        with pytest.raises(Killed):
            doomed.turn()
    assert portal.desk.reports == []

    report = portal.until_ended("one", portal.new_agent())

    assert report.status.phase is Phase.COMPLETED
    assert portal.read(report) == {"rows": 3, "times": 2}
    assert report.log_tail == "counted 3\n"


def _raise(kind):
    def fail(*_):
        raise kind

    return fail


def test_results_that_could_not_be_stored_are_stored_next_turn(portal, monkeypatch):
    portal.desk.wanted = [portal.order("one"), portal.order("two")]
    portal.agent.turn()
    until = time.monotonic() + 20
    while {s.phase for s in portal.engine.status(["one", "two"]).values()} != {Phase.COMPLETED}:
        assert time.monotonic() < until
        time.sleep(0.05)
    portal.desk.reports.clear()

    with monkeypatch.context() as patch:
        put = portal.store.put

        def failing(key, chunks, *, limit):
            if "/one/" in key:
                raise OSError("No space left on device")
            return put(key, chunks, limit=limit)

        patch.setattr(portal.store, "put", failing)
        portal.agent.turn()
    said = {r.attempt: (r.status and r.status.phase, r.problem, r.verb) for r in portal.desk.reports}
    assert said == {  # the other one is not held up
        "one": (None, "OSError: No space left on device", "run"),
        "two": (Phase.COMPLETED, "", ""),
    }

    assert portal.read(portal.until_ended("one")) == {"rows": 3, "times": 2}


def refusal(portal, order) -> str:
    portal.desk.wanted = [order]
    portal.agent.turn()
    (report,) = portal.desk.reports
    assert report == Report(order.attempt, None, refused=report.refused)
    assert portal.engine.status([order.attempt]) == {}
    assert staged(portal) == []
    return report.refused


def test_an_input_that_was_changed_is_refused(portal):
    order = portal.order("one")
    (portal.folder / "objects/datasets/one.csv").write_bytes(b"a\nb\nX\n")

    assert refusal(portal, order) == (
        "The file part/table.csv of the input data is not the file that was inspected: "
        "its content was changed since. Have the dataset inspected again as a new version."
    )


def test_an_input_that_is_gone_is_refused(portal):
    order = portal.order("one")
    portal.store.delete("datasets/one.csv")

    assert refusal(portal, order) == "The file part/table.csv of the input data is no longer in the store."


def test_an_input_that_would_land_elsewhere_is_refused(portal):
    order = portal.order("one")
    file = replace(order.inputs[0].files[0], path="../../../evil")

    assert "would land outside" in refusal(portal, replace(order, inputs=(Input("data", (file,), None),)))


def test_an_input_cannot_pose_as_the_parameters(portal):
    order = portal.order("one")

    assert "cannot be the role" in refusal(
        portal, replace(order, inputs=(replace(order.inputs[0], role="parameters"),))
    )


def test_a_recipe_that_was_changed_is_refused(portal):
    order = portal.order("one")
    with (portal.recipes / "count/main.py").open("a") as file:
        file.write("\nprint('and a little more')\n")

    assert refusal(portal, order).startswith("The recipe count on this engine is sha256:")


@pytest.mark.parametrize("name", ["unknown", "../count", "", "count/../count"])
def test_a_recipe_that_is_not_here_is_refused(portal, name):
    assert refusal(portal, portal.order("one", recipe=name)) == f"This engine has no recipe {name!r}."


def test_an_expired_grant_is_refused(portal):
    assert refusal(portal, portal.order("one", until=timedelta(seconds=-1))).startswith(
        "The permission to use the input data ended at "
    )


def test_what_the_engine_refuses_is_reported_as_it_said_it(portal):
    order = portal.order("one")

    assert (
        refusal(portal, replace(order, limits=replace(order.limits, cores=64)))
        == "It asks for 64 cores; this engine has 1."
    )


def test_a_file_of_the_project_needs_no_grant(portal):
    order = portal.order("one")
    portal.desk.wanted = [replace(order, inputs=(replace(order.inputs[0], grant=None),))]

    assert portal.until_ended("one").status.phase is Phase.COMPLETED


def test_cancelling_stops_it_with_the_reason_given(portal):
    portal.write_recipe("sleep", "import time; time.sleep(60)")
    order = portal.order("one", recipe="sleep", recipe_digest=recipe_digest(portal.recipes / "sleep"))
    portal.desk.wanted = [order]
    portal.agent.turn()

    portal.desk.wanted = [CancelOrder("one", "The agreement was revoked.")]
    report = portal.until_ended("one")

    assert (report.status.phase, report.status.reason) == (Phase.CANCELLED, "The agreement was revoked.")
    assert staged(portal) == []


def test_cancelling_what_never_began_ends_it(portal):
    portal.desk.wanted = [CancelOrder("never", "Not needed.")]
    portal.agent.turn()

    (report,) = portal.desk.reports
    assert (report.status.phase, report.status.reason, report.status.usage) == (
        Phase.CANCELLED,
        "Not needed.",
        None,
    )


def test_what_the_engine_does_not_know_is_lost(portal):
    portal.desk.wanted = [WatchOrder("never")]
    portal.agent.turn()

    assert portal.desk.reports[0].status.phase is Phase.LOST


def test_forgetting_removes_everything_and_says_so(portal):
    portal.desk.wanted = [portal.order("one")]
    portal.until_ended("one")

    portal.desk.wanted = [ForgetOrder("one"), ForgetOrder("never")]
    portal.agent.turn()
    portal.agent.turn()

    assert [(r.attempt, r.facts) for r in portal.desk.reports[-2:]] == [
        ("one", {"forgotten": True}),
        ("never", {"forgotten": True}),
    ]
    assert portal.engine.outputs("one") is None


def test_a_recipes_locked_environment_is_built_once_and_used(portal):
    portal.write_recipe(
        "pure", "import sys, json; open('/outputs/x.json', 'w').write(json.dumps(sys.prefix))"
    )
    folder = portal.recipes / "pure"
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "pure"\nversion = "1"\nrequires-python = ">=3.11"\n'
    )
    (folder / "uv.lock").write_text(
        'version = 1\nrequires-python = ">=3.11"\n\n'
        '[[package]]\nname = "pure"\nversion = "1"\nsource = { virtual = "." }\n'
    )
    digest = recipe_digest(folder)
    portal.desk.wanted = [portal.order(n, recipe="pure", recipe_digest=digest) for n in ("one", "two")]

    for name in ("one", "two"):
        report = portal.until_ended(name)
        assert report.status.phase is Phase.COMPLETED, report
    (built,) = [p for p in (portal.folder / "environments").iterdir() if p.is_dir()]
    assert json.loads(b"".join(portal.store.open("attempts/two/x.json"))) == str(built)


def test_an_environment_that_cannot_be_built_is_refused_with_what_uv_said(portal):
    portal.write_recipe("broken", "")
    folder = portal.recipes / "broken"
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "broken"\nversion = "1"\nrequires-python = ">=3.11"\n'
    )
    (folder / "uv.lock").write_text("this is no lock file")

    said = refusal(portal, portal.order("one", recipe="broken", recipe_digest=recipe_digest(folder)))

    assert said.startswith("The recipe's environment cannot be built: ")
    assert "uv.lock" in said


def test_progress_that_is_not_json_is_passed_over(portal):
    portal.write_recipe(
        "odd", "open('/outputs/progress.jsonl', 'w').write('{\"done\": 0.5}\\n[1]\\n\\xff{half')"
    )
    portal.desk.wanted = [
        portal.order("one", recipe="odd", recipe_digest=recipe_digest(portal.recipes / "odd"))
    ]

    assert portal.until_ended("one").progress == {"done": 0.5}


def test_files_of_an_input_keep_their_paths(portal):
    order = portal.order("one")
    more = portal.put("datasets/more.csv", b"x")
    files = (*order.inputs[0].files, InputFile("deep/er/x.csv", more.key, more.digest, more.size))
    portal.desk.wanted = [replace(order, inputs=(Input("data", files, None),))]

    assert portal.until_ended("one").status.phase is Phase.COMPLETED
