"""Objections: filed, handled by somebody without a part in the decision, decided with reasons."""

from datetime import date, timedelta

import pytest

from aifactory.access.models import Objection
from aifactory.access.objections import actions, queries
from aifactory.access.objections.distance import part_in
from aifactory.access.objections.guards import GroundsMayStillCome, HadAPartInIt
from aifactory.access.objections.ruling import NoMandateToRule, NotHeardYet, rule
from aifactory.access.permissions import Permission
from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.awards.models import Project
from aifactory.awards.reserves.models import Reserve
from aifactory.awards.reserves.queries import kept_back
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.models import Role, User
from tests.access.factories import AFTER
from tests.access.objection_factories import granted, heard, mandated, objection, rejected
from tests.people.factories import person

pytestmark = pytest.mark.django_db
LATER = AFTER + timedelta(days=50)
IN_TERM_DUE = date(2027, 5, 25)


@pytest.fixture
def application(store, tmp_path):
    return rejected(tmp_path)


@pytest.fixture
def handler(db):
    return mandated()


def errors(refused) -> list[str]:
    return [error.field for error in refused.value.errors]


def test_filed_in_time_it_is_acknowledged_and_its_budget_kept_back(application):
    made = objection(application)
    assert (made.state, made.in_time, made.due_on) == ("filed", True, IN_TERM_DUE)
    assert application.decision.object_until == date(2027, 4, 13)
    assert made.receipt["opening"] == "It came on 9 March 2027. The term to object runs until 13 April 2027."
    asked = {name: amount for name, amount in application.requested.items() if amount}
    assert kept_back(application.call.thing) == asked
    assert Event.objects.filter(name="objection:file", thing=made.thing).count() == 1


def test_only_once_and_only_by_whom_it_concerns(application):
    with pytest.raises(NotAllowed), clock.frozen(AFTER):
        actions.object_to(application.decision, by=person(), grounds="I just do.")
    made = objection(application)
    with pytest.raises(actions.ObjectionIsOpen):
        objection(application)
    with clock.frozen(AFTER + timedelta(days=8)):
        actions.withdraw(made, by=application.applicant)
        assert kept_back(application.call.thing) == {}
    assert objection(application).state == "filed"


def test_one_that_comes_late_needs_a_reason_and_an_excuse(application, handler):
    with pytest.raises(Invalid) as refused:
        objection(application, at=timedelta(days=43))
    assert errors(refused) == ["late_reason"]
    made = objection(application, at=timedelta(days=43), late_reason="The letter went to an old address.")
    assert (made.in_time, made.due_on) == (False, date(2027, 5, 26))
    with clock.frozen(LATER):
        heard(made, handler)
        with pytest.raises(Invalid) as refused:
            rule(made, by=handler, outcome="unfounded", reasons="No.")
        assert errors(refused) == ["late_excused"]
        with pytest.raises(Invalid) as refused:
            rule(made, by=handler, outcome="unfounded", reasons="No.", late_excused=False)
        assert errors(refused) == ["outcome"]
        rule(made, by=handler, outcome="unfounded", reasons="No.", late_excused=True)
    assert "could not help that" in str(made.letter["sections"])


def test_the_last_day_of_the_term_counts_whole(application):
    assert objection(application, at=timedelta(days=42, hours=9)).in_time is True


def test_without_grounds_they_are_asked_for_and_the_term_waits(application, handler):
    made = objection(application, at=timedelta(days=40), grounds="")
    assert (made.state, made.grounds_until) == ("repairing", date(2027, 4, 26))
    with clock.frozen(AFTER + timedelta(days=45)):
        with pytest.raises(GroundsMayStillCome):
            actions.take(made, by=handler)
        # Asked on 11 April, the term ended on the 13th, they came on the 16th: 14 and 15 April stood still.
        actions.give_grounds(made, by=application.applicant, grounds="The budget was misread.")
    assert (made.state, made.due_on) == ("filed", date(2027, 5, 27))


def test_grounds_that_stay_out_end_it(application, handler):
    made = objection(application, grounds="")
    with clock.frozen(LATER):
        actions.take(made, by=handler)
        actions.do_not_hear(made, ground="inadmissible", by=handler)
        with pytest.raises(Invalid) as refused:
            rule(made, by=handler, outcome="unfounded", reasons="There is nothing.")
        assert errors(refused) == ["outcome"]
        rule(made, by=handler, outcome="inadmissible", reasons="No grounds came.")
    assert (made.state, made.outcome, made.effect) == ("decided", "inadmissible", "kept")
    assert kept_back(application.call.thing) == {}


def test_nobody_with_a_part_in_the_decision_handles_it(application):
    made = objection(application)
    decider = application.decision.decided_by
    reviewer = application.reviews.first().reviewer
    for user in (decider, reviewer):
        User.objects.filter(pk=user.pk).update(roles=[Role.OFFICE, Role.REVIEWER])
    colleague = person(Role.OFFICE, organisation=application.organisation)
    found = {u: part_in(User.objects.get(pk=u.pk), application).rule for u in (decider, reviewer, colleague)}
    assert found == {decider: "Awb 10:3 paragraph 3", reviewer: "Awb 7:5", colleague: "Awb 2:4"}
    with pytest.raises(HadAPartInIt):
        actions.take(made, by=User.objects.get(pk=decider.pk))
    assert queries.steps_for(User.objects.get(pk=reviewer.pk), made) == set()
    assert part_in(mandated(name="Free Frits"), application) is None


def test_whoever_screened_it_is_found_in_the_log(application, handler):
    made = objection(application)
    Event.objects.create(
        at=clock.now(), name="application:find_eligible", actor=handler.pk, thing=application.thing
    )
    with pytest.raises(HadAPartInIt, match="preparing"):
        actions.take(made, by=handler)


def test_it_is_handed_over_to_somebody_with_the_same_distance(application, handler):
    made = objection(application)
    actions.take(made, by=handler)
    with pytest.raises(HadAPartInIt):
        actions.hand_over(made, to=application.decision.decided_by, by=handler)
    with pytest.raises(Invalid):
        actions.hand_over(made, to=person(), by=handler)
    other = mandated(name="Other Otto")
    assert actions.hand_over(made, to=other, by=handler).handler == other


def test_a_hearing_is_held_or_left_out_on_a_ground_that_fits(application, handler):
    made = objection(application)
    with clock.frozen(LATER):
        actions.take(made, by=handler)
        with pytest.raises(NotHeardYet):
            rule(made, by=handler, outcome="unfounded", reasons="No.")
        for ground in ("waived", "not_asked", "bored"):
            with pytest.raises(Invalid):
                actions.do_not_hear(made, ground=ground, by=handler)
        with pytest.raises(Invalid) as refused:
            actions.plan_hearing(made, at=LATER, place="", by=handler)
        assert errors(refused) == ["place", "at"]
        actions.do_not_hear(made, ground="inadmissible", by=handler)
        with pytest.raises(NotHeardYet, match="does not bear out"):
            rule(made, by=handler, outcome="unfounded", reasons="No.")
        actions.do_not_hear(made, ground="unfounded", by=handler)
        rule(made, by=handler, outcome="unfounded", reasons="The scores bear it.")
    assert (made.outcome, made.effect, made.not_heard) == ("unfounded", "kept", "unfounded")


def test_the_term_is_extended_once_with_a_reason(application, handler):
    made = actions.take(objection(application), by=handler)
    with pytest.raises(Invalid):
        actions.extend(made, because=" ", by=handler)
    actions.extend(made, because="An expert is asked.", by=handler)
    assert made.due_on == date(2027, 7, 6)
    with pytest.raises(actions.AlreadyExtended):
        actions.extend(made, because="Again.", by=handler)


def test_a_well_founded_one_replaces_the_refusal_by_an_award(application, handler):
    made = objection(application)
    with clock.frozen(LATER):
        granted(made, handler, gpu=application.requested["gpu"])
    application.refresh_from_db()
    project = Project.objects.get(application=application.pk)
    assert (made.outcome, made.effect, application.state) == ("founded", "replaced", "awarded")
    assert [(line.resource, line.amount) for line in project.lines.all()] == [
        ("gpu", application.requested["gpu"])
    ]
    assert Reserve.objects.get(cause=made.thing).state == "used"
    assert made.letter["subject"] == f"Your objection about {application.reference} is well founded"
    assert made.letter["sections"][0]["paragraphs"] == ["The decision is revoked. In its place, you get:"]
    assert made.letter["sections"][2]["paragraphs"][0].endswith("district court until 2 June 2027.")
    with pytest.raises(NotPossibleNow), clock.frozen(LATER):
        rule(made, by=handler, outcome="founded", reasons="Again.")


def test_never_more_than_was_asked_and_only_when_well_founded(application, handler):
    made = objection(application)
    with clock.frozen(LATER):
        heard(made, handler)
        with pytest.raises(Invalid) as refused:
            rule(
                made,
                by=handler,
                outcome="unfounded",
                reasons="So.",
                awarded={"gpu": application.requested["gpu"] + 1},
            )
    assert errors(refused) == ["outcome", "awarded_gpu"]


def test_deciding_needs_a_mandate_for_the_amount(application):
    made = objection(application)
    without = person(Role.OFFICE)
    other = mandated(Permission.DECIDE, name="Wrong Wim")
    with clock.frozen(LATER):
        heard(made, without)
        for user in (without, other):
            with pytest.raises(NoMandateToRule):
                rule(made, by=user, outcome="unfounded", reasons="No.")


def test_letters_are_in_the_language_of_the_objector(store, tmp_path, handler):
    application = rejected(tmp_path)
    User.objects.filter(pk=application.applicant_id).update(language="nl")
    application.refresh_from_db()
    made = objection(application)
    with clock.frozen(LATER):
        granted(made, handler, gpu=3600)
    assert made.receipt["subject"].endswith("ontvangen")
    assert made.letter["subject"].endswith("is gegrond")


def test_the_figures_that_everybody_sees(application, handler):
    made = objection(application)
    with clock.frozen(LATER):
        granted(made, handler, gpu=3600)
        found = queries.figures()
    assert found == {
        "decisions": 1, "objections": 1, "open": 0, "withdrawn": 0, "late": 0, "extended": 0,
        "outcomes": {"inadmissible": 0, "unfounded": 0, "founded": 1},
        "effects": {"kept": 0, "changed": 0, "replaced": 1},
        "days": 43.0, "in_time_share": 1.0, "overdue": 0,
    }  # fmt: skip
    assert Objection.objects.get().decided_by == handler
