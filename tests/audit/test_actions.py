"""The one door for a change."""

import pytest
from django.db import DatabaseError, connection, transaction

from aifactory.audit.actions import ChangedMeanwhile, NotPossibleNow, digest_of, enter, fire, note
from aifactory.audit.models import Event, Unsealed
from aifactory.awards.models import Project
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.actors import PUBLIC, SystemActor
from tests.awards.factories import project

pytestmark = pytest.mark.django_db
MANAGER = SystemActor("manager", frozenset({"project:manage"}))


def last() -> Event:
    return Event.objects.latest("id")


def test_firing_moves_the_state_and_writes_one_event_with_the_digest_of_the_new_record():
    thing = project()
    before = Event.objects.count()
    fire(thing, "suspend", by=MANAGER, data={"why": "audit"})
    assert Project.objects.get(pk=thing.pk).state == "suspended"
    event = last()
    assert Event.objects.count() == before + 1
    assert (event.name, event.actor, event.thing, event.source, event.target, event.data) == (
        "project:suspend", "system:manager", thing.thing, "active", "suspended", {"why": "audit"},
    )  # fmt: skip
    assert event.digest == digest_of(Project.objects.get(pk=thing.pk))
    assert Unsealed.objects.filter(event=event).exists()


def test_without_permission_nothing_is_written():
    thing = project()
    before = Event.objects.count()
    with pytest.raises(NotAllowed) as refusal:
        fire(thing, "suspend", by=PUBLIC)
    assert refusal.value.rule == "project:manage"
    assert (Event.objects.count(), Project.objects.get(pk=thing.pk).state) == (before, "active")


def test_a_step_from_the_wrong_state_is_refused_with_the_state_in_words():
    thing = project()
    fire(thing, "close", by=MANAGER)
    with pytest.raises(NotPossibleNow, match="“suspend” can't be done while this is “Closed”"):
        fire(thing, "suspend", by=MANAGER)


def test_the_loser_of_a_race_is_told_and_writes_nothing():
    thing = project()
    stale = Project.objects.get(pk=thing.pk)
    fire(thing, "close", by=MANAGER)
    before = Event.objects.count()
    with pytest.raises(ChangedMeanwhile):
        fire(stale, "suspend", by=MANAGER)
    assert (Event.objects.count(), stale.state) == (before, "active")


def test_an_event_that_fails_takes_the_change_with_it():
    thing = project()
    with pytest.raises(TypeError), transaction.atomic():
        fire(thing, "suspend", by=MANAGER, data={"not json": object()})
    assert Project.objects.get(pk=thing.pk).state == "active"


def test_text_that_no_database_can_hold_is_named():
    thing = project()
    thing.title = "a\x00b"
    with pytest.raises(Invalid) as refusal:
        enter(thing, "project:edit", by=MANAGER, fields=["title"])
    assert [(e.field, e.rule) for e in refusal.value.errors] == [("title", "no NUL")]


@pytest.mark.parametrize("sql", ["UPDATE audit_event SET name = 'x'", "DELETE FROM audit_event"])
def test_the_database_itself_keeps_events(sql):
    note("test:event", by=PUBLIC)
    with (
        pytest.raises(DatabaseError, match="audit_event is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert last().name == "test:event"


def test_an_edit_names_its_fields_and_leaves_others_alone():
    thing = project(title="Old")
    other = Project.objects.get(pk=thing.pk)
    fire(other, "suspend", by=MANAGER)
    thing.title = "New"
    enter(thing, "project:edit", by=MANAGER, fields=["title"])
    assert (thing.title, thing.state) == ("New", "suspended")
    assert last().digest == digest_of(Project.objects.get(pk=thing.pk))
