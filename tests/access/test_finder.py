"""The route finder: every way through the questions ends in an answer with its reason."""

from collections.abc import Iterator
from itertools import product

import pytest

from aifactory.access import modes
from aifactory.access.finder.questions import questions
from aifactory.access.finder.routes import Advice, AnswerIsUnknown, advise, lines, read
from aifactory.expertise.models import Case

MODES = [modes.named(name) for name in modes.names()]
SME = {
    "who": "sme",
    "place": "here",
    "goal": "try",
    "data": "own",
    "size": "small",
    "hurry": "days",
    "experience": "none",
    "project": "no",
}


def found(**changes: str) -> Advice:
    return advise(SME | changes, MODES)


def told(advice: Advice) -> tuple[list[str], list[str], list[str]]:
    return (
        [route.mode.id for route in advice.fitting],
        [line.id for line in advice.first],
        sorted(line.id for line in advice.services),
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (["playground"], [], ["start"])),
        ({"hurry": "months", "goal": "adapt"}, (["playground", "regional"], [], ["data", "model", "start"])),
        ({"size": "medium"}, ([], [], ["start"])),
        (
            {"size": "big", "experience": "cluster", "goal": "train", "data": "none"},
            (["fast_lane"], [], ["scale"]),
        ),
        (
            {"size": "huge", "experience": "cluster", "goal": "train", "data": "personal", "hurry": "weeks"},
            (["large_scale"], [], ["data", "law", "scale"]),
        ),
        (
            {"who": "large", "project": "yes", "size": "huge", "experience": "cluster", "goal": "use"}
            | {"hurry": "months", "data": "none"},
            (["ai_for_science"], [], ["scale"]),
        ),
        ({"who": "large"}, ([], ["paid_access"], ["start"])),
        ({"who": "student"}, ([], ["supervisor"], ["start"])),
        ({"who": "person", "size": "unknown"}, ([], ["organisation", "estimate"], ["start"])),
        ({"who": "research", "place": "outside"}, ([], ["partner"], ["start"])),
        (
            {"who": "research", "experience": "cluster", "goal": "use", "data": "others", "hurry": "days"},
            (["playground"], ["conditions"], ["data"]),
        ),
        ({"experience": "cluster", "goal": "use", "data": "none"}, (["playground"], [], ["start"])),
    ],
)
def test_who_is_sent_where(changes: dict[str, str], expected: tuple[list[str], list[str], list[str]]) -> None:
    assert told(found(**changes)) == expected


def test_the_reasons_for_and_against() -> None:
    advice = found(size="big", experience="none")
    assert [r.en for r in advice.others[0].against] == ["It grants 10 to 5,000 GPU-hours."]
    assert {r.mode.id: [t.en for t in r.against] for r in advice.others}["fast_lane"] == [
        "It asks for experience with a supercomputer.",
        "It is for work that can begin at once, not for finding out.",
    ]
    assert [t.nl for t in found().fitting[0].reasons] == [
        "Het is voor kleinere bedrijven, overheden en kennisinstellingen.",
        "De organisatie is gevestigd in een land dat meedoet.",
        "Het geeft 10 tot 5.000 GPU-uren.",
        "Er wordt binnen 2 werkdagen beslist na het indienen.",
    ]


def every_way() -> Iterator[dict[str, str]]:
    asked = questions()
    for values in product(*([option.value for option in question.options] for question in asked)):
        yield dict(zip([question.id for question in asked], values, strict=True))


def test_every_way_through_the_questions_ends_in_an_answer_with_a_reason_and_everything_is_said_to_somebody() -> (
    None
):
    count = 0
    said: set[str] = set()
    for answers in every_way():
        advice = advise(answers, MODES)
        count += 1
        assert advice.services, answers
        assert all(route.reasons for route in advice.fitting), answers
        assert all(route.against for route in advice.others), answers
        assert len(advice.fitting) + len(advice.others) == len(MODES), answers
        assert advice.fitting or advice.services[0].id == "start", answers
        said |= {route.mode.id for route in advice.fitting}
        said |= {line.id for line in (*advice.first, *advice.services)}
    assert count == 7 * 3 * 5 * 4 * 5 * 3 * 3 * 2
    assert said == {mode.id for mode in MODES} | {line.id for line in (*lines().first, *lines().services)}


def test_services_are_those_of_the_expertise_centre() -> None:
    assert {line.id for line in lines().services} == set(Case.Service.values)


def test_lines_ask_only_what_is_asked() -> None:
    known = {question.id: {option.value for option in question.options} for question in questions()}
    for line in (*lines().first, *lines().services):
        assert all(set(part.one_of) <= known[part.question] for part in line.when), line.id


def test_an_answer_left_out_is_named() -> None:
    assert read(SME | {"more": "ignored"}) == SME
    with pytest.raises(AnswerIsUnknown) as refused:
        read(SME | {"data": "secret"})
    assert refused.value.question == "data"
