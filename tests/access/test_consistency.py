"""Applications of one organisation held against each other: doubts, worded in both languages, no refusals."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.access import actions
from aifactory.access.applications.comparison import doubts_about
from aifactory.access.applications.consistency import Claim, Promise, doubts, likeness
from aifactory.access.applications.earlier import earlier_answers, reuse
from aifactory.kit.bilingual import Text
from aifactory.people.models import Role
from tests.access import factories
from tests.people.factories import person

TEXT = "A small vision model on forty thousand photos of potatoes finds rot that nobody sees before harvest."


def said(answer: object) -> Promise:
    return Promise(Text(en="Civil only?", nl="Alleen civiel?"), answer, Text(en=f"{answer}", nl=f"{answer}"))


def claim(name: str, **facts: object) -> Claim:
    usual = {
        "text": "",
        "asked": {},
        "datasets": frozenset(),
        "starts": date(2027, 3, 1),
        "ends": date(2027, 9, 1),
    }
    return Claim(id=name, reference=name.upper(), **(usual | facts))  # type: ignore[arg-type]


def kinds(*claims: Claim) -> list[tuple[str, str]]:
    return [(doubt.kind, doubt.other) for doubt in doubts(claims[0], claims)]


def test_likeness_is_the_share_of_runs_of_four_words_in_common():
    assert likeness("one two three four five", "One, two, three, four. Six!") == 1 / 3
    assert (
        likeness(TEXT, TEXT),
        likeness(TEXT, "Something else entirely, about milk"),
        likeness("a b", "a b"),
    ) == (
        1,
        0,
        0,
    )


@given(st.text(max_size=200), st.text(max_size=200))
def test_likeness_goes_both_ways_and_stays_within_its_scale(one, other):
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1


def test_the_same_work_asked_twice_is_a_question():
    asked = {"gpu": 3600 * 1000}
    found = doubts(claim("a", text=TEXT, asked=asked), [claim("b", text=TEXT, asked=asked)])
    assert [doubt.kind for doubt in found] == ["text", "hours"]
    assert found[1].text.en == (
        "Together with B you ask 2,000 GPU-h for the same time and much the same text. Do you need both?"
    )
    later = claim("b", text=TEXT, asked=asked, starts=date(2027, 9, 2), ends=date(2028, 1, 1))
    assert kinds(claim("a", text=TEXT, asked=asked), later) == [("text", "B")]


def test_data_promises_and_time():
    one = claim("a", datasets=frozenset({"d1", "d2"}), promises={"civil": said("yes")}, time={"Femke": 60})
    other = claim("b", datasets=frozenset({"d2"}), promises={"civil": said("no")}, time={"Femke": 50})
    assert kinds(one, other) == [("data", "B"), ("promise", "B"), ("time", "")]
    assert doubts(one, [other])[1].text.nl == (
        "Op “Alleen civiel?” staat hier “yes” en in B “no”. Wat u in de ene aanvraag verklaart, bindt: wat klopt?"
    )
    assert kinds(one, claim("c", time={"Femke": 40, "Jan": 90})) == []


def test_a_day_promised_for_a_person_binds_that_person_only():
    def ends(day: str) -> dict[str, Promise]:
        text = Text(en=day, nl=day)
        return {"contract": Promise(text, day, text, of_person=True)}

    femke = claim("a", promises=ends("2027"), people=frozenset({"femke"}))
    assert kinds(femke, claim("b", promises=ends("2028"), people=frozenset({"femke"}))) == [("promise", "B")]
    assert kinds(femke, claim("b", promises=ends("2028"), people=frozenset({"jan"}))) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("store", "during")
def test_the_office_and_the_applicant_see_the_same_doubts(tmp_path, django_assert_num_queries):
    call = factories.call()
    first = factories.submitted(call, tmp_path)
    second = factories.draft(call, tmp_path, by=first.applicant, answers={"civil_use": "no"})
    with django_assert_num_queries(1):
        found = doubts_about(second, first.applicant)
    assert [(doubt.kind, doubt.other) for doubt in found] == [
        ("text", first.reference),
        ("hours", first.reference),
        ("promise", first.reference),
    ]
    actions.submit(second, by=second.applicant)
    second.refresh_from_db()
    assert doubts_about(second, person(Role.OFFICE)) == found
    assert doubts_about(second, person()) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("store", "during")
def test_earlier_answers_are_offered_and_taken_over(tmp_path):
    call = factories.call()
    first = factories.submitted(call, tmp_path)
    boss = first.applicant
    fresh = actions.start(call, organisation=first.organisation, title="Again", by=boss)
    known = earlier_answers(fresh, boss)
    assert sorted(known) == [
        "approach",
        "civil_use",
        "contract_until",
        "estimate",
        "field",
        "leader",
        "need",
        "value",
    ]
    assert (known["leader"].answer, known["leader"].reference) == ("Femke Example", first.reference)
    assert reuse(fresh, ["leader", "gpu_hours"], by=boss) == ["leader"]
    fresh.refresh_from_db()
    assert fresh.answers == {"leader": "Femke Example"}
    actions.save(fresh, {"need": "Another need."}, by=boss)
    assert "need" not in reuse(fresh, by=boss)
    fresh.refresh_from_db()
    assert (fresh.answers["need"], fresh.answers["civil_use"]) == ("Another need.", True)
    assert earlier_answers(fresh, person()) == {}
