"""What an answer may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.access.applications.forms import LARGEST, Number, read
from aifactory.access.applications.forms import missing as still_missing
from aifactory.access.modes import named
from aifactory.kit.bilingual import Text
from aifactory.kit.canonical import canonical

REGIONAL = named("regional-v1")
STAFF = Number(kind="number", id="staff", label=Text(en="Staff", nl="Personeel"), most=1_000_000)
QUESTIONS = {q.id: q for q in (*REGIONAL.questions, STAFF)}


def one(name: str, raw: object) -> object:
    """Give the answer, or the rule that it breaks."""
    answers, mistakes = read([QUESTIONS[name]], {name: raw})
    return mistakes[0].rule if mistakes else answers[name]


@pytest.mark.parametrize(
    ("name", "raw", "result"),
    [
        ("need", "  words \r\n and more ", "words \n and more"),
        ("need", "<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("need", "'; DROP TABLE access_application; --", "'; DROP TABLE access_application; --"),
        ("need", "../../etc/passwd", "../../etc/passwd"),
        ("need", "e\u0301", "é"),
        ("need", "nul\x00", "characters"),
        ("need", "turn\u202earound", "characters"),
        ("need", "\ud800", "characters"),
        ("need", ["a"], "characters"),
        ("need", {"a": 1}, "characters"),
        ("need", "x" * 1500, "x" * 1500),
        ("need", "x" * 1501, "length"),
        ("need", " \n ", None),
        ("need", None, None),
        ("leader", "two\nlines", "one_line"),
        ("staff", "12", 12),
        ("staff", 12, 12),
        ("staff", "0", 0),
        ("staff", "-1", "at_least"),
        ("staff", "1000001", "at_most"),
        ("staff", "1.5", "number"),
        ("staff", "١٢", "number"),
        ("staff", "1e9", "number"),
        ("staff", "9" * 5000, "number"),
        ("staff", True, "number"),
        ("staff", float("nan"), "number"),
        ("gpu_hours", "1000", 3_600_000),
        ("gpu_hours", "0.5", 1800),
        ("gpu_hours", 12.5, 45_000),
        ("gpu_hours", "-0.1", "at_least"),
        ("gpu_hours", "9" * 30, "at_most"),
        ("gpu_hours", "Infinity", "number"),
        ("field", "health", "health"),
        ("field", "Health", "choice"),
        ("field", ["health"], "choice"),
        ("civil_use", "yes", True),
        ("civil_use", False, False),
        ("civil_use", "true", "yes_no"),
        ("contract_until", "2027-03-31", "2027-03-31"),
        ("contract_until", "2027-02-30", "date"),
        ("contract_until", "31-03-2027", "date"),
        ("contract_until", "2027-03-31T10:00", "date"),
    ],
)
def test_answers_are_read_or_refused(name: str, raw: object, result: object) -> None:
    assert one(name, raw) == result


def test_a_limit_is_told_as_each_language_writes_numbers() -> None:
    _, mistakes = read([STAFF], {"staff": "1000001"})
    told = mistakes[0].message
    assert ("1,000,000" in told.en, "1.000.000" in told.nl) == (True, True)


def test_a_question_that_is_not_asked_is_a_mistake() -> None:
    _, mistakes = read([QUESTIONS["need"]], {"need": "x", "is_awarded": "yes"})
    assert [(m.field, m.rule) for m in mistakes] == [("is_awarded", "unknown")]
    assert mistakes[0].said("nl").message == "Dit formulier heeft die vraag niet."


junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text()), st.binary()
)


@given(st.sampled_from(sorted(QUESTIONS)), junk)
def test_whatever_is_sent_only_plain_answers_are_kept(name: str, raw: object) -> None:
    answers, mistakes = read([QUESTIONS[name]], {name: raw})
    assert len(answers) + len(mistakes) == 1
    canonical({k: str(v) if isinstance(v, int) else v for k, v in answers.items()})
    assert all(abs(a) <= LARGEST for a in answers.values() if isinstance(a, int))
    for answer in answers.values():
        assert read([QUESTIONS[name]], {name: QUESTIONS[name].write(answer)})[0] == {name: answer}


def test_what_is_missing_comes_in_the_order_of_the_form() -> None:
    answers = {q.id: 1 for q in REGIONAL.questions if q.id != "approach"} | {"others": None, "need": None}
    found = still_missing(REGIONAL.questions, REGIONAL.slots, answers, [])
    assert [(m.field, m.rule) for m in found] == [
        ("need", "required"),
        ("approach", "required"),
        ("work_plan", "required_file"),
    ]
    done = answers | {"approach": "x", "need": "x", "civil_use": False}
    assert still_missing(REGIONAL.questions, REGIONAL.slots, done, ["work_plan"]) == []
