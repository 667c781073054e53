"""Budgets: idempotent by key, never over, safe in a race."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory.awards.actions import AwardExpired, BudgetExceeded, draw, release, reserve
from aifactory.awards.models import AwardLine, Hold
from aifactory.kit import clock
from tests.awards.factories import GRANTOR, line

pytestmark = pytest.mark.django_db


def counters(award: AwardLine) -> tuple[int, int]:
    award.refresh_from_db()
    return award.held, award.drawn


def test_reserving_drawing_and_the_rest_comes_back():
    award = line(amount=3600)
    reserve(award, 3000, key="a", by=GRANTOR)
    assert counters(award) == (3000, 0)
    draw("a", 1200, by=GRANTOR)
    assert counters(award) == (0, 1200)


def test_every_move_is_idempotent_by_its_key():
    award = line(amount=3600)
    assert reserve(award, 3000, key="a", by=GRANTOR).pk == reserve(award, 3000, key="a", by=GRANTOR).pk
    draw("a", 1200, by=GRANTOR)
    draw("a", 2400, by=GRANTOR)
    release("a", by=GRANTOR)
    assert counters(award) == (0, 1200)


def test_a_minute_over_budget_is_refused_in_words():
    award = line(amount=3600)
    with pytest.raises(BudgetExceeded) as refusal:
        reserve(award, 3660, key="a", by=GRANTOR)
    assert refusal.value.message == "This needs 1.017 GPU-h, and 1 GPU-h is left of the award."
    assert "shorter time" in refusal.value.next_step
    assert (counters(award), Hold.objects.count()) == ((0, 0), 0)


def test_outside_its_period_an_award_gives_nothing():
    award = line()
    for moment in (award.starts_at - timedelta(seconds=1), award.ends_at):
        with clock.frozen(moment), pytest.raises(AwardExpired):
            reserve(award, 1, key="a", by=GRANTOR)
    with clock.frozen(award.ends_at - timedelta(microseconds=1)):
        reserve(award, 1, key="a", by=GRANTOR)


def test_what_a_meter_reports_beyond_the_hold_is_cut_off():
    award = line(amount=3600)
    reserve(award, 100, key="a", by=GRANTOR)
    assert draw("a", 130, by=GRANTOR).drawn == 100
    assert counters(award) == (0, 100)


@pytest.mark.django_db(transaction=True)
def test_two_jobs_racing_for_the_last_gpu_hour():
    award = line(amount=3600)
    together = Barrier(2)

    def race(key: str) -> str:
        try:
            together.wait()
            reserve(AwardLine.objects.get(pk=award.pk), 3600, key=key, by=GRANTOR)
        except BudgetExceeded:
            return "refused"
        else:
            return "held"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(race, ["a", "b"]))
    assert outcomes == ["held", "refused"]
    assert counters(award) == (3600, 0)


moves = st.lists(
    st.tuples(st.sampled_from(["reserve", "draw", "release"]), st.sampled_from("abc"), st.integers(0, 4000)),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(moves)
def test_the_sum_of_holds_always_equals_the_counters(sequence):
    award = line(amount=5000)
    for move, name, amount in sequence:
        key = f"{award.pk}:{name}"
        if move == "reserve":
            try:
                reserve(award, amount, key=key, by=GRANTOR)
            except BudgetExceeded:
                continue
        elif Hold.objects.filter(key=key).exists():
            draw(key, amount if move == "draw" else 0, by=GRANTOR)
    holds = award.holds.all()
    held = sum(h.amount for h in holds if h.state == "held")
    drawn = sum(h.drawn for h in holds)
    assert counters(award) == (held, drawn)
    assert held + drawn <= award.amount
