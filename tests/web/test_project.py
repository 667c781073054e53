"""A project's page: everything of it, and only the buttons that one may use."""

import re

import pytest

from aifactory.awards.actions import add_member
from aifactory.people.models import Role
from aifactory.transparency import actions as transparency
from tests.awards import factories as awards
from tests.expertise.test_actions import asked
from tests.people.factories import person
from tests.registry import factories as models

pytestmark = pytest.mark.django_db


def buttons(page):
    link = r'<a class="nl-button[^"]*" href="[^"]*"><span class="nl-button__label">([^<]*)<'
    return re.findall(link, page.content.decode())


def test_signing_in_comes_first_and_strangers_find_nothing(client):
    address = f"/projects/{awards.project().pk}/"
    assert client.get(address).url == f"/accounts/login/?next={address}"
    client.force_login(person())
    assert client.get(address).status_code == 404


def test_who_works_on_it_may_do_everything(client, plant, told):
    models.registered(plant)
    asked(plant.project)
    transparency.record_outcome(
        plant.project, by=plant.user, kind="jobs", title="Two hired", evidence="a", amount=2
    )
    client.force_login(plant.user)
    page = client.get(f"/projects/{plant.project.pk}/")
    assert buttons(page) == [
        "New job",
        "Work on the cluster yourself",
        "Request data",
        "Ask for advice",
        "Draft the final report",
        "Record a result",
    ]
    for said in (
        "Train a classifier on a table",
        "Breast cells under the microscope",
        "Tumour finder 1 Candidate",
        "Gaps",
        "Two hired Jobs created 2",
    ):
        assert said in told(page)


def test_overseers_look_and_the_office_records_results(client, plant):
    address = f"/projects/{plant.project.pk}/"
    seen = {}
    for role in (Role.AUDITOR, Role.ADVISER, Role.OPERATOR, Role.OFFICE):
        client.force_login(person(role))
        seen[role.value] = buttons(client.get(address))
    assert seen == {"auditor": [], "adviser": [], "operator": [], "office": ["Record a result"]}


def test_a_member_of_another_organisation_sees_it_too(client, plant):
    guest = person()
    add_member(plant.project, guest, by=plant.user)
    client.force_login(guest)
    assert buttons(client.get(f"/projects/{plant.project.pk}/"))[0] == "New job"


def test_a_suspended_project_starts_no_jobs(client, plant):
    type(plant.project).objects.update(state="suspended")
    client.force_login(plant.user)
    assert "New job" not in buttons(client.get(f"/projects/{plant.project.pk}/"))


def test_it_costs_the_same_however_much_was_done(client, plant, django_assert_num_queries):
    client.force_login(plant.user)
    address = f"/projects/{plant.project.pk}/"
    client.get(address)
    with django_assert_num_queries(13):
        client.get(address)
    plant.submit(title="One")
    plant.submit(title="Two")
    asked(plant.project)
    with django_assert_num_queries(13):
        client.get(address)
