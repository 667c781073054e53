"""Scores are exact, and a letter says what a person needs to act on it."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.access.decisions.letters import Ground, write
from aifactory.access.modes import named
from aifactory.access.review.scores import Outcome, outcome, shown
from aifactory.access.screening.eligibility import Verdict, judge
from aifactory.access.screening.facts import facts_of
from tests.access.test_rules import ANSWERS, HERE, REQUESTED

MODE = named("regional-v1")
assert MODE.reviewing is not None
CRITERIA = MODE.reviewing.criteria
scores = st.fixed_dictionaries({c.id: st.integers(0, 5) for c in CRITERIA})


def judged(*reviews: tuple[int, int, int]) -> Outcome:
    ids = [c.id for c in CRITERIA]
    return outcome(CRITERIA, [dict(zip(ids, r, strict=True)) for r in reviews], Fraction(3))


def test_a_total_on_the_line_is_enough() -> None:
    assert (judged((3, 3, 3)).total, judged((3, 3, 3)).passed) == (Fraction(3), True)
    assert (judged((5, 1, 3), (5, 2, 3)).total, judged((5, 1, 3), (5, 2, 3)).passed) == (
        Fraction("3.35"),
        False,
    )
    assert judged((5, 1, 3), (5, 2, 3)).below_minimum == ("approach",)


@given(st.lists(scores, min_size=1, max_size=6))
def test_a_total_stays_within_its_scores_and_no_order_changes_it(reviews: list[dict[str, int]]) -> None:
    total = outcome(CRITERIA, reviews, Fraction(3)).total
    given_scores = [s for review in reviews for s in review.values()]
    assert min(given_scores) <= total <= max(given_scores)
    assert total == outcome(CRITERIA, reviews[::-1], Fraction(3)).total


@pytest.mark.parametrize(
    "reviews", [[], [{"value": 3}], [{"value": 3, "approach": 3, "feasibility": 3, "x": 3}]]
)
def test_an_incomplete_review_gives_no_total(reviews: list[dict[str, int]]) -> None:
    with pytest.raises(ValueError, match=r"review"):
        outcome(CRITERIA, reviews, Fraction(3))


def test_halves_are_rounded_up_for_people() -> None:
    assert [shown(Fraction(x)) for x in ("3.005", "2.995", "10/3", "0")] == ["3.01", "3.00", "3.33", "0.00"]


def verdicts(**changes: object) -> list[Verdict]:
    return judge(MODE.rules, facts_of(HERE | changes, ANSWERS, REQUESTED, date(2027, 10, 31)))


def ground(**changes: object) -> Ground:
    facts: dict[str, object] = {
        "reference": "R-2027-0001",
        "title": "Potatoes",
        "organisation": "Example Farm",
        "mode": MODE,
        "awarded": {},
        "requested": REQUESTED,
        "verdicts": verdicts(),
        "outcome": judged((3, 3, 2), (3, 3, 2)),
        "reasons": "The amounts were not explained.",
        "decided_by": "A. Person",
        "capacity": "director",
        "object_until": date(2027, 2, 22),
    }
    return Ground(**(facts | changes))  # type: ignore[arg-type]


def test_a_refusal_says_score_words_line_what_would_change_it_and_how_to_object() -> None:
    letter = write(ground(), "en")
    assert letter["subject"] == "Your application R-2027-0001 is not granted"
    why, change, objection = letter["sections"]
    assert why["paragraphs"] == ["The amounts were not explained."]
    assert why["items"] == [
        "Your application meets all 10 rules for applying.",
        "Value: 3.00 of 5, 40 % of the total. That score means: “A clear gain for a named group.”",
        "Approach: 3.00 of 5, 30 % of the total. That score means: “A sound method with small gaps.”",
        f"Feasibility: 2.00 of 5, 30 % of the total. That score means: “{CRITERIA[2].words[2].en}”",
        "Together that is 2.70. The line is 3.00.",
    ]
    assert change["items"] == [
        "A total 0.30 higher would have reached the line.",
        "That is, for example, 0.75 more on Value.",
    ]
    assert "until 22 February 2027." in objection["paragraphs"][0]
    assert letter["closing"] == "Decided by A. Person, director."


def test_an_ineligible_application_gets_the_rule_the_fact_and_the_law() -> None:
    letter = write(ground(verdicts=verdicts(country="US"), outcome=None), "nl")
    why, change, _ = letter["sections"]
    rule = MODE.eligibility[0]
    said = f"Regel waaraan niet is voldaan: “{rule.text.nl}” Wij vonden: US. Grond: {rule.source.nl}"
    assert why["items"] == [said]
    assert said.endswith("gebruikers zijn gevestigd in de Unie of in een deelnemende staat.")
    assert change["items"] == [rule.change.nl]


def test_a_verdict_kept_with_its_source_as_one_string_is_still_quoted() -> None:
    kept = [verdict.plain() | {"source": "Awb 4:5"} for verdict in verdicts(country="US")]
    read = [Verdict.from_plain(one) for one in kept]
    why = write(ground(verdicts=read, outcome=None), "nl")["sections"][0]
    assert why["items"][0].endswith("Wij vonden: US. Grond: Awb 4:5")


def test_an_award_says_what_is_given_beside_what_was_asked_and_what_is_owed() -> None:
    letter = write(ground(awarded={"gpu": 3_600_000}, outcome=judged((4, 4, 4))), "en")
    assert [s["heading"] for s in letter["sections"]] == [
        "What you get",
        "Why",
        "What you owe",
        "If you do not agree",
    ]
    assert letter["sections"][0]["items"] == ["1,000 GPU-hours (asked: 2,000 GPU-hours)"]


def test_no_example_where_one_criterion_alone_could_not_reach_the_line() -> None:
    letter = write(ground(outcome=judged((0, 0, 0))), "en")
    assert letter["sections"][1]["items"] == [
        "A score of at least 2 on Approach was needed.",
        "A score of at least 2 on Feasibility was needed.",
        "A total 3.00 higher would have reached the line.",
    ]
