"""Deadlines are found, reminded of once before, and put in a calendar."""

from datetime import date, timedelta

import icalendar
import pytest

from aifactory.access import actions as access
from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.notices import queries
from aifactory.notices.deadlines import deadlines
from aifactory.notices.models import Bookmark, Notice
from aifactory.notices.reminders import remind
from tests.access import factories as access_factories
from tests.access.factories import CUT_OFF, DURING

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(store, tmp_path):
    with clock.frozen(DURING):
        return access_factories.draft(access_factories.call(), tmp_path)


def again(moment):
    """Remind at a moment, whenever it was done last."""
    Bookmark.objects.update(reminded_at=None)
    with clock.frozen(moment):
        remind()
    return list(Notice.objects.order_by("pk").values_list("kind", "cause"))


def test_a_draft_is_reminded_of_a_week_and_a_day_before_the_cut_off(draft):
    uid = f"cut_off-{draft.pk}-{draft.applicant_id}"
    stamp = f"{CUT_OFF:%Y%m%d%H%M}"
    week, day = [("reminder:cut_off", f"{uid}:{lead}:{stamp}") for lead in (7, 1)]
    assert again(CUT_OFF - timedelta(days=7, hours=1)) == []
    assert again(CUT_OFF - timedelta(days=7)) == [week]
    assert again(CUT_OFF - timedelta(days=3)) == [week]
    assert again(CUT_OFF - timedelta(hours=20)) == [week, day]
    assert again(CUT_OFF + timedelta(seconds=1)) == [week, day]
    notice = Notice.objects.first()
    assert (notice.user, notice.link) == (draft.applicant, f"/applications/{draft.pk}/")
    assert notice.subject == f"{draft} (1 March 2027)"
    assert queries.wording(notice) == "The call closes, and your application is still a draft"


def test_it_is_looked_at_every_ten_minutes_only(draft):
    with clock.frozen(CUT_OFF - timedelta(hours=2)):
        assert (remind(), remind()) == (1, 0)


def test_what_was_set_late_is_not_reminded_of_at_once(draft):
    type(draft).objects.filter(pk=draft.pk).update(created_at=CUT_OFF - timedelta(hours=5))
    assert again(CUT_OFF - timedelta(hours=4)) == []


def test_a_submitted_application_has_no_cut_off_any_more(draft):
    with clock.frozen(DURING):
        assert [d.kind for d in deadlines(draft.applicant)] == ["cut_off"]
        access.withdraw(draft, by=draft.applicant)
        assert deadlines(draft.applicant) == []


def test_the_calendar_of_a_person_reads_back(draft):
    with clock.frozen(DURING):
        text = queries.calendar_of(draft.applicant, origin="https://factory.example")
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert str(event["uid"]) == f"cut_off-{draft.pk}-{draft.applicant_id}@factory.example"
    assert event.decoded("dtend") == CUT_OFF
    assert str(event["url"]) == f"https://factory.example/applications/{draft.pk}/"


def test_duties_of_an_award_follow_its_end(plant, draft):
    Project.objects.filter(pk=plant.project.pk).update(application=draft.pk)
    project = Project.objects.get(pk=plant.project.pk)
    found = [d for d in deadlines(project.leader) if d.kind == "duty"]
    expected = {d.id: d.months_after_end for d in draft.call.mode.duties}
    assert {d.part for d in found} == set(expected)
    assert all(isinstance(d.day, date) and d.moment is None for d in found)
    assert deadlines(None)[0].at <= deadlines(None)[-1].at
