"""Screening beside eligibility: the technical check, the gate of law and ethics, a call's whole queue."""

import pytest

from aifactory.access import actions, modes
from aifactory.access.models import Application
from aifactory.access.permissions import Permission
from aifactory.access.screening import desk, gate
from aifactory.access.screening.actions import (
    StopNeedsMandate,
    ask_technical,
    give_technical,
    judge_call,
    weigh_law,
)
from aifactory.access.screening.steps import USUAL
from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.models import Role
from aifactory.people.rules import can_view, visible
from tests.access import factories
from tests.people.factories import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store", "during")]
YES = {question.id: "yes" for question in USUAL}
CONDITION = {"en": "Ask again before it is deployed.", "nl": "Vraag opnieuw voor het in gebruik gaat."}


@pytest.fixture
def office():
    return person(Role.OFFICE)


@pytest.fixture
def operator():
    return person(Role.OPERATOR)


def screened_mode() -> modes.Mode:
    """Return the playground mode, with both steps of screening."""
    plain = modes.named("playground-v1").plain()
    return modes.from_plain(plain | {"version": 2, "screening": {"technical": True, "law_gate": True}})


def screened_call():
    from aifactory.kit.bilingual import Text

    made = actions.prepare_call(
        mode=screened_mode(),
        title=Text(en="Screened call", nl="Oproep"),
        opens_at=factories.OPENS,
        cut_off_at=None,
        by=factories.OFFICE,
    )
    return actions.open_call(made, by=factories.OFFICE)


def checked(application, office, assessor, result="ok", **wishes):
    check = ask_technical(application, assessor=assessor, by=office)
    return give_technical(check, answers=YES, result=result, reasons="Seen.", by=assessor, **wishes)


def test_an_award_waits_for_both_steps_that_the_mode_asks(office, operator, tmp_path):
    made = factories.eligible(screened_call(), tmp_path, checked=False)
    for refusal, step in (
        ("technical check is not given", lambda: checked(made, office, operator)),
        ("Nobody has weighed", lambda: weigh_law(made, result="pass", reasons="Fine.", by=office)),
    ):
        with pytest.raises(gate.NotScreened, match=refusal):
            gate.require_screened(made)
        step()
    gate.require_screened(made)
    decider = factories.decider()
    assert actions.decide(made, awarded={"gpu": 360_000}, reasons="Good.", by=decider).outcome == "awarded"
    with pytest.raises(NotPossibleNow):
        weigh_law(made, result="pass", reasons="Fine.", by=office)


def test_what_cannot_run_is_not_awarded_whatever_it_scored(office, operator, tmp_path):
    made = factories.eligible(factories.call("playground-v1"), tmp_path, checked=False)
    checked(made, office, operator, result="not_feasible")
    with pytest.raises(gate.ScreeningForbids, match="can't run here"):
        actions.decide(made, awarded={"gpu": 3600}, reasons="Good.", by=factories.decider())
    assert actions.decide(made, awarded={}, reasons="No.", by=factories.decider()).outcome == "rejected"


def test_adjusted_amounts_are_a_proposal(office, operator, tmp_path):
    made = factories.eligible(factories.call("playground-v1"), tmp_path, checked=False)
    assert gate.proposed(made) == made.requested
    checked(made, office, operator, result="adjust", proposed={"gpu": 3600})
    assert gate.proposed(made) == made.requested | {"gpu": 3600}
    made.refresh_from_db()
    assert made.requested["gpu"] == 360_000


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        (
            {"answers": {"partition": "yes"}},
            [f"answer_{q.id}" for q in sorted(USUAL[1:], key=lambda q: q.id)],
        ),
        ({"answers": YES | {"colour": "yes"}}, ["answer_colour"]),
        ({"answers": YES | {"memory": "maybe"}}, ["answer_memory"]),
        ({"result": "great"}, ["result"]),
        ({"result": "adjust"}, ["proposed"]),
        ({"proposed": {"gpu": 1}}, ["proposed"]),
        ({"result": "adjust", "proposed": {"core": 1}}, ["proposed_core"]),
        ({"reasons": ""}, ["reasons"]),
    ],
)
def test_a_technical_check_is_complete_or_refused(office, operator, tmp_path, wrong, fields):
    made = factories.submitted(factories.call("playground-v1"), tmp_path)
    check = ask_technical(made, assessor=operator, by=office)
    with pytest.raises(Invalid) as refusal:
        give_technical(
            check, **({"answers": YES, "result": "ok", "reasons": "Seen.", "by": operator} | wrong)
        )
    assert [error.field for error in refusal.value.errors] == fields


def test_only_who_was_asked_gives_the_check_and_sees_the_file(office, operator, tmp_path):
    made = factories.submitted(factories.call("playground-v1"), tmp_path)
    other = person(Role.OPERATOR)
    assert not visible(Application, operator).exists()
    check = ask_technical(made, assessor=operator, by=office)
    assert list(visible(Application, operator)) == [made]
    assert [can_view(somebody, check) for somebody in (operator, office, other, made.applicant)] == [
        True,
        True,
        False,
        False,
    ]
    with pytest.raises(NotAllowed):
        give_technical(check, answers=YES, result="ok", reasons="Seen.", by=office)
    with pytest.raises(Invalid):
        ask_technical(made, assessor=made.applicant, by=office)
    moved = ask_technical(made, assessor=other, by=office)
    assert (moved.pk, moved.assessor, moved.state) == (check.pk, other, "asked")
    assert not visible(Application, operator).exists()


def test_asking_again_opens_a_check_that_was_given(office, operator, tmp_path):
    made = factories.submitted(factories.call("playground-v1"), tmp_path)
    checked(made, office, operator)
    again = ask_technical(made, assessor=operator, by=office)
    assert again.state == "asked"
    assert list(Event.objects.filter(name__startswith="technical:").values_list("name", "data")) == [
        ("technical:ask", {"assessor": operator.pk}),
        ("technical:give", {"result": "ok"}),
        ("technical:ask_again", {}),
        ("technical:ask", {"assessor": operator.pk}),
    ]


def test_a_stop_needs_a_mandate_and_holds(office, tmp_path):
    made = factories.eligible(factories.call("playground-v1"), tmp_path)
    with pytest.raises(StopNeedsMandate):
        weigh_law(made, result="stop", reasons="It is a weapon.", by=office)
    mandate = factories.give(office, subject=Permission.WEIGH_LAW)
    kept = weigh_law(made, result="stop", reasons="It is a weapon.", by=office)
    assert (kept.result, kept.mandate, kept.weighed_by) == ("stop", mandate, office)
    with pytest.raises(gate.ScreeningForbids, match="Law or ethics stop"):
        actions.decide(made, awarded={"gpu": 3600}, reasons="Good.", by=factories.decider())


def test_conditions_are_kept_in_both_languages_and_can_be_weighed_again(office, tmp_path):
    made = factories.submitted(factories.call("playground-v1"), tmp_path)
    for conditions in ([], [{"en": "Only English.", "nl": ""}]):
        with pytest.raises(Invalid):
            weigh_law(made, result="conditions", reasons="Careful.", conditions=conditions, by=office)
    first = weigh_law(made, result="conditions", reasons="Careful.", conditions=[CONDITION], by=office)
    assert [text.nl for text in gate.conditions(made.pk)] == [CONDITION["nl"]]
    again = weigh_law(made, result="pass", reasons="Cleared.", by=office)
    assert (again.pk, gate.conditions(made.pk)) == (first.pk, [])


def test_the_queue_of_a_call_in_few_queries(office, operator, tmp_path, django_assert_num_queries):
    call = screened_call()
    good, bad = (factories.submitted(call, tmp_path, answers={"civil_use": said}) for said in ("yes", "no"))
    assert [row.waits_for for row in desk.queue(call, office)] == ["judge", "judge"]
    assert [kept.passed for kept in judge_call(call, by=office)] == [True, False]
    checked(good, office, operator)
    with django_assert_num_queries(2):
        rows = desk.queue(call, office)
        facts = [row.facts() for row in rows]
    assert [(f["reference"], f["eligible"], f["waits_for"], f["laws"]) for f in facts] == [
        (good.reference, True, "law_gate", "clear"),
        (bad.reference, False, "", "clear"),
    ]
    assert [v["rule"] for v in facts[1]["failed"]] == ["civil_use"]
    assert desk.summary(rows) == {"all": 2, "judge": 0, "technical": 0, "law_gate": 1, "ineligible": 1}
    assert desk.queue(call, good.applicant) == []


def test_an_award_tells_its_conditions_and_makes_the_supervisor_leader(office, tmp_path):
    from aifactory.awards.models import Project
    from aifactory.people.actions import join
    from aifactory.people.actors import INSTALLER

    student = person()
    join(student, factories.company(), student=True, by=INSTALLER)
    made = factories.draft(factories.call("playground-v1"), tmp_path, by=student)
    professor = person(organisation=made.organisation)
    actions.confirm_supervision(actions.ask_supervisor(made, professor.email, by=student), by=professor)
    actions.submit(made, by=student)
    actions.judge_eligibility(made, by=factories.OFFICE)
    factories.technically_checked(made)
    weigh_law(made, result="conditions", reasons="Careful.", conditions=[CONDITION], by=office)
    decision = actions.decide(made, awarded={"gpu": 3600}, reasons="Good.", by=factories.decider())
    section = next(s for s in decision.letter["sections"] if s["heading"] == "Conditions")
    assert section["items"] == [CONDITION["en"]]
    project = Project.objects.get(application=made.pk)
    assert (project.leader, {member.user for member in project.members.all()}) == (
        professor,
        {professor, student},
    )


def test_an_award_that_is_aid_is_written_down_and_held_to_the_ceiling(tmp_path):
    from aifactory.awards.state_aid import actions as aid
    from aifactory.awards.state_aid.models import AidEntry
    from aifactory.kit.bilingual import Text

    plain = modes.named("playground-v1").plain()
    mode = modes.from_plain(plain | {"version": 2, "state_aid": {"prices": {"gpu": 250, "storage": 10}}})
    made_call = actions.prepare_call(
        mode=mode, title=Text(en="A", nl="B"), opens_at=factories.OPENS, cut_off_at=None, by=factories.OFFICE
    )
    made = factories.eligible(actions.open_call(made_call, by=factories.OFFICE), tmp_path)
    day = factories.DURING.date()
    boss = made.applicant
    first = aid.declare_aid(
        made.organisation, granted_on=day, cents=29_990_000, authority="Province", by=boss
    )
    decider = factories.decider()
    with pytest.raises(aid.NoRoomForAid, match=r"worth EUR 250\.00; there is room for EUR 100\.00"):
        actions.decide(made, awarded={"gpu": 360_000}, reasons="Good.", by=decider)
    aid.annul_aid(first, by=person(Role.OFFICE))
    actions.decide(made, awarded={"gpu": 360_000}, reasons="Good.", by=decider)
    entry = AidEntry.objects.get(source="here")
    assert (entry.cents, entry.application, entry.authority) == (25_000, made.pk, "Playground")
