"""Who may open a notebook, by which ticket, and until when."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from aifactory.audit.models import Event
from aifactory.datasets import actions as data
from aifactory.kit import clock
from aifactory.kit.errors import NotAllowed
from aifactory.people.models import Role, User
from aifactory.people.terms.actions import suspend
from aifactory.people.terms.standing import IsSuspended
from aifactory.ports.notebook import host_name
from aifactory.supercomputer import actions
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.notebooks.actions import NotebooksAreOff, admit
from aifactory.supercomputer.notebooks.door import PortalDoor, TicketIsNotGood
from aifactory.supercomputer.notebooks.queries import notebook
from aifactory.supercomputer.notebooks.standing import DataMayNotBeUsed, NotebookIsNotOpen, SignedOut
from tests.awards.factories import GRANTOR
from tests.datasets import factories as datasets
from tests.people.factories import person
from tests.supercomputer.factories import later

ADDRESS = "https://*.notebooks.example"
HERE = Path("/where/it/listens")


@pytest.fixture
def notebooks(plant, settings):
    """A plant with notebooks, one of them open on restricted data."""
    settings.NOTEBOOK_ADDRESS = ADDRESS
    plant.behaviour["seconds"] = 50_000.0
    plant.engine.reach = lambda _name: HERE
    return plant


def planned(plant, **wish) -> Job:
    asked = {"recipe": "notebook", "inputs": {"data": plant.agreement.version_id}, "parameters": {}}
    return plant.submit(**(asked | wish))


def is_open(plant, **wish) -> Attempt:
    job = planned(plant, **wish)
    assert [started.pk for started in actions.start_due()] == [job.pk]
    plant.turn()
    soon = (clock.now() + timedelta(minutes=30)).isoformat()
    Attempt.objects.update(progress={"ready": True, "closes_at": soon, "text": "It is open."})
    return Attempt.objects.get(job=job)


def ticket_of(address: str) -> str:
    return address.partition("?ticket=")[2]


def inside(plant, attempt: Attempt, **more) -> tuple[PortalDoor, str, str]:
    """Return the door, the session and the name of somebody who came in."""
    _visit, address = admit(attempt.job, by=plant.user, **more)
    door, name = PortalDoor(plant.engine), host_name(attempt.name)
    return door, door.enter(ticket_of(address), name), name


def test_a_notebook_starts_at_once_on_the_budget_of_any_job(notebooks):
    job = planned(notebooks, cores=2)
    assert (job.planned_start <= clock.now(), job.plan) == (True, {"signal": None, "interactive": True})
    notebooks.line.refresh_from_db()
    assert notebooks.line.held == 2 * 600
    found = notebook(job, job.attempts.get())
    assert found.facts() == {
        "state": "waiting", "idle_minutes": 30.0, "closes_at": None, "ends_at": None, "copies": False,
    }  # fmt: skip


def test_there_are_none_where_nobody_could_come_in(plant, settings):
    settings.NOTEBOOK_ADDRESS = ""
    with pytest.raises(NotebooksAreOff, match="no notebooks"):
        planned(plant)
    settings.NOTEBOOK_ADDRESS, settings.AGENTS = ADDRESS, {"simulated": "sha256:0"}
    with pytest.raises(NotebooksAreOff, match="its agent stands elsewhere"):
        planned(plant)
    assert not Job.objects.exists()


def test_a_ticket_is_good_once_for_a_minute_at_its_own_notebook(notebooks):
    attempt = is_open(notebooks)
    visit, address = admit(attempt.job, by=notebooks.user)
    name, ticket = host_name(attempt.name), ticket_of(address)
    assert address == f"https://{name}.notebooks.example/.aifactory/enter?ticket={ticket}"
    door = PortalDoor(notebooks.engine)
    for wrong in (("forged", name), ("", name), (ticket, "job-2-1")):
        with pytest.raises(TicketIsNotGood):
            door.enter(*wrong)
    with later(seconds=61), pytest.raises(TicketIsNotGood):
        door.enter(ticket, name)
    secret = door.enter(ticket, name)
    with pytest.raises(TicketIsNotGood):
        door.enter(ticket, name)
    seen = door.visit(secret, name)
    assert (seen.id, seen.folder, seen.copies) == (visit.pk, HERE, False)
    with pytest.raises(TicketIsNotGood):
        door.visit(secret, "job-2-1")
    with pytest.raises(TicketIsNotGood):
        door.visit(ticket, name)
    visit.refresh_from_db()
    kept = str(visit.__dict__)
    assert (ticket in kept, secret in kept, visit.state) == (False, False, "entered")
    told = Event.objects.filter(name__startswith="notebook:").order_by("pk")
    assert [(e.name, e.actor, e.data) for e in told] == [
        ("notebook:admit", notebooks.user.id, {"job": attempt.job_id, "attempt": attempt.pk}),
        ("notebook:enter", "system:doorkeeper", {}),
    ]
    assert not {"ticket_digest", "session_digest", "portal_session"} & set(visit.document())


def test_only_who_started_it_opens_it(notebooks):
    from aifactory.awards.actions import add_member, remove_member

    attempt = is_open(notebooks)
    colleague = person(organisation=notebooks.project.organisation)
    add_member(notebooks.project, colleague, by=GRANTOR)
    for other in (colleague, person(Role.OPERATOR), person()):
        with pytest.raises(NotAllowed, match="Only who started"):
            admit(attempt.job, by=other)
    other = is_open_for(notebooks, colleague)
    door, secret, name = inside(SimpleNamespace(user=colleague, engine=notebooks.engine), other)
    remove_member(notebooks.project.members.get(user=colleague, until=None), by=GRANTOR)
    with pytest.raises(NotAllowed):
        door.visit(secret, name)


def is_open_for(plant, user: User) -> Attempt:
    job = actions.submit(
        plant.project, by=user, recipe="notebook", inputs={}, cores=1, wall_seconds=60, engine="simulated"
    )
    actions.start_due()
    plant.turn()
    Attempt.objects.filter(job=job).update(progress={"ready": True})
    return Attempt.objects.get(job=job)


def ends(plant, attempt: Attempt) -> None:
    plant.engine.cancel(attempt.name, "Enough.")
    plant.turn()


def stops(plant, attempt: Attempt) -> None:
    actions.stop(attempt.job, by=plant.user, reason="Enough.")


def loses_its_data(plant, _attempt: Attempt) -> None:
    data.suspend_agreement(plant.agreement, by=plant.agreement.offer.offered_by, reason="A leak")


def is_suspended(plant, _attempt: Attempt) -> None:
    from aifactory.people.actions import give_mandate
    from aifactory.people.actors import INSTALLER

    office = person(Role.OFFICE)
    give_mandate(office, by=INSTALLER, subject="suspension:impose", holder_title="Head of the office")
    suspend(plant.user.thing, by=office, ground="security", reasons="A key leaked.")


def is_closed_off(plant, _attempt: Attempt) -> None:
    plant.engine.reach = lambda _name: None


def leaves(plant, _attempt: Attempt) -> None:
    User.objects.filter(pk=plant.user.pk).update(is_active=False)


ENDS = {
    stops: NotebookIsNotOpen,
    loses_its_data: DataMayNotBeUsed,
    is_suspended: IsSuspended,
    is_closed_off: NotebookIsNotOpen,
    leaves: NotAllowed,
    ends: NotebookIsNotOpen,
}


def test_a_session_ends_at_once_with_what_it_stands_on(notebooks):
    """Without waiting for the worker to stop the job."""
    attempt = is_open(notebooks)
    door, secret, name = inside(notebooks, attempt)
    reach = notebooks.engine.reach
    for happens, refusal in ENDS.items():
        assert door.visit(secret, name).folder == HERE
        before = transaction.savepoint()
        _visit, address = admit(attempt.job, by=notebooks.user)
        happens(notebooks, attempt)
        with pytest.raises(refusal):
            door.visit(secret, name)
        with pytest.raises(refusal):
            door.enter(ticket_of(address), name)
        transaction.savepoint_rollback(before)
        notebooks.engine.reach = reach


def test_a_session_ends_with_the_sign_in_that_asked_for_it(notebooks):
    session = SessionStore()
    session.create()
    attempt = is_open(notebooks)
    door, secret, name = inside(notebooks, attempt, portal_session=session.session_key)
    assert door.visit(secret, name).folder == HERE
    session.flush()
    with pytest.raises(SignedOut, match="You signed out"):
        door.visit(secret, name)


def test_asking_again_costs_a_handful_of_queries(notebooks, django_assert_max_num_queries):
    door, secret, name = inside(notebooks, is_open(notebooks))
    with django_assert_max_num_queries(5):
        door.visit(secret, name)


def test_terms_that_allow_a_download_allow_copies(notebooks):
    allowed = datasets.in_force(
        datasets.offer(datasets.published(access="nonpublic"), actions=["analyse", "download"]),
        notebooks.project,
    )
    job = planned(notebooks, inputs={"data": allowed.version_id})
    assert notebook(job, None).copies is True
    assert notebook(planned(notebooks, inputs={}), None).copies is True


def test_a_page_says_no_more_than_a_job_may_say(notebooks):
    """A job writes its own progress: whatever it writes is a moment, or nothing."""
    attempt = is_open(notebooks)
    for said in ("soon", 17, None, "2026-01-01T00:00:00", {"a": 1}):
        attempt.progress = {"ready": "yes", "closes_at": said}
        found = notebook(attempt.job, attempt)
        assert (found.state, found.closes_at) == ("starting", None)
    Attempt.objects.update(progress={})
    with pytest.raises(NotebookIsNotOpen, match="still starting"):
        admit(attempt.job, by=notebooks.user)
