import json
from datetime import UTC, datetime, timedelta

import pytest

from aifactory.adapters.carbon.first_of import FirstOf
from aifactory.adapters.carbon.forecast_file import MOST_BYTES, BrokenForecast, ForecastFile
from aifactory.adapters.carbon.typical import TypicalHours
from aifactory.ports.carbon import NoSignal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def document(**changes):
    hours = [
        {"start": f"2026-03-01T{12 + k}:00:00Z", "value": 300, "low": 250, "high": 400} for k in range(4)
    ]
    return {
        "format": "aifactory-carbon-forecast/1", "zone": "NL", "issued_at": "2026-03-01T12:00:00Z",
        "source": "made for a test", "unit": "gCO2eq/kWh", "hours": hours, **changes,
    }  # fmt: skip


def hour(**changes):
    return document(
        hours=[{"start": "2026-03-01T12:00:00Z", "value": 300, "low": 250, "high": 400, **changes}]
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "forecast.json"


def test_outside_its_hours_it_is_silent(path):
    path.write_text(json.dumps(document()))
    with pytest.raises(NoSignal, match="covers 01 Mar 12:00 to 01 Mar 15:59 UTC only"):
        ForecastFile(path).between(NOON, NOON + 5 * HOUR)
    with pytest.raises(NoSignal, match="can't be read"):
        ForecastFile(path.with_name("none")).between(NOON, NOON + HOUR)


BROKEN = [
    b"",
    b"[]",
    b"\xff\xfe",
    b"[" * 100_000,
    b" " * (MOST_BYTES + 1),
    *(
        json.dumps(wrong).encode()
        for wrong in [
            document(format="aifactory-carbon-forecast/2"),
            document(unit="kg/MWh"),
            document(zone="DE"),
            document(zone=7),
            document(source=""),
            document(source="two\nlines"),
            document(source="x" * 301),
            document(issued_at="2026-03-01T12:00:00"),
            document(issued_at=None),
            document(hours=[]),
            document(hours={}),
            document(hours=["12:00"]),
            document(hours=document()["hours"] * 200),
            document(hours=document()["hours"][::2]),
            document(hours=document()["hours"][::-1]),
            hour(start="2026-03-01T12:30:00Z"),
            hour(start="2026-03-01T12:00:00"),
            hour(start=12),
            hour(value="300"),
            hour(value=True),
            hour(value=float("nan")),
            hour(high=float("inf")),
            hour(value=-1, low=-1),
            hour(value=10**400),
            hour(low=301),
            hour(high=299),
            hour(high=3001),
        ]
    ),
]


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_forecast_is_refused_as_a_whole(path, content):
    path.write_bytes(content)
    with pytest.raises(BrokenForecast):
        ForecastFile(path).between(NOON, NOON + HOUR)


def test_a_silent_forecast_gives_way_to_typical_hours(path):
    chain = FirstOf([ForecastFile(path), TypicalHours()])
    assert chain.between(NOON, NOON + HOUR).kind == "typical"
    path.write_text(json.dumps(document()))
    assert chain.between(NOON, NOON + HOUR).kind == "forecast"
    assert chain.between(NOON, NOON + 9 * HOUR).kind == "typical"


def test_every_reason_of_silence_is_given(path):
    with pytest.raises(NoSignal, match="can't be read"):
        FirstOf([ForecastFile(path)]).between(NOON, NOON + HOUR)
    with pytest.raises(NoSignal, match="No source"):
        FirstOf([]).between(NOON, NOON + HOUR)
