"""Mode files are read whole or refused with the line at fault."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from aifactory.access.applications.forms import Line
from aifactory.access.applications.queries import turn
from aifactory.access.models import Application, Call
from aifactory.access.modes import Mode, folder, from_plain, named, names
from aifactory.access.modes.check import ModeFileIsWrong, load
from aifactory.kit.canonical import digest

REGIONAL = (folder() / "regional-v1.toml").read_text()


@pytest.mark.parametrize("name", sorted(p.stem for p in folder().glob("*.toml")))
def test_a_mode_survives_the_way_into_a_call_and_back(name: str) -> None:
    mode = named(name)
    assert from_plain(mode.plain()) == mode
    assert from_plain(mode.plain()).digest == mode.digest
    assert mode.name == name


def in_one_string(part: Any) -> Any:
    """Return JSON of a mode with each source of a rule as one string, as it was before; that of the whole stays."""
    if isinstance(part, dict):
        whole = "version" in part
        return {k: v["en"] if k == "source" and not whole else in_one_string(v) for k, v in part.items()}
    return [in_one_string(one) for one in part] if isinstance(part, list) else part


@pytest.mark.parametrize("name", names())
def test_a_source_in_one_string_counts_for_both_languages_and_keeps_the_digest(name: str) -> None:
    before = in_one_string(named(name).plain())
    mode = from_plain(before)
    assert (mode.plain(), mode.digest) == (before, digest(before))
    assert [rule.source.nl for rule in mode.eligibility] == [r.source.en for r in named(name).eligibility]
    assert all(rule.source.nl != rule.source.en for rule in named(name).rules)


def test_the_two_modes_differ_where_they_should() -> None:
    regional, playground = named("regional-v1"), named("playground-v1")
    assert (regional.first_in_first_out, playground.first_in_first_out) == (False, True)
    assert (regional.clock.working_days, playground.clock.working_days) == (30, 2)
    assert regional.reviewing is not None
    assert (regional.reviewing.reviews, [c.weight for c in regional.reviewing.criteria]) == (2, [40, 30, 30])


def test_what_each_mode_asks_beside_eligibility() -> None:
    asked = {}
    for name in names():
        mode = named(name)
        steps = mode.screening
        asked[mode.id] = (
            steps is not None and steps.technical,
            steps is not None and steps.law_gate,
            mode.state_aid is not None,
            [q.id for q in mode.questions if isinstance(q, Line) and q.excludes_people],
            [q.id for q in (*mode.questions, *mode.slots) if q.identifying],
            mode.reviewing is not None and mode.reviewing.shown_to_applicant,
        )
    assert asked == {
        "playground": (True, False, False, [], [], False),
        "fast_lane": (True, False, False, [], [], False),
        "large_scale": (True, True, False, ["not_by"], ["cv", "work_plan"], True),
        "ai_for_science": (True, True, False, ["not_by"], ["grant_number", "cv", "work_plan"], True),
        "regional": (False, False, True, ["not_by"], ["work_plan"], True),
    }


@pytest.mark.parametrize(
    ("mode", "next_step"),
    [
        ("playground-v1", "Have the technical check given, then decide."),
        ("large_scale-v1", "Have the technical check given, and ask reviewers."),
        ("regional-v1", "Ask reviewers."),
    ],
)
def test_whoever_waits_for_a_technical_check_is_told_so(mode: str, next_step: str) -> None:
    call = Call(mode_digest=named(mode).digest, mode_content=named(mode).plain())
    assert turn(Application(call=call, state="eligible")).what == next_step


def line_of(text: str, wanted: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if re.search(wanted, line))


@pytest.mark.parametrize(
    ("before", "after", "at", "message"),
    [
        (
            "weight = 40",
            "weight = 41",
            r"\[\[reviewing.criteria\]\]",
            "the weights add up to 101, not to 100",
        ),
        ('test = "equals"', 'test = "equal"', 'test = "equal"', "Input should be 'one_of'"),
        ("length = 3000", 'length = "many"', 'length = "many"', "should be a valid integer"),
        ('nl = "Uw project"', 'nl = ""', 'nl = ""', "at least 1 character"),
        ('nl = "Uw project"\n', "", r"\[steps.title\]", "Field required"),
        ("working_days = 30 ", "working_day = 30 ", "working_day = 30", "Extra inputs are not permitted"),
        ("least = 0\nmost", "least = 30000\nmost", r"\[\[grants\]\]", "`least` is more than `most`"),
        ('"Europe/Amsterdam"', '"Europe/Groningen"', "Groningen", "there is no time zone"),
        ('holidays = "NL"', 'holidays = "XX"', '"XX"', "no public holidays are known"),
        ('threshold = "3.0"', 'threshold = "5.5"', r"^\[reviewing\]", "above the highest score"),
        (
            'fact = "answers.civil_use"',
            'fact = "answers.peace"',
            r"\[\[eligibility\]\]",
            "facts that nobody gives: answers.peace",
        ),
        ('id = "legal_form"', 'id = "country"', r"\[\[eligibility\]\]", "used twice: country"),
        ("value = 3 # months", 'value = "3"', r"eligibility.change|fact = .answers.contract", "another type"),
        ("prices = { gpu = 250, ", "prices = { ", r"^\[state_aid\]", "`prices` says nothing of: gpu"),
        ("[clock]", "[clock", r"\[clock", "no TOML"),
    ],
)
def test_a_wrong_mode_file_is_refused_with_its_line(
    tmp_path: Path, before: str, after: str, at: str, message: str
) -> None:
    assert before in REGIONAL
    text = REGIONAL.replace(before, after, 1)
    file = tmp_path / "regional-v1.toml"
    file.write_text(text)
    with pytest.raises(ModeFileIsWrong) as refused:
        load(file)
    found = refused.value.problems
    assert any(message in p.message for p in found), [str(p) for p in found]
    if "another type" not in message:
        assert line_of(text, at) in [p.line for p in found if message in p.message]


def test_a_mode_lies_in_the_file_of_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(REGIONAL)
    with pytest.raises(
        ModeFileIsWrong, match=r"other.toml:1: the file of this mode is called regional-v1.toml"
    ):
        load(tmp_path / "other.toml")


def test_no_file_but_utf_8(tmp_path: Path) -> None:
    (tmp_path / "regional-v1.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ModeFileIsWrong, match="no TOML"):
        load(tmp_path / "regional-v1.toml")


def test_a_mode_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(
        LookupError, match=r"There is no mode '../secret'; there are: .*playground-v1, regional-v1"
    ):
        named("../secret")


def test_the_schema_can_be_shown_to_a_person_who_writes_modes() -> None:
    assert {"id", "version", "clock", "grants"} <= set(TypeAdapter(Mode).json_schema()["properties"])
