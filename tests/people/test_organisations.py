"""An organisation's profile, and who belongs to it: kept by who may sign for it."""

import json

import pytest
from django.test import Client
from typer.testing import CliRunner

from aifactory.audit.models import Event
from aifactory.cli.organisations import app
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people import actions
from aifactory.people.actions import NobodyCouldSign, issue_token, join
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Membership, Organisation
from aifactory.people.sectors import SECTORS, sector_in
from tests.people.factories import organisation, person
from tests.web.conftest import live_remote, told

__all__ = ["live_remote", "told"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return organisation(sector="energy", region="Drenthe")


@pytest.fixture
def boss(place):
    return person(organisation=place)


@pytest.fixture
def colleague(place, boss):
    user = person()
    join(user, place, by=boss)
    return user


def membership(user):
    return user.memberships.get(until=None)


def test_every_sector_has_two_names():
    assert all(text.en and text.nl and text.en != text.nl for text in SECTORS.values())
    assert (sector_in("health", "nl"), sector_in("", "nl"), sector_in("coal", "en")) == ("Zorg", "", "coal")


def test_only_what_changed_changes_and_is_on_record(place, boss):
    actions.edit_organisation(place, by=boss, region="  Friesland ", staff=9)
    found = Organisation.objects.get(pk=place.pk)
    assert (found.region, found.staff, found.sector) == ("Friesland", 9, "energy")
    assert Event.objects.get(name="organisation:edit").data["fields"] == ["region", "staff"]
    actions.edit_organisation(found, by=boss, staff=9)
    assert Event.objects.filter(name="organisation:edit").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("country", "Holland"), ("kind", "club"), ("sector", "coal"), ("staff", -1)],
)
def test_a_mistake_is_named_and_nothing_changes(place, boss, field, value):
    with pytest.raises(Invalid) as refused:
        actions.edit_organisation(place, by=boss, **{field: value})
    assert [error.field for error in refused.value.errors] == [field]
    assert not Event.objects.filter(name="organisation:edit").exists()


def test_who_may_not_sign_changes_nothing(place, boss, colleague):
    for somebody in (colleague, person()):
        for refused in (
            lambda by: actions.edit_organisation(place, by=by, staff=1),
            lambda by: actions.let_sign(membership(colleague), signs=True, by=by),
            lambda by: actions.end_membership(membership(boss), by=by),
        ):
            with pytest.raises(NotAllowed):
                refused(somebody)


def test_somebody_who_signs_stays_as_long_as_there_are_others(place, boss, colleague):
    for refused in (
        lambda: actions.end_membership(membership(boss), by=boss),
        lambda: actions.let_sign(membership(boss), signs=False, by=boss),
    ):
        with pytest.raises(NobodyCouldSign):
            refused()
    actions.let_sign(membership(colleague), signs=True, by=boss)
    ended = actions.end_membership(membership(boss), by=boss)
    assert actions.end_membership(ended, by=boss).until == ended.until
    assert list(place.memberships.filter(until=None).values_list("user", flat=True)) == [colleague.pk]
    actions.end_membership(membership(colleague), by=colleague)
    assert not place.memberships.filter(until=None).exists()


def test_a_student_does_not_sign(place, boss):
    user = person()
    join(user, place, student=True, by=INSTALLER)
    with pytest.raises(Invalid):
        actions.let_sign(membership(user), signs=True, by=boss)


def test_by_page(place, boss, colleague, told):
    client = Client()
    client.force_login(boss)
    home = f"/organisations/{place.pk}/"
    assert "Energy" in told(client.get(home))
    form = client.get(f"{home}edit/").content.decode()
    assert 'value="Drenthe"' in form
    facts = {"name": place.name, "country": "nl", "kind": "company", "sector": "health", "region": "Drenthe"}
    assert "Give the two letters" in told(client.post(f"{home}edit/", facts | {"country": "N1"}))
    assert client.post(f"{home}edit/", facts).url == home
    assert "Health" in told(client.get(home))
    member = membership(colleague)
    assert client.post(f"/memberships/{member.pk}/sign/").url == home
    assert client.post(f"/memberships/{member.pk}/unsign/").url == home
    assert client.get(f"/memberships/{member.pk}/end/").status_code == 405
    assert client.post(f"/memberships/{member.pk}/end/").url == home
    assert f"{colleague.name} belongs to the organisation no more." in told(client.get(home))
    assert colleague.name not in told(client.get(home))
    client.force_login(person())
    assert client.post(f"/memberships/{membership(boss).pk}/end/").status_code == 404


def test_by_script(place, boss, colleague, live_remote):
    live_remote(boss)

    def run(*words):
        told = CliRunner().invoke(app, [*words, "--json"])
        assert told.exit_code == 0, told.output
        return json.loads(told.stdout)

    changed = run("edit", place.pk, "--region", "Groningen", "--sector", "nature")
    assert (changed["region"], changed["sector"], changed["staff"]) == ("Groningen", "nature", place.staff)
    people = run("members", place.pk)
    rows = people["items"] if isinstance(people, dict) else people
    assert {row["name"] for row in rows} == {boss.name, colleague.name}
    member = membership(colleague)
    assert run("let-sign", member.pk)["representative"] is True
    assert run("let-sign", member.pk, "--no-signs")["representative"] is False
    run("end-membership", member.pk)
    assert Membership.objects.get(pk=member.pk).until
    token = issue_token(person(), label="test")[1]
    stranger = Client(headers={"authorization": f"Bearer {token}"})
    assert stranger.get(f"/api/v1/organisations/{place.pk}/members").status_code == 404
    assert Client().get("/api/v1/sectors").json()["health"] == {"en": "Health", "nl": "Zorg"}
