"""The page, the route and the command that lead into a notebook."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from typer.testing import CliRunner

from aifactory.cli import assemble
from aifactory.kit import clock
from aifactory.people.models import Role
from aifactory.ports.notebook import host_name
from aifactory.supercomputer import actions
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.notebooks.door import PortalDoor
from aifactory.supercomputer.notebooks.models import NotebookVisit
from tests.people.factories import person
from tests.supercomputer.factories import later
from tests.supercomputer.secure_factories import inside

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


def test_a_look_at_data_that_stays_inside_is_offered_told_and_listed(
    client, plant, told, settings, live_remote
):
    settings.NOTEBOOK_ADDRESS = ADDRESS
    plant.behaviour["seconds"] = 500.0
    plant.engine.reach = lambda _name: Path("/nowhere")
    here = inside(plant, "tinker")
    page = f"/agreements/{here.agreement.pk}/"
    client.force_login(plant.user)
    words = told(client.get(page))
    assert "people who are named see the data in a notebook and may not copy it" in words
    assert ("Look at the data in a notebook" in words, "Code that goes in" in words) == (True, False)
    assert "Nobody yet" in words
    job = plant.submit(recipe="notebook", inputs={"data": here.agreement.version_id}, parameters={})
    opens(plant)
    Attempt.objects.update(progress={"ready": True})
    words = told(client.get(f"/jobs/{job.pk}/"))
    for said in (
        "You may see this data, and take nothing out.",
        "It closes after 30 minutes in which no cell ran",
        "At the latest it ends on",
        "Only the people named in the agreement see the data, in a notebook.",
    ):
        assert said in words
    ticket = client.post(f"/jobs/{job.pk}/notebook/").url.partition("?ticket=")[2]
    (visit,) = NotebookVisit.objects.all()
    PortalDoor(plant.engine).enter(ticket, host_name(visit.attempt.name))
    client.force_login(here.steward)
    words = told(client.get(page))
    assert (f"{plant.user.name} {visit.attempt.name}" in words, "Look at the data" in words) == (True, False)
    live_remote(here.steward)
    typed = CliRunner().invoke(assemble(), ["secure", "looks", here.agreement.pk, "--json"])
    assert typed.exit_code == 0, typed.output
    (look,) = json.loads(typed.stdout)["items"]
    assert (look["person"], look["name"], look["job"]) == (plant.user.pk, plant.user.name, job.pk)
    address = f"/api/v1/looks/{here.agreement.pk}"
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).json() == {"items": [look], "next": None}
    assert len(asked) == 5
    client.force_login(person(Role.STEWARD))
    assert client.get(address).status_code == 404
    with later(seconds=601):
        plant.turn()
        client.force_login(plant.user)
        words = told(client.get(f"/jobs/{job.pk}/"))
    assert "What it made stays in the secure environment until it is checked." in words
    assert "What you saved stays in the secure environment: ask for the release" in words


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
