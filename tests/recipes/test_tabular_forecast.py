"""A forecast of any column: better than last season where it says so, and honest where it is not."""

import csv
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

HISTORY = "data/green/nl_generation_hourly_2020_2021.parquet"
ASKED = {"time": "ts_utc", "value": "ci_lifecycle", "horizon": 24, "season": 24}


def forecast(found):
    with (found.outputs / "forecast.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.thorough
def test_a_real_grid_is_forecast_better_than_by_the_day_before(run, shared, tmp_path):
    table = tmp_path / "half_a_year.csv"
    duckdb.execute(
        f"COPY (SELECT ts_utc, ci_lifecycle FROM '{shared / HISTORY}' WHERE ts_utc < '2020-07-01' ORDER BY ts_utc) "
        f"TO '{table}' (HEADER)"
    )
    found = run("tabular-forecast", {"table": [table]}, **ASKED)
    assert found.exit_code == 0, found.said
    metrics = found.read("metrics.json")
    assert metrics["against_last_season"]["verdict"] == "clear_win"
    assert metrics["mae"]["model"] < metrics["mae"]["last_season"] * 0.95
    gap = metrics["mae"]["last_season"] - metrics["mae"]["model"]
    assert metrics["against_last_season"]["gain"] == pytest.approx(gap, abs=2e-6)
    assert 0.65 < metrics["range"]["held"] < 0.92
    rows = forecast(found)
    assert [row["time"][:16] for row in rows[:2]] == ["2020-07-01T00:00", "2020-07-01T01:00"]
    assert (len(rows), {row["by"] for row in rows}) == (24, {"model"})
    assert all(float(row["low"]) <= float(row["value"]) <= float(row["high"]) for row in rows)


@pytest.mark.thorough
def test_what_repeats_itself_is_repeated_and_a_gap_is_refused(run, tmp_path):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    hours = [(start + timedelta(days=k)).date().isoformat() for k in range(400)]
    table = tmp_path / "weeks.csv"
    table.write_text("day,visits\n" + "\n".join(f"{day},{(k % 7) ** 2}" for k, day in enumerate(hours)))
    asked = {"time": "day", "value": "visits", "horizon": 10, "season": 7}
    found = run("tabular-forecast", {"table": [table]}, **asked)
    assert found.exit_code == 0, found.said
    assert found.read("metrics.json")["mae"]["last_season"] == 0
    rows = forecast(found)
    assert [float(row["value"]) for row in rows] == [(k % 7) ** 2 for k in range(400, 410)]
    assert (rows[0]["time"], {row["by"] for row in rows}) == ("2027-02-05", {"last season"})

    table.write_text("day,visits\n" + "\n".join(f"{day},{k}" for k, day in enumerate(hours) if k != 200))
    refused = run("tabular-forecast", {"table": [table]}, **asked)
    assert (refused.exit_code, "at equal steps" in refused.said) == (2, True)
