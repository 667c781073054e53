"""What holds for every law here: gaps never lighten, nothing is asked in vain, everything is said twice."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aifactory.assurance import ai_act, ethics, gdpr
from aifactory.assurance.procedure import Procedure, load
from aifactory.assurance.questions import Question, Text
from aifactory.kit.errors import Invalid

TODAY = date(2026, 11, 22)
PROCEDURES = [ai_act.PROCEDURE, gdpr.PROCEDURE, ethics.PROCEDURE]
every_procedure = pytest.mark.parametrize("law", PROCEDURES, ids=lambda p: p.name)


#: The machine may be busy: what counts is what holds, not how long it takes.
calmly = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def an_answer(question: Question) -> st.SearchStrategy[Any]:
    options = [o.id for o in question.options]
    if question.kind == "many":
        some = st.lists(st.sampled_from(options), min_size=1, max_size=3, unique=True)
        return st.one_of(st.just(["none"]), some)
    if question.kind == "number":
        return st.sampled_from([0, 1e20, 5e22, 2e23, 3e25])
    return st.sampled_from(options or ["yes", "no"])


@st.composite
def complete_answers(draw: st.DrawFn, law: Procedure) -> dict[str, Any]:
    """Answer as a person does: topic by topic, until nothing is left to ask."""
    answers: dict[str, Any] = {}
    while todo := law.next_questions(answers):
        answers |= {q.id: draw(an_answer(q), label=q.id) for q in todo}
    return answers


def weight(law: Procedure, answers: dict[str, Any]) -> int:
    return law.result(law.assess(answers, as_of=TODAY).result).weight


@every_procedure
@calmly
@given(data=st.data())
def test_complete_answers_are_conclusive(law: Procedure, data: st.DataObject) -> None:
    outcome = law.assess(data.draw(complete_answers(law)), as_of=TODAY)

    assert outcome.codes
    assert "needs_human_review" not in outcome.codes
    assert outcome.open == ()
    assert all(duty.certain for duty in outcome.duties)


@every_procedure
@calmly
@given(data=st.data())
def test_an_unknown_answer_never_lightens(law: Procedure, data: st.DataObject) -> None:
    answers = data.draw(complete_answers(law))
    blurred = data.draw(st.sets(st.sampled_from(sorted(answers)), min_size=1))
    kinds = {key: law.questions[key].kind for key in blurred}
    unknown = answers | {key: ["unknown"] if kinds[key] == "many" else "unknown" for key in blurred}
    absent = {key: value for key, value in answers.items() if key not in blurred}

    for weakened in (unknown, absent):
        assert weight(law, weakened) >= weight(law, answers)
        certain = set(law.assess(weakened, as_of=TODAY).codes) - {"needs_human_review"}
        assert certain <= set(law.assess(answers, as_of=TODAY).codes)
        kept = {d.id for d in law.assess(weakened, as_of=TODAY).duties}
        if certain:
            assert {d.id for d in law.assess(answers, as_of=TODAY).duties} <= kept


@every_procedure
@calmly
@given(data=st.data())
def test_answers_to_questions_that_fell_away_count_no_more(law: Procedure, data: st.DataObject) -> None:
    answers = data.draw(complete_answers(law))
    others = [q for q in law.questions.values() if q.id not in answers]
    stray = {q.id: data.draw(an_answer(q)) for q in others}

    # An answer given once does not come back by itself, even where it would be asked again later.
    assert law.assess(stray | answers, as_of=TODAY) == law.assess(answers, as_of=TODAY)


@calmly
@given(answers=complete_answers(ai_act.PROCEDURE))
def test_leaving_research_is_never_lighter(answers: dict[str, Any]) -> None:
    today = ai_act.assess(answers, as_of=TODAY)
    if today.later is not None and today.result != "out_of_scope":
        assert (
            ai_act.PROCEDURE.result(today.later.result).weight >= ai_act.PROCEDURE.result(today.result).weight
        )


@every_procedure
def test_without_answers_a_person_must_look(law: Procedure) -> None:
    assert law.assess({}, as_of=TODAY).result == "needs_human_review"


@every_procedure
def test_every_text_is_there_in_both_languages(law: Procedure) -> None:
    texts: list[Text] = [*law.topics.values(), law.open_sentence, law.title]
    for question in law.questions.values():
        texts += [question.text, question.help, *(o.label for o in question.options)]
        assert question.topic in law.topics
    texts += [t for r in (*law.results, law.review) for t in (r.title, r.meaning)]
    texts += [t for r in law.rules for t in (r.says, r.otherwise) if t]
    texts += [d.text for d, _ in law.duties] + [g.text for g, _ in law.gates]

    assert [t for t in texts if not t.en.strip() or not t.nl.strip()] == []
    assert [t for t in texts if t.en == t.nl and t.en not in {"Lift", "Software"}] == []


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"no_such": "yes"}, "no_such"),
        ({"ai_system": "perhaps"}, "ai_system"),
        ({"ai_system": ["yes"]}, "ai_system"),
        ({"stage": "tomorrow"}, "stage"),
        ({"areas": []}, "areas"),
        ({"areas": "police"}, "areas"),
        ({"areas": ["none", "police"]}, "areas"),
        ({"areas": [{"police": 1}]}, "areas"),
        ({"training_flop": -1}, "training_flop"),
        ({"training_flop": float("nan")}, "training_flop"),
        ({"training_flop": True}, "training_flop"),
        ({"training_flop": "much"}, "training_flop"),
        ({"training_flop": 10**400}, "training_flop"),
    ],
)
def test_answers_of_the_wrong_form_are_refused(answers: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        ai_act.assess(answers, as_of=TODAY)
    assert [error.field for error in refused.value.errors] == [field]


def test_a_law_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        load("no_such_law")
