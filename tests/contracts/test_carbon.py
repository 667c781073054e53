"""One suite for every source of carbon intensity."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from aifactory.adapters.carbon.first_of import FirstOf
from aifactory.adapters.carbon.forecast_file import ForecastFile
from aifactory.adapters.carbon.typical import TypicalHours
from aifactory.ports.carbon import NoSignal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def forecast(path):
    hours = [
        {"start": (NOON + k * HOUR).isoformat(), "value": 300 + k, "low": 250, "high": 400} for k in range(48)
    ]
    document = {
        "format": "aifactory-carbon-forecast/1", "zone": "NL", "issued_at": NOON.isoformat(),
        "source": "made for a test", "unit": "gCO2eq/kWh", "hours": hours,
    }  # fmt: skip
    path.write_text(json.dumps(document))
    return ForecastFile(path)


@pytest.fixture(params=["typical", "forecast", "first of"])
def source(request, tmp_path):
    file = forecast(tmp_path / "forecast.json")
    return {"typical": TypicalHours(), "forecast": file, "first of": FirstOf([file, TypicalHours()])}[
        request.param
    ]


def starts(signal):
    return [hour.start for hour in signal.hours]


def test_full_hours_are_given_as_asked(source):
    assert starts(source.between(NOON, NOON + 3 * HOUR)) == [NOON, NOON + HOUR, NOON + 2 * HOUR]


def test_hours_that_overlap_at_either_end_belong(source):
    asked = source.between(NOON + HOUR / 2, NOON + 2 * HOUR + timedelta(seconds=1))
    assert starts(asked) == [NOON, NOON + HOUR, NOON + 2 * HOUR]


def test_a_moment_is_the_same_in_every_time_zone(source):
    east = timezone(timedelta(hours=5, minutes=30))
    asked = source.between(NOON.astimezone(east), (NOON + HOUR).astimezone(east))
    assert starts(asked) == [NOON]
    assert asked.hours[0].start.tzinfo is UTC


def test_values_lie_in_their_ranges_and_carry_a_source(source):
    signal = source.between(NOON, NOON + 48 * HOUR)
    assert len(signal.hours) == 48
    assert all(0 <= h.low <= h.value <= h.high < 3000 for h in signal.hours)
    assert signal.zone == "NL"
    assert signal.source
    assert signal.kind in {"typical", "forecast"}
    assert (signal.issued_at is None) == (signal.kind == "typical")


@pytest.mark.parametrize("end", [NOON, NOON - HOUR, NOON + timedelta(days=9000)])
def test_an_empty_or_endless_span_has_no_signal(source, end):
    with pytest.raises(NoSignal):
        source.between(NOON, end)
