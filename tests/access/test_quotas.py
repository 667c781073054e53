"""Quotas: whole GPU-seconds, never more awarded than a share of the capacity."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.access import actions, modes
from aifactory.access.modes import queries
from aifactory.access.modes.parts import Quota
from aifactory.access.modes.quotas import Awarded, Room, room_for, rooms
from aifactory.access.objections import actions as objections
from aifactory.kit import clock
from tests.access import factories
from tests.access.factories import DURING

PLAYGROUND = modes.named("playground-v1")
HOUR = 3600


def test_the_quotas_of_playground_by_hand() -> None:
    given_ = [
        Awarded("playground", "micro", 5_000 * HOUR),
        Awarded("fast_lane", "small", 50_000 * HOUR),
        Awarded("large_scale", "medium", 2_000_000 * HOUR),
        Awarded("regional", "public", 20_000 * HOUR),
    ]
    industry, small = PLAYGROUND.quotas
    assert rooms(PLAYGROUND, given_) == [
        Room(industry, 3_000_000 * HOUR, 2_055_000 * HOUR),
        Room(small, 1_000_000 * HOUR, 55_000 * HOUR),
    ]
    assert [room.left // HOUR for room in rooms(PLAYGROUND, given_)] == [945_000, 945_000]
    assert room_for(PLAYGROUND, "micro", given_) == 945_000 * HOUR
    assert room_for(modes.named("regional-v1"), "micro", given_) is None


@pytest.mark.parametrize(
    ("mode", "size", "kept", "left"),
    [
        ("playground", "micro", 0, 945_000),
        ("playground", "micro", 5_000, 940_000),
        ("fast_lane", "small", 45_000, 900_000),
        ("large_scale", "small", 5_000, 940_000),  # industry: the same quota
        ("ai_for_science", "public", 5_000, 945_000),  # another quota
        ("playground", "micro", 2_000_000, 0),
    ],
)
def test_what_objections_may_still_ask_is_no_room(mode: str, size: str, kept: int, left: int) -> None:
    given_ = [Awarded("playground", "micro", 2_055_000 * HOUR)]
    wide = PLAYGROUND.model_copy(update={"quotas": PLAYGROUND.quotas[:1]})
    assert room_for(wide, "micro", given_, [Awarded(mode, size, kept * HOUR)]) == left * HOUR


def test_a_quota_of_classes_counts_those_alone() -> None:
    text = PLAYGROUND.title
    quota = Quota(id="industry", label=text, percent=30, classes=("small", "large"), source=text)
    mode = PLAYGROUND.model_copy(update={"quotas": (quota,)})
    given_ = [Awarded("regional", "large", 7), Awarded("regional", "public", 11)]
    assert [room.used for room in rooms(mode, given_)] == [7]
    assert room_for(mode, "public", given_) is None
    assert room_for(mode, "small", given_) == 3_000_000 * HOUR - 7


awards = st.lists(
    st.builds(
        Awarded,
        mode=st.sampled_from(["playground", "fast_lane", "large_scale", "ai_for_science", "regional"]),
        size=st.sampled_from(["micro", "large", "public", ""]),
        gpu_seconds=st.integers(0, 2_000_000 * HOUR),
    ),
    max_size=20,
)


@given(awards)
def test_awards_within_the_room_never_go_over_a_ceiling(asked: list[Awarded]) -> None:
    given_: list[Awarded] = []
    for one in asked:
        left = room_for(PLAYGROUND, one.size, given_) if one.mode == "playground" else None
        if left is None or one.gpu_seconds <= left:
            given_.append(one)
    for room in rooms(PLAYGROUND, [a for a in given_ if a.mode == "playground"]):
        assert room.used <= room.ceiling
    assert all(room.left >= 0 for room in rooms(PLAYGROUND, given_))


@pytest.mark.django_db
def test_a_decision_over_the_quota_is_refused_and_the_next_year_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = PLAYGROUND.capacity.model_copy(update={"gpu_hours": 1_500})  # type: ignore[union-attr]
    mode = PLAYGROUND.model_copy(update={"capacity": small})  # ten percent: 150 GPU-h
    monkeypatch.setattr(modes, "named", lambda _name: mode)
    with clock.frozen(DURING):
        call = factories.call("playground-v1")
        hours = ("100", "45", "100")
        one, no, two = (factories.eligible(call, tmp_path, answers={"gpu_hours": h}) for h in hours)
        by = factories.decider()
        actions.decide(one, awarded={"gpu": 100 * HOUR}, reasons="First.", by=by)
        assert [(r.used, r.left) for r in queries.rooms_now(mode)] == [
            (100 * HOUR, 350 * HOUR),
            (100 * HOUR, 50 * HOUR),
        ]
        third = actions.decide(no, awarded={}, reasons="Not this one.", by=by)
        objection = objections.object_to(third, by=no.applicant, grounds="It was read wrongly.")
        assert [(r.kept_back, r.left) for r in queries.rooms_now(mode)] == [
            (45 * HOUR, 305 * HOUR),
            (45 * HOUR, 5 * HOUR),
        ]
        with pytest.raises(queries.QuotaIsUsedUp, match="5 GPU-h are left, and 6 GPU-h are asked"):
            actions.decide(two, awarded={"gpu": 6 * HOUR}, reasons="Second.", by=by)
        objections.withdraw(objection, by=no.applicant)
        with pytest.raises(queries.QuotaIsUsedUp) as refused:
            actions.decide(two, awarded={"gpu": 51 * HOUR}, reasons="Second.", by=by)
        assert refused.value.rule == "quota:small_lanes"
        assert refused.value.message == (
            "Of the quota of 10 % for “Playground and Fast Lane together” 50 GPU-h are left, and 51 GPU-h are asked."
        )
    with clock.frozen(DURING + timedelta(days=365)):
        assert [room.used for room in queries.rooms_now(mode)] == [0, 0]
    with clock.frozen(DURING):
        actions.decide(two, awarded={"gpu": 50 * HOUR}, reasons="Second.", by=by)
