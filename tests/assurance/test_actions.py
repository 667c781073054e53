from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser

from aifactory.assurance import actions, queries, subjects
from aifactory.assurance.laws import LAWS
from aifactory.assurance.lifecycle import ASSESSMENT
from aifactory.assurance.models import Assessment
from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed, NotFound
from aifactory.people.models import Role
from aifactory.people.rules import can_view
from tests.awards.factories import project as make_project
from tests.people.factories import organisation, person

from .case_readings import PLAIN, practice
from .factories import ASSESSOR, RESEARCH, assessment

pytestmark = pytest.mark.django_db


def events(found: Assessment) -> list[str]:
    return list(Event.objects.filter(thing=found.thing).order_by("pk").values_list("name", flat=True))


def test_answers_are_kept_with_what_the_law_says_today() -> None:
    project = make_project()
    with clock.frozen(datetime(2026, 11, 22, 12, tzinfo=UTC)):
        found = actions.answer(subject=project.thing, kind="ai_act", answers=RESEARCH, by=project.leader)

    assert found.state == "answered"
    assert (found.result, found.later_result) == ("out_of_scope_now", "high_risk_annex_I")
    assert found.rule_version == "2026-11-22"
    assert found.outcome["as_of"] == "2026-11-22"
    assert found.subject_organisation == project.organisation_id
    assert "roles" in found.answers
    assert "public_task" not in found.answers  # not asked of this project
    assert events(found) == ["assessment:start", "assessment:complete"]


def test_the_same_answers_twice_change_nothing() -> None:
    project = make_project()
    first = assessment(project=project)
    second = assessment(project=project)
    assert (second.pk, events(second)) == (first.pk, ["assessment:start", "assessment:complete"])


def test_unfinished_answers_stay_a_draft_that_needs_a_person() -> None:
    found = assessment(answers={"ai_system": "yes"})
    assert (found.state, found.result) == ("draft", "needs_human_review")
    assert queries.standing(found.subject) == {"ai_act": "draft", "gdpr": "missing", "ethics": "missing"}


def test_an_answered_assessment_that_is_taken_back_becomes_a_draft() -> None:
    found = assessment()
    again = actions.answer(subject=found.subject, kind="ai_act", answers={"ai_system": "yes"}, by=ASSESSOR)
    assert (again.pk, again.state) == (found.pk, "draft")


def test_numbers_are_kept_alike_in_both_databases() -> None:
    model = {
        "trains_generative": "yes",
        "narrow_model": "no",
        "own_share": "from_scratch",
        "training_flop": 10**22,
    }
    assert assessment(answers=PLAIN | model).answers["training_flop"] == "1e+22"


def test_only_the_own_organisation_answers() -> None:
    project = make_project()
    stranger = person(organisation=organisation())
    office = person(Role.OFFICE)

    with pytest.raises(NotFound):
        actions.answer(subject=project.thing, kind="ai_act", answers=PLAIN, by=stranger)
    with pytest.raises(NotAllowed):
        actions.answer(subject=project.thing, kind="ai_act", answers=PLAIN, by=office)
    assert Assessment.objects.count() == 0


@pytest.mark.parametrize(
    "subject", ["", "nothing", "awards.project:prj_absent", "people.user:usr_1", "no.such:thing", "a.b.c:d"]
)
def test_there_must_be_something_to_assess(subject: str) -> None:
    with pytest.raises(NotFound):
        actions.answer(subject=subject, kind="ai_act", answers=PLAIN, by=ASSESSOR)


def test_a_law_must_be_known_and_answers_must_fit() -> None:
    project = make_project()
    with pytest.raises(NotFound):
        actions.answer(subject=project.thing, kind="roman", answers={}, by=project.leader)
    with pytest.raises(Invalid):
        actions.answer(
            subject=project.thing, kind="gdpr", answers={"personal_data": "perhaps"}, by=project.leader
        )


def test_the_office_confirms_and_then_it_stands() -> None:
    found = actions.confirm(assessment(), by=person(Role.OFFICE))
    assert found.state == "confirmed"
    with pytest.raises(NotPossibleNow):
        actions.answer(subject=found.subject, kind="ai_act", answers={"ai_system": "no"}, by=ASSESSOR)


def test_nobody_confirms_the_work_of_the_own_organisation() -> None:
    found = assessment()
    project_organisation = organisation()
    insider = person(Role.OFFICE, organisation=project_organisation)
    own = assessment(project=make_project(organisation=project_organisation))

    assert actions.confirm(found, by=insider).state == "confirmed"
    with pytest.raises(NotAllowed):
        actions.confirm(own, by=insider)


@pytest.mark.parametrize(
    "answers",
    [PLAIN | practice("scores", unfair_score="yes"), PLAIN | {"areas": ["unknown"], "roles": ["unknown"]}],
)
def test_what_stops_the_work_goes_on_only_with_a_ground(answers: dict[str, object]) -> None:
    office = person(Role.OFFICE)
    found = assessment(answers=answers)
    if found.state == "draft":  # a gap opens more questions; each may be answered with a gap too
        gaps = {
            q.id: ["unknown"] if q.kind == "many" else "unknown" for q in LAWS["ai_act"].questions.values()
        }
        found = assessment(project=_project_of(found), answers=gaps | answers)

    with pytest.raises(Invalid) as refused:
        actions.confirm(found, ground="  ", by=office)
    assert [e.field for e in refused.value.errors] == ["ground"]
    confirmed = actions.confirm(found, ground="The exception of Art. 5(2) applies.", by=office)
    assert (confirmed.state, confirmed.ground) == ("confirmed", "The exception of Art. 5(2) applies.")


def _project_of(found: Assessment):
    from aifactory.awards.models import Project

    return Project.objects.get(pk=found.subject.partition(":")[2])


def test_stopping_always_says_why() -> None:
    office = person(Role.OFFICE)
    with pytest.raises(Invalid):
        actions.stop(assessment(), ground="", by=office)
    assert actions.stop(assessment(), ground="No civil use.", by=office).state == "stopped"


def test_at_a_gate_the_questions_open_again() -> None:
    project = make_project()
    confirmed = actions.confirm(assessment(project=project), by=person(Role.OFFICE))
    again = actions.ask_again(confirmed, by=project.leader)
    assert again.state == "draft"

    piloting = RESEARCH | {"stage": "pilot"}
    found = actions.answer(subject=project.thing, kind="ai_act", answers=piloting, by=project.leader)
    assert (found.state, found.result) == ("answered", "high_risk_annex_I")


def test_asking_again_takes_the_same_answers_too() -> None:
    found = actions.ask_again(actions.confirm(assessment(), by=person(Role.OFFICE)), by=ASSESSOR)
    again = actions.answer(subject=found.subject, kind="ai_act", answers=RESEARCH, by=ASSESSOR)
    assert again.state == "answered"


def test_lists_and_single_views_agree() -> None:
    home = organisation()
    project = make_project(organisation=home)
    things = [assessment(project=project), assessment(project=project, kind="gdpr", answers={}), assessment()]
    viewers = [person(), person(organisation=home), *(person(role) for role in Role), AnonymousUser()]

    for viewer in viewers:
        listed = set(queries.assessments(viewer))
        assert {thing for thing in things if can_view(viewer, thing)} == listed
    assert set(queries.assessments(viewers[1])) == set(things[:2])
    assert set(queries.assessments(person(Role.OFFICE))) == {things[0], things[2]}


def test_a_room_says_until_when_answers_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "_open_while", {})
    project = make_project()
    subjects.open_while("awards.project", lambda thing: thing.state != "active")
    with pytest.raises(subjects.AnswersAreClosed):
        assessment(project=project)
    subjects.open_while("awards.project", lambda thing: thing.state == "active")
    found = assessment(project=project)
    subjects.open_while("awards.project", lambda _thing: False)
    assert assessment(project=project) == found  # saying the same again is no change
    with pytest.raises(subjects.AnswersAreClosed):
        actions.ask_again(found, by=project.leader)
    actions.ask_again(found, by=person(Role.OFFICE))
    assert assessment(project=project).state == "answered"  # the office asked for it


def test_the_log_carries_no_answers() -> None:
    found = assessment()
    data = [e.data for e in Event.objects.filter(thing=found.thing).order_by("pk")]
    assert data == [{"kind": "ai_act"}, {"result": "out_of_scope_now", "rules": "2026-11-22"}]


def test_every_state_can_be_reached() -> None:
    assert ASSESSMENT.reachable() == set(ASSESSMENT.states)
