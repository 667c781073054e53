"""Data that named people may see, in a notebook, and that nobody takes out: who comes in, how long, what is kept."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest
from django.db import transaction

from aifactory.audit.models import Event
from aifactory.awards.actions import add_member
from aifactory.datasets import actions as data
from aifactory.datasets import vocabulary as v
from aifactory.datasets.models import Agreement
from aifactory.datasets.named_persons.actions import remove
from aifactory.kit import clock
from aifactory.kit.errors import NotAllowed, Refused
from aifactory.people.models import User
from aifactory.ports.desk import CancelOrder, Report
from aifactory.ports.notebook import host_name
from aifactory.supercomputer import actions, queries
from aifactory.supercomputer.desk import PortalDesk, stop_without_agreement
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.notebooks.actions import admit
from aifactory.supercomputer.notebooks.door import PortalDoor
from aifactory.supercomputer.notebooks.queries import look_facts, looks, notebook
from aifactory.supercomputer.notebooks.standing import DataMayNotBeUsed
from aifactory.supercomputer.notebooks.terms import NobodyMaySeeTheData, copies_allowed, refuse_unseen
from aifactory.supercomputer.secure import actions as secure
from aifactory.supercomputer.secure import walls
from aifactory.supercomputer.uploads.actions import bring
from tests.awards.factories import GRANTOR
from tests.datasets import factories as datasets
from tests.people.factories import person
from tests.supercomputer.factories import Factory, later
from tests.supercomputer.secure_factories import ROWS, Inside, inside

HERE = Path("/where/it/listens")
FILES = [("main.py", [b"print('hello')"])]


@dataclass
class Room:
    """A notebook that is open on data that its person may see."""

    here: Inside
    attempt: Attempt

    def enter(self) -> tuple[PortalDoor, str, str]:
        """Come in as who started it; return the door, the session and the name."""
        _visit, address = admit(self.attempt.job, by=self.here.plant.user)
        door, name = PortalDoor(self.here.plant.engine), host_name(self.attempt.name)
        return door, door.enter(address.partition("?ticket=")[2], name), name


def says(attempt: Attempt, progress: dict, printed: str = "") -> Attempt:
    """Let the agent tell what a job says on its way."""
    report = Report(attempt.name, None, progress=progress, log_tail=printed, log_end=len(printed))
    PortalDesk().report("simulated", [report])
    return Attempt.objects.get(pk=attempt.pk)


def asked(here: Inside, **wish) -> Job:
    wish = {"recipe": "notebook", "inputs": {"data": here.agreement.version_id}, "parameters": {}} | wish
    return here.plant.submit(**wish)


@pytest.fixture
def notebooks(plant, settings) -> Factory:
    settings.NOTEBOOK_ADDRESS = "https://*.notebooks.example"
    plant.behaviour |= {"seconds": 300.0, "outputs": {"table.csv": ROWS, "work.ipynb": b'{"cells": []}'}}
    plant.engine.reach = lambda _name: HERE
    return plant


@pytest.fixture
def room(notebooks) -> Room:
    here = inside(notebooks, "tinker")
    job = asked(here)
    actions.start_due()
    notebooks.turn()
    return Room(
        here, says(job.attempts.get(), {"ready": True, "closes_at": "x", "text": "patient 17"}, "patient 18")
    )


def test_the_strictest_terms_of_all_its_data_hold_for_a_job(plant):
    """Whatever ways of the secure environment meet in a job: where one is blind, nobody sees any of it."""
    assert {way: 2 if way.endswith("-two-checkers") else 1 for way in v.ENVIRONMENTS} == walls.CHECKERS
    by = datasets.steward()
    ways = {
        way: datasets.in_force(datasets.offer(datasets.published(by), environment=way), plant.project)
        for way in v.ENVIRONMENTS
    }
    upload = bring(plant.project, by=plant.user, title="Mine", files=FILES)
    brought = {"role": "code", "upload": upload.pk, "files": upload.files}
    for size in (1, 2):
        for chosen in combinations(ways, size):
            job = Job(project=plant.project, submitted_by=plant.user)
            inputs = [{"role": way, "agreement": ways[way].pk} for way in chosen]
            job.secure = walls.keep_to(job, inputs)
            assert job.secure == sorted(ways[way].pk for way in chosen)
            may = set(chosen) <= {"tinker", "tinker-two-checkers"}
            assert (passes(refuse_unseen, job), passes(walls.keep_to, job, [*inputs, brought])) == (
                may,
                may,
            ), chosen
            assert not copies_allowed(job)
    assert not passes(refuse_unseen, Job(secure=["agr_that_is_not_there"]))


def passes(wall, *given) -> bool:
    try:
        wall(*given)
    except (NobodyMaySeeTheData, walls.CodeIsNotReviewed):
        return False
    return True


def test_only_named_people_open_one_and_what_they_bring_needs_no_review(notebooks):
    here = inside(notebooks, "tinker")
    colleague = person(organisation=notebooks.project.organisation)
    add_member(notebooks.project, colleague, by=GRANTOR)
    upload = bring(notebooks.project, by=notebooks.user, title="Mine", files=FILES)
    inputs = {"data": here.agreement.version_id, "code": upload.pk}
    with pytest.raises(walls.OnlyNamedPersons):
        actions.submit(notebooks.project, by=colleague, recipe="notebook", inputs=inputs, engine="simulated")
    job = asked(here, inputs=inputs)
    assert (job.secure, job.is_restricted, copies_allowed(job)) == ([here.agreement.pk], True, False)
    with pytest.raises(secure.NotSecure, match="ask for no review of code"):
        secure.ask_review(here.agreement, upload, by=notebooks.user, explanation="It says hello.")
    with pytest.raises(NobodyMaySeeTheData, match="nobody of the project sees it"):
        asked(inside(notebooks, "blind"))


def test_open_data_under_such_terms_is_not_copied_either(notebooks):
    open_data = datasets.published(access="public", contains_personal_data=False, personal=None)
    offer = datasets.offer(open_data, environment="tinker")
    job = asked(Inside(notebooks, datasets.in_force(offer, notebooks.project)))
    assert notebook(job, None).copies is False


def test_of_what_it_says_on_its_way_only_that_it_is_open_is_kept_and_only_once(room):
    attempt = room.attempt
    assert (attempt.progress, attempt.log, attempt.log_end) == ({"ready": True}, "", 0)
    found = notebook(attempt.job, attempt)
    assert (found.state, found.closes_at, found.copies) == ("ready", None, False)
    assert found.ends_at == attempt.started_at + timedelta(seconds=attempt.wall_seconds)
    attempt = says(attempt, {"ready": False, "text": "patient 19"}, "patient 20")
    assert (attempt.progress, attempt.log) == ({"ready": True}, "")
    other = room.here.plant.submit(inputs={"table": room.here.agreement.version_id}, cores=1)
    assert says(other.attempts.get(), {"ready": True}).progress == {}
    with pytest.raises(walls.IsWithheld):
        queries.log_after(attempt, 0, by=room.here.plant.user)


def test_a_look_is_in_the_log_and_what_was_saved_leaves_by_a_check_alone(room, django_assert_max_num_queries):
    here = room.here
    door, secret, name = room.enter()
    with django_assert_max_num_queries(10):  # asked again every two seconds
        seen = door.visit(secret, name)
    assert (seen.folder, seen.copies) == (HERE, False)
    told = Event.objects.filter(name__startswith="notebook:").order_by("pk")
    assert [(event.name, event.data) for event in told] == [
        ("notebook:admit", {"job": room.attempt.job_id, "attempt": room.attempt.pk}),
        ("notebook:enter", {}),
    ]
    (look,) = looks(here.agreement)
    assert look_facts(look) == {
        "id": door.visit(secret, name).id, "person": here.plant.user.pk, "name": here.plant.user.name,
        "job": room.attempt.job_id, "attempt": room.attempt.name, "entered_at": clock.stamp(look.entered_at),
    }  # fmt: skip
    assert list(looks(here.plant.agreement)) == []
    with later(seconds=301):
        here.plant.turn()
    attempt = Attempt.objects.get(pk=room.attempt.pk)
    kept = attempt.withheld
    assert (attempt.outputs, attempt.log, kept.checkers) == ([], "", 1)
    assert {"table.csv", "work.ipynb"} <= {file["path"] for file in kept.files}
    with pytest.raises(walls.IsWithheld):
        queries.result(attempt, "work.ipynb", by=here.plant.user)
    file = secure.ask_release(kept, ["table.csv"], by=here.plant.user, reason="Large groups.").files.get()
    secure.decide_file(file, "release", by=here.steward, reason="All groups are large.")
    attempt.refresh_from_db()
    assert b"".join(queries.result(attempt, "table.csv", by=here.plant.user).chunks) == ROWS


def suspended(agreement: Agreement, by: User) -> None:
    data.suspend_agreement(agreement, by=by, reason="A leak is looked into")


def ended(agreement: Agreement, by: User) -> None:
    data.end_agreement(agreement, by=by, reason="The study is over")


def version_withdrawn(agreement: Agreement, by: User) -> None:
    data.withdraw_version(agreement.version, by=by, reason="A patient took consent back")


def dataset_withdrawn(agreement: Agreement, by: User) -> None:
    data.withdraw_dataset(agreement.version.dataset, by=by, reason="The holder stops")


def run_out(agreement: Agreement, _by: User) -> None:
    Agreement.objects.filter(pk=agreement.pk).update(valid_until=clock.now())


def test_who_looks_is_out_at_once_and_the_job_is_stopped_in_the_next_round(room):
    door, secret, name = room.enter()
    for happens in (suspended, version_withdrawn, dataset_withdrawn, run_out, ended):
        before = transaction.savepoint()
        agreement = Agreement.objects.get(pk=room.here.agreement.pk)
        happens(agreement, room.here.steward)
        for tried in (lambda: door.visit(secret, name), room.enter):
            with pytest.raises(DataMayNotBeUsed, match=agreement.pk):
                tried()
        assert [job.pk for job in stop_without_agreement()] == [room.attempt.job_id]
        (order,) = PortalDesk().orders("simulated")
        assert isinstance(order, CancelOrder)
        assert agreement.pk in order.reason
        if happens is not ended:
            transaction.savepoint_rollback(before)
            assert door.visit(secret, name).folder == HERE
    for _ in range(2):
        room.here.plant.turn()
    attempt = Attempt.objects.select_related("job").get(pk=room.attempt.pk)
    assert (attempt.job.state, attempt.state, attempt.outputs) == ("cancelled", "cancelled", [])
    assert attempt.withheld.holder_id == room.here.agreement.offer.dataset.holder_id


def another_person(renewal: Agreement) -> None:
    Agreement.objects.filter(pk=renewal.pk).update(persons=[person().pk])


def other_terms(renewal: Agreement) -> None:
    Agreement.objects.filter(pk=renewal.pk).update(terms=renewal.terms | {"environment": "blind"})


def plain_terms(renewal: Agreement) -> None:
    Agreement.objects.filter(pk=renewal.pk).update(terms=datasets.TERMS, persons=[])


SEAMS = {another_person: walls.OnlyNamedPersons, other_terms: NobodyMaySeeTheData, plain_terms: None}


def test_a_renewal_lets_in_whom_it_names_and_shows_what_its_own_terms_show(room):
    """A job runs on across the seam; who looks does so under what is in force now."""
    door, secret, name = room.enter()
    begin = clock.now() - timedelta(seconds=1)
    first = Agreement.objects.get(pk=room.here.agreement.pk)
    same = ("offer", "version", "organisation", "project", "requested_by", "purpose", "persons", "terms")
    renewal = Agreement.objects.create(
        **{field: getattr(first, field) for field in same},
        renews=first, state="in_force", valid_from=begin, valid_until=begin + timedelta(days=1),
    )  # fmt: skip
    Agreement.objects.filter(pk=first.pk).update(valid_until=begin)
    assert stop_without_agreement() == []
    assert door.visit(secret, name).folder == HERE
    for changes, refusal in SEAMS.items():
        before = transaction.savepoint()
        changes(renewal)
        if refusal is None:  # what was opened without copies goes on without
            assert (door.visit(secret, name).copies, copies_allowed(room.attempt.job)) == (False, False)
        else:
            with pytest.raises(refusal):
                door.visit(secret, name)
        transaction.savepoint_rollback(before)


def test_nobody_else_looks_over_the_shoulder(room):
    """A notebook is opened by who started it, as long as that person is of the project and named."""
    plant = room.here.plant
    colleague = person(organisation=plant.project.organisation)
    add_member(plant.project, colleague, by=GRANTOR)
    for other in (colleague, room.here.steward):
        with pytest.raises(NotAllowed, match="Only who started a notebook"):
            admit(room.attempt.job, by=other)
    door, secret, name = room.enter()
    with transaction.atomic():
        plant.project.members.filter(user=plant.user).update(until=clock.now())
        with pytest.raises(Refused):
            door.visit(secret, name)
        transaction.set_rollback(True)
    with later(hours=1):
        assert door.visit(secret, name).folder == HERE
    remove(
        Agreement.objects.get(pk=room.here.agreement.pk), plant.user, by=room.here.steward, reason="Left us."
    )
    with pytest.raises(walls.OnlyNamedPersons):
        door.visit(secret, name)
