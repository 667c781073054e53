from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory.ports.carbon import CarbonHour, Signal
from aifactory.supercomputer import energy
from aifactory.supercomputer.planner import Reason, greenest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def signal(values, start=NOON, gaps=()):
    hours = [CarbonHour(start + k * HOUR, v, v * 0.9, v * 1.2) for k, v in enumerate(values) if k not in gaps]
    return Signal("NL", "forecast", "made for a test", start, tuple(hours))


def plan(values, *, earliest=NOON, hours=1.0, within=None, gaps=()):
    deadline = earliest + timedelta(hours=within if within is not None else len(values))
    return greenest(
        signal(values, gaps=gaps), earliest=earliest, deadline=deadline, seconds=hours * 3600, cores=2
    )


def test_the_greenest_hour_is_chosen_with_its_saving():
    found = plan([400, 300, 100, 200])
    assert found.start == NOON + 2 * HOUR
    assert found.reason is Reason.LATER_IS_GREENER
    assert found.saving_percent == 75
    kwh = (energy.watts(cores=2, gpus=0, memory_bytes=0, load=None) * energy.GENERIC.pue).value / 1000
    assert round(found.now.value, 9) == round(kwh * 400, 9)
    assert round(found.saving_grams, 9) == round(kwh * 300, 9)
    assert found.expected.low < found.expected.value < found.expected.high


def test_equal_hours_start_now():
    assert plan([200, 200, 200]).start == NOON
    assert plan([200, 200, 200]).reason is Reason.NOW_IS_BEST


def test_among_equal_later_hours_the_first_is_chosen():
    assert plan([300, 100, 100]).start == NOON + HOUR


def test_nobody_waits_for_less_than_one_percent():
    assert plan([200, 198.5]).reason is Reason.NOW_IS_BEST
    assert plan([200, 197.5]).reason is Reason.LATER_IS_GREENER


def test_without_slack_it_starts_now():
    found = plan([400, 100], hours=2)
    assert (found.start, found.reason, found.saving_grams) == (NOON, Reason.NO_SLACK, 0)


def test_a_run_across_hours_weighs_each_part():
    found = plan([400, 100, 100, 400], hours=2)
    assert found.start == NOON + HOUR
    half_past = plan([400, 100], earliest=NOON + HOUR / 2, hours=1, within=1.5)
    assert round(half_past.now.value / half_past.expected.value, 9) == 2.5


def test_hours_at_a_gap_are_not_chosen():
    assert plan([400, 300, 1, 350], gaps={2}).start == NOON + HOUR


def test_a_gap_right_now_leaves_nothing_to_compare():
    found = plan([400, 100], gaps={0})
    assert (found.start, found.reason, found.now, found.saving_grams) == (NOON, Reason.NO_SIGNAL, None, None)
    assert found.document()["expected_grams"] is None


def test_the_document_is_plain_and_attributed():
    document = plan([400, 100]).document()
    assert document["start"] == "2026-03-01T13:00:00.000000Z"
    assert document["reason"] == "later_is_greener"
    assert document["saving_percent"] == 75.0
    assert document["signal"] == {
        "zone": "NL",
        "kind": "forecast",
        "source": "made for a test",
        "issued_at": "2026-03-01T12:00:00.000000Z",
    }


cases = {
    "values": st.lists(st.integers(1, 900), min_size=1, max_size=40),
    "minutes": st.integers(0, 59),
    "hours": st.floats(0.02, 12),
    "within": st.floats(0, 48),
    "gaps": st.sets(st.integers(0, 39), max_size=3),
}


@settings(deadline=None)
@given(**cases)
def test_a_deadline_is_kept_if_it_can_be_and_now_is_never_beaten_by_the_plan(
    values, minutes, hours, within, gaps
):
    earliest = NOON + timedelta(minutes=minutes)
    found = plan(values, earliest=earliest, hours=hours, within=within, gaps=gaps)
    deadline, length = earliest + timedelta(hours=within), timedelta(seconds=hours * 3600)
    assert found.start >= earliest
    if found.start != earliest:
        assert found.start + length <= deadline
        assert found.expected.value <= found.now.value
        assert found.start.minute == 0


@settings(deadline=None)
@given(shift=st.integers(-5000, 5000), **cases)
def test_moving_everything_in_time_moves_the_plan(shift, values, minutes, hours, within, gaps):  # noqa: PLR0917
    def at(base):
        earliest = base + timedelta(minutes=minutes)
        found = greenest(
            signal(values, start=base, gaps=gaps),
            earliest=earliest,
            deadline=earliest + timedelta(hours=within),
            seconds=hours * 3600,
            cores=1,
        )
        return found.start - base, found.reason, found.expected

    assert at(NOON) == at(NOON + shift * HOUR)
