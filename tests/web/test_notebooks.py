"""The page, the route and the command that lead into a notebook."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aifactory.cli import assemble
from aifactory.kit import clock
from aifactory.people.models import Role
from aifactory.supercomputer import actions
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.notebooks.models import NotebookVisit
from tests.people.factories import person

ADDRESS = "https://*.notebooks.example"


@pytest.fixture
def job(plant, settings) -> Job:
    settings.NOTEBOOK_ADDRESS = ADDRESS
    plant.behaviour["seconds"] = 50_000.0
    plant.engine.reach = lambda _name: Path("/nowhere")
    wish = {"recipe": "notebook", "inputs": {"data": plant.agreement.version_id}, "parameters": {}}
    return plant.submit(**wish)


def opens(plant) -> None:
    actions.start_due()
    plant.turn()
    soon = (clock.now() + timedelta(minutes=30)).isoformat()
    Attempt.objects.update(progress={"ready": True, "closes_at": soon, "text": "x", "done": 0})


def test_the_page_says_where_the_notebook_stands_and_opens_it(client, plant, told, job):
    client.force_login(plant.user)
    page = f"/jobs/{job.pk}/"
    waiting = client.get(page)
    assert "A button to open it comes here" in told(waiting)
    assert "hx-trigger" in waiting.content.decode()
    assert client.post(f"{page}notebook/").status_code == 409
    opens(plant)
    ready = client.get(page)
    words = told(ready)
    for said in (
        "It is your turn",
        "Open the notebook",
        "It closes on",
        "stays open for 30 minutes after that",
        "At the latest it ends on",
        "The terms of its data allow no copies",
        "A notebook starts at once",
    ):
        assert said in words
    assert "hx-trigger" not in ready.content.decode()  # the button stays where it is
    assert client.get(f"{page}notebook/").status_code == 405
    answer = client.post(f"{page}notebook/")
    (visit,) = NotebookVisit.objects.all()
    name = visit.attempt.name.lower().replace("_", "-")
    assert re.fullmatch(
        rf"https://{name}\.notebooks\.example/\.aifactory/enter\?ticket=[\w-]{{43}}", answer.url
    )
    assert (answer.status_code, answer["Referrer-Policy"], answer["Cache-Control"]) == (
        302,
        "no-referrer",
        "no-store",
    )
    assert visit.portal_session == client.session.session_key
    client.force_login(person(Role.OPERATOR))
    assert "The notebook is open for the person who started it." in told(client.get(page))
    assert client.post(f"{page}notebook/").status_code == 403
    client.force_login(person())
    assert client.post(f"{page}notebook/").status_code == 404


def test_a_recipe_is_offered_where_it_can_be_opened(client, plant, told, settings):
    client.force_login(plant.user)
    new = f"/projects/{plant.project.pk}/jobs/new/"
    settings.NOTEBOOK_ADDRESS = ""
    assert "Work in a notebook" not in told(client.get(new))
    settings.NOTEBOOK_ADDRESS = ADDRESS
    assert "Work in a notebook" in told(client.get(new))


def test_a_ticket_comes_from_the_api_and_the_command(plant, job, live_remote, client):
    opens(plant)
    live_remote(plant.user)
    run = CliRunner().invoke(assemble(), ["jobs", "notebook", job.pk, "--json"])
    said = json.loads(run.stdout)
    (visit,) = NotebookVisit.objects.all()
    assert (said["visit"], said["copies"], visit.portal_session) == (visit.pk, False, "")
    assert clock.stamp(visit.ticket_until) == said["until"]
    assert said["address"].startswith("https://job-")
    assert CliRunner().invoke(assemble(), ["jobs", "notebook", job.pk]).stdout.count("?ticket=") == 1
    client.force_login(plant.user)
    facts = client.get(f"/api/v1/jobs/{job.pk}/notebook").json()
    assert {k: facts[k] for k in ("state", "idle_minutes", "copies")} == {
        "state": "ready",
        "idle_minutes": 30.0,
        "copies": False,
    }
    other = plant.submit()
    assert client.get(f"/api/v1/jobs/{other.pk}/notebook").status_code == 409
    assert client.post(f"/api/v1/jobs/{other.pk}/notebook").status_code == 409
