import json
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from aifactory.adapters.carbon.forecast_file import ForecastFile

pytestmark = pytest.mark.thorough
HISTORY = "data/green/nl_generation_hourly_2020_2021.parquet"
PEER = "data/green/carboncast_nl_fc_jul_sep.parquet"


@pytest.fixture(scope="module")
def trained(run, shared):
    found = run("grid-forecast-train", {"history": [shared / HISTORY], "peer": [shared / PEER]})
    assert found.exit_code == 0, found.said
    return found


def test_it_clearly_beats_persistence_on_days_never_seen(trained):
    metrics = trained.read("metrics.json")
    assert metrics["split"]["training_last"] < metrics["split"]["test_first"] == "2021-07-01"
    assert metrics["split"]["test_days"] == 92
    assert metrics["mae"]["model"] < 29 < metrics["mae"]["persistence"]
    assert metrics["against_persistence"]["low"] > 8
    assert metrics["against_persistence"]["verdict"] == "clear_win"
    assert 0.72 < metrics["range"]["held"] < 0.88


def test_it_says_that_the_published_forecast_is_better(trained):
    peer = trained.read("metrics.json")["peer"]
    assert (peer["days"], peer["mae_peer"]) == (92, 24.5)
    assert peer["difference"] == pytest.approx(peer["mae_peer"] - peer["mae_model"], abs=0.011)
    assert peer["verdict"] in {"clear_loss", "no_clear_win"}


@pytest.fixture
def forecast(run, trained, shared):
    model = [trained.outputs / "model.skops", trained.outputs / "model_facts.json"]

    def at(moment, history=shared / HISTORY):
        return run("grid-forecast-infer", {"model": model, "history": [history]}, issue_time=moment)

    return at


def test_the_forecast_is_a_signal_and_knows_nothing_of_its_future(forecast, shared, tmp_path):
    whole = forecast("2021-09-01T00:00Z")
    assert whole.exit_code == 0, whole.said
    until_then = tmp_path / "until_then.csv"
    duckdb.execute(
        f"COPY (SELECT ts_utc, ci_lifecycle FROM '{shared / HISTORY}' WHERE ts_utc < '2021-09-01') "
        f"TO '{until_then}' (HEADER)"
    )
    cut = forecast("2021-09-01T00:00Z", until_then)
    assert cut.exit_code == 0, cut.said
    assert cut.read("forecast.json") == whole.read("forecast.json")
    start = datetime(2021, 9, 1, tzinfo=UTC)
    signal = ForecastFile(whole.outputs / "forecast.json").between(start, start + timedelta(hours=24))
    assert len(signal.hours) == 24
    assert signal.issued_at == start
    assert "CarbonCast" in signal.source


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        ("2021-09-01T06:00Z", "issues its forecast at 00:00 UTC"),
        ("2025-01-01T00:00Z", "must hold the 168 hours before 01 January 2025"),
        ("soon", "is not a moment"),
    ],
)
def test_a_forecast_that_cannot_be_made_is_refused(forecast, moment, sentence):
    found = forecast(moment)
    assert found.exit_code == 2
    assert sentence in found.said


def test_without_a_gain_nothing_is_released(run, tmp_path):
    start = datetime(2020, 1, 1, tzinfo=UTC)
    hours = [(start + timedelta(hours=k), 300 + 50 * (k % 24 > 12)) for k in range(24 * 500)]
    lines = ["ts_utc,ci_lifecycle", *(f"{hour.isoformat()},{value}" for hour, value in hours)]
    flat = tmp_path / "flat.csv"
    flat.write_text("\n".join(lines))
    found = run("grid-forecast-train", {"history": [flat]}, test_from="2021-04-01")
    assert found.exit_code == 0, found.said
    metrics = found.read("metrics.json")
    assert metrics["mae"]["persistence"] == 0
    assert metrics["against_persistence"]["verdict"] != "clear_win"
    assert "model.skops" not in found.files()


def test_a_gap_in_the_history_is_refused(run, tmp_path):
    gap = tmp_path / "gap.csv"
    gap.write_text("ts_utc,ci_lifecycle\n2020-01-01T00:00:00Z,1\n2020-01-01T02:00:00Z,2\n")
    found = run("grid-forecast-train", {"history": [gap]})
    assert found.exit_code == 2
    assert "without a gap" in json.dumps(found.said)
