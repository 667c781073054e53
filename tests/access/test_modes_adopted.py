"""The office writes a mode, sees what is wrong or odd, and adopts it as the next version."""

import pytest

from aifactory.access import modes
from aifactory.access.modes import queries
from aifactory.access.modes.actions import (
    AlreadyAdopted,
    ModeHasProblems,
    NotTheNextVersion,
    adopt_mode,
    drop_mode,
    write_mode,
)
from aifactory.access.modes.check import check, read
from aifactory.access.modes.models import ModeVersion
from aifactory.access.modes.preview import dates, sample_letter
from aifactory.audit.models import Event
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed, NotFound
from aifactory.people.models import Role, User
from aifactory.people.rules import can_view, visible
from tests.access.factories import DURING
from tests.people.factories import person

PLAYGROUND = (modes.folder() / "playground-v1.toml").read_text()
REGIONAL = (modes.folder() / "regional-v1.toml").read_text()
NEXT = PLAYGROUND.replace("version = 1", "version = 2", 1).replace("most = 5000", "most = 6000", 1)


@pytest.fixture
def office(db: None) -> User:
    return person(Role.OFFICE)


def test_a_mode_written_in_the_office_is_adopted_and_calls_open_under_it(office: User) -> None:
    draft = write_mode(NEXT.replace("\n", "\r\n"), by=office)
    assert (draft.name, draft.version, draft.problems, draft.state) == ("playground-v2", 2, [], "draft")
    assert "playground-v2" not in [mode.name for mode in queries.all_modes()]
    adopted = adopt_mode(draft, by=office)
    mode = queries.mode_named("playground-v2")
    assert (adopted.state, adopted.digest, adopted.adopted_by) == ("adopted", mode.digest, office)
    assert (mode.plain(), queries.text_of(mode)) == (check(NEXT)[0].plain(), NEXT)  # type: ignore[union-attr]
    assert [m.name for m in queries.newest_modes() if m.id == "playground"] == ["playground-v2"]
    event = Event.objects.get(name="mode:adopt")
    assert event.data == {"digest": mode.digest, "name": "playground-v2"}


def test_what_is_wrong_is_kept_with_its_line_and_never_adopted(office: User) -> None:
    draft = write_mode(NEXT.replace("months = 3", 'months = "three"'), by=office)
    assert [(p["line"], p["grave"]) for p in draft.problems] == [(6, True)]
    with pytest.raises(ModeHasProblems):
        adopt_mode(draft, by=office)
    right = write_mode(NEXT, by=office, version=draft)
    assert (right.pk, right.problems) == (draft.pk, [])
    adopt_mode(right, by=office)
    right.refresh_from_db()
    with pytest.raises(AlreadyAdopted):
        write_mode(NEXT, by=office, version=right)
    with pytest.raises(AlreadyAdopted):
        adopt_mode(right, by=office)


@pytest.mark.parametrize("version", [1, 3])
def test_versions_follow_each_other(office: User, version: int) -> None:
    draft = write_mode(PLAYGROUND.replace("version = 1", f"version = {version}", 1), by=office)
    with pytest.raises(NotTheNextVersion, match="The next version of playground is 2"):
        adopt_mode(draft, by=office)


def test_only_the_office_writes_and_drafts_are_its_own(office: User) -> None:
    other = person(Role.APPLICANT)
    with pytest.raises(NotAllowed):
        write_mode(NEXT, by=other)
    draft = write_mode(NEXT, by=office)
    for viewer in (office, other, None):
        assert can_view(viewer, draft) == (draft in visible(ModeVersion, viewer)) == (viewer == office)
    with pytest.raises(NotAllowed):
        adopt_mode(draft, by=other)
    adopt_mode(draft, by=office)
    draft.refresh_from_db()
    for viewer in (office, other, None):
        assert can_view(viewer, draft)
        assert draft in visible(ModeVersion, viewer)
    with pytest.raises(Invalid):
        write_mode("  ", by=office)
    assert drop_mode(write_mode("x = 1", by=office), by=office).state == "dropped"
    with pytest.raises(NotFound, match="there are: ai_for_science-v1"):
        queries.mode_named("nothing-v1")


def test_the_modes_of_the_platform_have_nothing_odd() -> None:
    for name in modes.names():
        mode, odd = read(modes.folder() / f"{name}.toml")
        assert (mode.name, odd) == (name, [])


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        (
            "working_days = 10\n",
            "working_days = 30\n",
            "working_days = 30\n",
            "reviewers have 30 working days",
        ),
        ('threshold = "3.0"', 'threshold = "5"', 'threshold = "5"', "only full marks"),
        ('threshold = "3.0"', 'threshold = "1"', "minimum = 2", "the minimum of approach is above"),
        ("objection_weeks = 6", "objection_weeks = 4", "objection_weeks = 4", "Awb 6:7"),
        ("up_to_gpu_hours = 8000", "up_to_gpu_hours = 20000", "up_to_gpu_hours = 20000", "ends outside"),
        (
            'nl = "Naam van de projectleider"',
            'nl = "Name of the project leader"',
            'nl = "Name of the project leader"',
            "the Dutch text is the English one",
        ),
        (
            next(line for line in REGIONAL.splitlines() if line.startswith("source = ")),
            'source = "Regulation (EU) 2021/1173, Article 16"',
            'source = "Regulation',
            "the source is in one language",
        ),
    ],
)
def test_what_is_odd_is_named_with_its_line(before: str, after: str, line: str, said: str) -> None:
    assert before in REGIONAL
    text = REGIONAL.replace(before, after, 1)
    mode, problems = check(text)
    assert mode is not None
    wanted = 1 + text[: text.index(line)].count("\n")
    assert [(p.line, p.grave) for p in problems if said in p.message] == [(wanted, False)]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("share_percent = 30\n\n[[", "share_percent = 20\n\n[[", "the shares add up to 90"),
        ("up_to_gpu_hours = 2000\n", "up_to_gpu_hours = 9000\n", "from small to large"),
        ('one_of = ["here", "union"]', 'one_of = ["mars"]', "the route finder has no 'place' mars"),
        ("affiliation_months = 24", "affiliation_months = -1", "greater than or equal to 0"),
    ],
)
def test_what_is_wrong_in_the_new_parts_is_refused(before: str, after: str, said: str) -> None:
    assert before in REGIONAL
    mode, problems = check(REGIONAL.replace(before, after, 1))
    assert mode is None
    assert [said in problem.message for problem in problems] == [True]


def test_partitions_and_durations_are_held_to_the_answers() -> None:
    mode = modes.named("large_scale-v1")
    rules = mode.rules_for({"partition": "lumi_small_g", "fallback": None})
    assert [rule.id for rule in rules if rule not in mode.rules] == ["most_lumi_small_g"]
    assert [mode.duration({"months": given}) for given in ("m3", "m6", None)] == [3, 6, 12]
    text = (modes.folder() / "large_scale-v1.toml").read_text()
    for before, after, said in (
        ('value = "m12"', 'value = "year"', "a duration is m1 to m36, not year"),
        ('[[partitions]]\nid = "lumi_small_g"', '[[partitions]]\nid = "lumi_large"', "there is no partition"),
        (
            'value = "lumi_small_g"',
            'value = "my_laptop"',
            "offers partitions that are not granted: my_laptop",
        ),
    ):
        assert before in text
        found, problems = check(text.replace(before, after, 1))
        assert found is None
        assert any(said in problem.message for problem in problems), problems


def test_a_preview_has_dates_and_letters() -> None:
    for name in modes.names():
        mode = modes.named(name)
        with clock.frozen(DURING):
            found = dates(mode, DURING)
            assert len(found) == 3
            assert all(d.start < d.due for d in found)
            for granted in (True, False):
                letter = sample_letter(mode, DURING, "nl", granted=granted)
                assert ("is toegekend" in letter["subject"]) is granted
