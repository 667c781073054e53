"""The command as it is typed: real processes, their output for machines, and how they end."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from pytest_django.live_server_helper import LiveServer

from aifactory.audit.export import write
from aifactory.audit.queries import latest_checkpoint
from aifactory.audit.sealing import seal_all
from aifactory.people.actions import issue_token
from aifactory.people.models import Role, User
from tests.awards.factories import project as make_project
from tests.datasets.factories import store  # noqa: F401 - a fixture
from tests.people.factories import person

PROGRAM = str(Path(sys.executable).with_name("aifactory"))
PASSWORD = "correct horse battery"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give a function that runs the command in an empty home, away from any factory of this machine."""

    def command(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {
            key: value for key, value in os.environ.items() if not key.startswith(("AIFACTORY_", "DATABASE_"))
        }
        own = {
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "AIFACTORY_HOME": str(tmp_path / "home"),
            "COLUMNS": "200",
        }
        return subprocess.run(
            [PROGRAM, *words],
            env=kept | own | environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return command


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a refusal said; it ends with 1 and shows no trace."""
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    return " ".join(done.stderr.split())


@pytest.fixture
def someone(transactional_db: None) -> User:
    cache.clear()
    user = person()
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


def test_signing_in_keeps_a_key_that_only_its_owner_reads(
    run: Run, live_server: LiveServer, someone: User, tmp_path: Path
) -> None:
    done = run("login", "--url", live_server.url, "--email", someone.email, AIFACTORY_PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    kept = tmp_path / "config/aifactory/credentials.json"
    assert oct(kept.stat().st_mode & 0o777) == "0o600"
    secret = json.loads(kept.read_text())["token"]
    assert secret not in done.stdout + done.stderr
    made = run("organisations", "register", "Bakery", "--country", "NL", "--json")
    listed = run("organisations", "list", "--json")
    assert [item["id"] for item in json.loads(listed.stdout)["items"]] == [json.loads(made.stdout)["id"]]
    assert "Bakery" in run("organisations", "list").stdout


def test_a_wrong_password_is_said_in_a_sentence_and_keeps_nothing(
    run: Run, live_server: LiveServer, someone: User, tmp_path: Path
) -> None:
    done = run("login", "--url", live_server.url, "--email", someone.email, AIFACTORY_PASSWORD="wrong")
    assert "This address and password do not belong together." in sentence(done)
    assert not (tmp_path / "config/aifactory/credentials.json").exists()


@pytest.mark.django_db(transaction=True)
def test_projects_are_shown_and_a_job_without_budget_is_refused(run: Run, live_server: LiveServer) -> None:
    project = make_project()
    who = {"AIFACTORY_URL": live_server.url, "AIFACTORY_TOKEN": issue_token(project.leader, label="t")[1]}
    listed = json.loads(run("projects", "list", "--json", **who).stdout)
    assert [item["id"] for item in listed["items"]] == [project.pk]
    shown = json.loads(run("projects", "show", project.pk, "--json", **who).stdout)
    assert (shown["id"], shown["awards"]) == (project.pk, [])
    submit = ("jobs", "submit", "tabular-classifier", "--project", project.pk)
    assert "inputs.table: Choose what this recipe reads here." in sentence(
        run(*submit, "--parameter", "target=malignant", **who)
    )
    assert "has no '='" in sentence(run(*submit, "--parameter", "target", **who))
    assert "There is no recipe called" in sentence(
        run("jobs", "submit", "nothing", "--project", project.pk, **who)
    )


@pytest.mark.django_db(transaction=True)
def test_others_things_look_absent(run: Run, live_server: LiveServer) -> None:
    project, stranger = make_project(), person()
    who = {"AIFACTORY_URL": live_server.url, "AIFACTORY_TOKEN": issue_token(stranger, label="t")[1]}
    hidden = sentence(run("projects", "show", project.pk, **who))
    absent = sentence(run("projects", "show", "prj_none", **who))
    assert hidden == absent != ""


def test_no_factory_and_no_key_are_told_apart(run: Run, live_server: LiveServer) -> None:
    assert "No factory answers at http://127.0.0.1:9" in sentence(
        run("projects", "list", AIFACTORY_URL="http://127.0.0.1:9")
    )
    assert "This needs a signed-in person." in sentence(
        run("projects", "list", AIFACTORY_URL=live_server.url)
    )


@pytest.fixture
def exported(db: None, store: object, tmp_path: Path) -> tuple[Path, Path]:  # noqa: F811
    """Give an export and a checkpoint of a small log."""
    for _ in range(5):
        person(Role.REVIEWER)
    seal_all(settings.LOG_ORIGIN)
    export, checkpoint = tmp_path / "export.jsonl", tmp_path / "checkpoint.txt"
    with export.open("wb") as file:
        write(file, origin=settings.LOG_ORIGIN)
    checkpoint.write_text(latest_checkpoint().note)
    return export, checkpoint


def test_verify_ends_with_0_where_everything_holds(run: Run, exported: tuple[Path, Path]) -> None:
    done = run("verify", *map(str, exported), "--json")
    assert (done.returncode, json.loads(done.stdout)["ok"]) == (0, True)
    assert "Everything holds." in run("verify", *map(str, exported)).stdout


@pytest.mark.parametrize("deed", ["forged", "cut off", "reordered", "empty", "not JSON"])
def test_verify_ends_with_1_where_something_was_altered(
    run: Run, exported: tuple[Path, Path], deed: str
) -> None:
    export, checkpoint = exported
    lines = export.read_text().splitlines(keepends=True)
    events = [n for n, line in enumerate(lines) if '"user:grant_role"' in line]
    match deed:
        case "forged":
            lines[events[0]] = lines[events[0]].replace("user:grant_role", "user:revoke_role")
        case "cut off":
            lines = lines[: events[-1]]
        case "reordered":
            first, last = events[0], events[-1]
            lines[first], lines[last] = lines[last], lines[first]
        case "empty":
            lines = []
        case "not JSON":
            lines[events[0]] = "{\n"
    export.write_text("".join(lines))
    done = run("verify", str(export), str(checkpoint), "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"], "Traceback" in done.stderr) == (1, False, False)
    assert found["problems"]


def test_verify_refuses_a_checkpoint_that_is_none(
    run: Run, exported: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "other.txt").write_text("nothing of the kind\n")
    done = run("verify", str(exported[0]), str(tmp_path / "other.txt"), "--json")
    assert (done.returncode, json.loads(done.stdout)["ok"]) == (1, False)
    assert run("verify", str(tmp_path / "absent.jsonl"), str(exported[1])).returncode == 2


def test_the_tools_print_json_without_any_factory(run: Run) -> None:
    modes = json.loads(run("modes", "list", "--json").stdout)["items"]
    assert {"regional-v1", "playground-v1"} <= {mode["name"] for mode in modes}
    recipes = json.loads(run("recipes", "list", "--json").stdout)["items"]
    assert "tabular-classifier" in {recipe["id"] for recipe in recipes}
    questions = json.loads(run("assurance", "questions", "--kind", "gdpr", "--json").stdout)
    assert questions[0]["id"]


def test_a_mode_with_a_mistake_is_named_with_file_and_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text('id = "x"\nunknown_word = 1\n')
    done = run("modes", "check", "broken.toml", "--json")
    assert (done.returncode, bool(json.loads(done.stdout)["problems"])) == (1, True)
    assert run("modes", "check", "absent.toml").returncode == 2


def test_answers_are_assessed_from_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_text('{"personal_data": "no"}')
    done = run("assurance", "assess", "--kind", "gdpr", "--answers", "answers.json", "--json")
    assert (done.returncode, json.loads(done.stdout)["next_questions"]) == (0, [])
    (tmp_path / "answers.json").write_text("[]")
    assert "holds no answers" in sentence(
        run("assurance", "assess", "--kind", "gdpr", "--answers", "answers.json")
    )


def test_an_empty_home_becomes_a_factory_with_a_log_that_verifies(run: Run, tmp_path: Path) -> None:
    sqlite = {"DATABASE_URL": f"sqlite:///{tmp_path}/admin.sqlite3", "AIFACTORY_PASSWORD": PASSWORD}
    for _ in range(2):
        assert run("admin", "migrate", **sqlite).stdout == "The database is up to date.\n"
    made = run("admin", "create-person", "o@example.org", "Office", "--role", "office", **sqlite)
    assert (made.returncode, made.stdout.startswith("usr_")) == (0, True), made.stderr
    assert "There is an account with this address already." in sentence(
        run("admin", "create-person", "O@example.org", "Again", **sqlite)
    )
    mandate = run("admin", "give-mandate", "o@example.org", "--title", "Director", **sqlite)
    assert mandate.stdout.startswith("man_"), mandate.stderr
    assert run("admin", "worker", "--once", **sqlite).returncode == 0
    assert run("admin", "export", "log.jsonl", "--checkpoint", "point.txt", **sqlite).returncode == 0
    assert run("verify", "log.jsonl", "point.txt").returncode == 0
