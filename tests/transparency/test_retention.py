"""The countdown after a project's end: announced, held, followed when extended, and a deletion on record."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.audit.models import Event
from aifactory.awards.actions import extend_line
from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.kit.errors import NotFound
from aifactory.notices.deadlines import deadlines
from aifactory.notices.reminders import _due
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER, SystemActor
from aifactory.people.models import Role
from aifactory.people.terms.actions import lift, suspend
from aifactory.ports.object_store import NoSuchObject, ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer.models import Attempt
from aifactory.supercomputer.queries import result
from aifactory.transparency.retention import policy, queries
from aifactory.transparency.retention.actions import keep_and_delete
from aifactory.transparency.retention.models import Retention
from tests.people.factories import person
from tests.registry.factories import registered, trained

POLICY = policy.versions()[0]
HERE = ZoneInfo("Europe/Amsterdam")
NOTHING = {"begun": 0, "moved": 0, "deleted": 0}


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))
def test_the_whole_term_passes_before_the_day(ended):
    """Ninety whole days lie between the local day of the end and the day on which data may go."""
    last = ended.astimezone(HERE).date()
    assert (POLICY.goes_on(ended, HERE) - last).days - 1 == POLICY.days


def test_a_policy_whose_reminders_are_out_of_order_is_refused(tmp_path):
    text = (policy.FOLDER / "retention-v1.toml").read_text()
    (tmp_path / "retention-v1.toml").write_text(text.replace("[60, 30, 7, 1]", "[7, 30]"))
    with pytest.raises(ValueError, match="the earliest first"):
        policy.load(tmp_path)


def after(project: Project, days: float):
    """Freeze the clock so many days after the end, as it stands."""
    project.refresh_from_db()
    ends = max([project.ends_at, *project.lines.values_list("ends_at", flat=True)])
    return clock.frozen(ends + timedelta(days=days))


@pytest.mark.django_db
def test_results_go_after_the_term_and_models_stay(plant):
    version = registered(plant)
    other = trained(plant)
    Attempt.objects.filter(pk=other.pk).update(log="secret words")
    project, store = plant.project, get(ObjectStore)
    project.refresh_from_db()
    assert keep_and_delete() == NOTHING
    with after(project, 1):
        assert keep_and_delete() == {"begun": 1, "moved": 0, "deleted": 0}
        assert keep_and_delete() == NOTHING
    kept = Retention.objects.get()
    assert kept.delete_on == queries.delete_on(project)
    assert [due.kind for due in _told_at(project, kept.delete_on - timedelta(days=30))] == ["data_goes"]
    with after(project, 90):
        assert keep_and_delete() == NOTHING
        assert len(list(store.open(other.outputs[0]["key"]))) == 1
    with after(project, 91.5):
        before = queries.stored(project)
        assert keep_and_delete()["deleted"] == 1
        assert keep_and_delete() == NOTHING
    kept.refresh_from_db()
    assert (kept.state, kept.files, kept.size) == ("deleted", 4, sum(file.size for file in before))
    assert [one["of"] for one in kept.deleted] == [other.pk] * 4
    assert {one["digest"] for one in kept.deleted} == {file["digest"] for file in other.outputs}
    event = Event.objects.get(name="retention:delete")
    assert event.data == {"project": project.pk, "files": 4, "bytes": kept.size}
    for file in other.outputs:
        with pytest.raises(NoSuchObject):
            store.open(file["key"])
    for file in version.files:
        assert b"".join(store.open(file["key"]))
    other.refresh_from_db()
    assert other.log == ""
    with pytest.raises(NotFound, match="no longer kept"):
        result(other, "metrics.json", by=plant.user)


def _told_at(project: Project, day: date) -> list:
    with clock.frozen(datetime(day.year, day.month, day.day, 9, tzinfo=UTC)):
        found = [one for one in deadlines(project.leader) if one.kind == "data_goes"]
        assert [list(_due(one, clock.now())) for one in found] == [[30]]
        return found


@pytest.mark.django_db
def test_a_suspended_project_is_held_and_an_extended_one_counts_anew(plant):
    trained(plant)
    project, office = plant.project, person(Role.OFFICE)
    with after(project, -1):
        give_mandate(office, by=INSTALLER, subject="suspension:impose", holder_title="Head")
        held = suspend(project.thing, by=office, ground="terms", reasons="It is looked into.")
    with after(project, 1):
        keep_and_delete()
    with after(project, 200):
        assert keep_and_delete() == NOTHING
        assert queries.retention_facts(project)["held"] == "The project is suspended."
        lift(held, by=office, reasons="All is well.")
        extend_line(
            plant.line, clock.now() + timedelta(days=10), by=SystemActor("t", frozenset({"award:extend"}))
        )
        assert keep_and_delete() == {"begun": 0, "moved": 1, "deleted": 0}
    with after(project, 90):
        assert keep_and_delete() == NOTHING
    with after(project, 91):
        assert keep_and_delete()["deleted"] == 1


@pytest.mark.django_db
def test_the_page_and_the_api_tell_it(client, plant):
    trained(plant)
    project = plant.project
    client.force_login(plant.user)
    facts = client.get(f"/api/v1/projects/{project.pk}/retention").json()
    assert (facts["state"], facts["files"], facts["deleted"], facts["policy"]) == (
        "not_ended",
        4,
        [],
        "retention-v1",
    )
    assert (
        "Data is kept for 90 days after the end"
        in client.get(f"/projects/{project.pk}/data/").content.decode()
    )
    with after(project, 1):
        keep_and_delete()
        page = client.get(f"/projects/{project.pk}/data/").content.decode()
        assert "Until data is deleted" in page
        assert "metrics.json" in page
        assert "Kept until" in client.get(f"/projects/{project.pk}/").content.decode()
    with after(project, 92):
        keep_and_delete()
        page = client.get(f"/projects/{project.pk}/data/").content.decode()
        assert "4 files" in page
        assert "What was deleted" in page
        assert client.get(f"/api/v1/projects/{project.pk}/retention").json()["state"] == "deleted"
    stranger = person()
    client.force_login(stranger)
    assert client.get(f"/projects/{project.pk}/data/").status_code == 404
