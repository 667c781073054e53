"""Asking, taking, writing with time, answering, handing over, closing."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aifactory.audit.models import Event
from aifactory.awards.actions import BudgetExceeded
from aifactory.expertise import actions, queries
from aifactory.expertise.models import Case, Entry
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.models import Role
from aifactory.people.rules import can_view, visible
from tests.awards import factories as awards
from tests.people.factories import person

pytestmark = pytest.mark.django_db


def asked(project=None, **wishes):
    project = project or awards.project()
    wish = {"service": "data", "title": "Gaps", "question": "What to do with gaps?"} | wishes
    return actions.ask(project, by=project.leader, **wish)


def open_case(hours=2):
    project = awards.project()
    awards.line(project, resource="advice", amount=hours * 3600)
    return actions.take(asked(project), by=person(Role.ADVISER))


def test_a_question_without_words_names_what_is_missing():
    with pytest.raises(Invalid) as refusal:
        asked(title=" ", question="", service="magic")
    assert [(e.field, e.rule) for e in refusal.value.errors] == [
        ("title", "required"),
        ("question", "required"),
        ("service", "closed list"),
    ]


def test_only_the_project_asks():
    with pytest.raises(NotAllowed):
        actions.ask(awards.project(), by=person(), service="data", title="x", question="y")
    assert Case.objects.count() == 0


def test_time_is_drawn_from_the_award():
    case = open_case()
    actions.write(case, by=case.adviser, text="Looked at it.", seconds=1800)
    line = case.project.lines.get()
    assert (line.drawn, line.held) == (1800, 0)
    assert queries.whole(case)["booked_hours"] == 0.5


def test_more_time_than_was_awarded_is_refused_whole():
    case = open_case(hours=1)
    with pytest.raises(BudgetExceeded):
        actions.write(case, by=case.adviser, text="Long day.", seconds=3601)
    assert (Entry.objects.count(), case.project.lines.get().drawn) == (0, 0)


def test_without_adviser_hours_only_words_are_written():
    case = actions.take(asked(), by=person(Role.ADVISER))
    with pytest.raises(actions.NoAdviceAwarded):
        actions.write(case, by=case.adviser, text="x", seconds=60)
    actions.write(case, by=case.adviser, text="Words are free.")
    assert [entry.text for entry in queries.entries(case)] == ["Words are free."]


def test_the_project_answers_and_strangers_do_not():
    case = open_case()
    actions.reply(case, by=case.asked_by, text=" Thanks. ")
    with pytest.raises(NotAllowed):
        actions.reply(case, by=person(), text="Me too.")
    assert [(e.writer, e.text) for e in queries.entries(case)] == [(case.asked_by, "Thanks.")]


def test_a_case_is_handed_over_closed_and_opened_again():
    case, colleague = open_case(), person(Role.ADVISER)
    first = case.adviser
    with pytest.raises(Invalid):
        actions.hand_over(case, to=person(), by=first)
    assert actions.hand_over(case, to=colleague, by=first).adviser == colleague
    assert actions.close(case, by=colleague).state == "closed"
    with pytest.raises(actions.CaseIsNotOpen):
        actions.write(case, by=colleague, text="x")
    with pytest.raises(actions.CaseIsNotOpen):
        actions.reply(case, by=case.asked_by, text="x")
    assert actions.reopen(case, by=colleague).state == "open"
    names = Event.objects.filter(thing=case.thing).order_by("pk").values_list("name", flat=True)
    assert list(names) == ["case:ask", "case:take", "case:hand_over", "case:close", "case:reopen"]


def test_what_waits_for_an_adviser():
    mine, others, new = open_case(), open_case(), asked()
    assert set(queries.waiting(mine.adviser)) == {mine, new}
    assert set(queries.waiting(others.adviser)) == {others, new}
    assert list(queries.waiting(mine.asked_by)) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(roles=st.sets(st.sampled_from(list(Role)), max_size=2), member=st.booleans())
def test_one_by_one_and_lists_agree(roles, member):
    case = asked()
    viewer = person(*roles, organisation=case.project.organisation if member else None)
    for who in (viewer, None):
        assert can_view(who, case) == visible(Case, who).filter(pk=case.pk).exists()
