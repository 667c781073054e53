"""Pace, unused time, waiting and export by command, against the factory in this process."""

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from typer.testing import CliRunner

from aifactory.awards.actions import draw, grant_line, reserve
from aifactory.cli import pace, projects, waiting
from aifactory.cli.remote import Remote
from aifactory.kit import clock
from aifactory.kit.errors import Invalid
from aifactory.people.actions import issue_token
from aifactory.people.models import User
from tests.awards.factories import GRANTOR, project

pytestmark = pytest.mark.django_db
As = Callable[..., Any]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[As]:
    """Give a function that types a command as somebody and returns its JSON."""
    # The end of a request closes the connection, in which this test's own transaction is open.
    signals = request_started, request_finished
    assert all(signal.disconnect(close_old_connections) for signal in signals)

    def command(app: Any, *words: str, user: User) -> Any:
        def connect(remote: Remote) -> None:
            token = issue_token(user, label="script")[1]
            remote.client = httpx.Client(
                transport=httpx.WSGITransport(app=get_wsgi_application()),
                base_url="http://testserver/api/v1",
                headers={"Authorization": f"Bearer {token}"},
            )

        monkeypatch.setattr(Remote, "__init__", connect)
        done = CliRunner().invoke(app, words)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return json.loads(done.stdout) if "--json" in words else done.stdout

    yield command
    for signal in signals:
        signal.connect(close_old_connections)


def test_an_award_is_planned_given_back_and_asked_for_by_command(typed: As) -> None:
    now, mine = clock.now(), project(title="Wind")
    period = {"starts_at": now - timedelta(days=20), "ends_at": now + timedelta(days=20)}
    line = grant_line(mine, by=GRANTOR, resource="gpu", amount=3600 * 100, **period)
    reserve(line, 3600 * 60, key="a", by=GRANTOR)
    draw("a", 3600 * 60, by=GRANTOR)
    leader = mine.leader

    def pace_of(*words: str) -> Any:
        return typed(pace.app, *words, "--json", user=leader)

    found = pace_of("show", line.pk)
    assert (found["granted"], found["used"], round(found["expected_by_now"])) == (100.0, 60.0, 50)
    month = f"{now - timedelta(days=10):%Y-%m}"
    planned = pace_of("plan", line.pk, "--month", f"{month}=80", "--why", "At once.")
    assert planned["months"] == {month: 80.0}
    with pytest.raises(Invalid, match="not in the period"):
        pace_of("plan", line.pk, "--month", "2020-01=80", "--why", "Then.")
    assert pace_of("give-back", line.pk, "10")["amount"] == 10.0
    asked = pace_of("ask", line.pk, "5", "--why", "A run.")
    assert (asked["state"], asked["asked"]) == ("asked", 5.0)
    assert [one["id"] for one in pace_of("wishes")["items"]] == [asked["id"]]
    assert pace_of("withdraw", asked["id"])["state"] == "withdrawn"
    assert pace_of("reclaims") == {"items": [], "next": None}
    assert [one["line"] for one in pace_of("list")["items"]] == [line.pk]
    assert pace_of("unused")["moved"][0]["returned"] == 10.0
    assert "Wind" not in typed(pace.app, "unused", user=leader)
    assert "too early to tell" not in typed(pace.app, "show", line.pk, user=leader)


def test_a_project_is_taken_along_and_the_machine_is_asked_how_long_one_waits(typed: As, tmp_path) -> None:
    import typer

    mine = project()
    to = tmp_path / "project.zip"
    typed(projects.app, "export", mine.pk, "--to", str(to), user=mine.leader)
    with zipfile.ZipFile(to) as archive:
        assert "ro-crate-metadata.json" in archive.namelist()
        assert json.loads(archive.read("project.json"))["id"] == mine.pk
    data = typed(projects.app, "data", mine.pk, "--json", user=mine.leader)
    assert (data["state"], data["files"]) == ("not_ended", 0)
    app = typer.Typer()
    app.command()(waiting.command)
    found = typed(app, "--days", "30", "--json", user=mine.leader)
    assert (found["targets"], found["days"], [size["rows"] for size in found["sizes"]]) == (
        "fair-share-v1",
        30,
        [[]] * 3,
    )
