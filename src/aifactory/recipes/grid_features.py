"""What is known at the issue time, as one row of features per hour ahead. Nothing later than that is read.

Everything is relative to the last hour known, so that a model learned at one level of the grid holds at
another. Training and forecasting both carry this file: they see the same features.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from aifactory.recipes.sandbox import stop

HOURS = 24
DAYS_BACK = 7
NEEDED = DAYS_BACK * HOURS
HOUR = timedelta(hours=1)
NAMES = [
    "hours ahead", "weekday", "local hour", "sine of the year", "cosine of the year",
    "same hour yesterday", "same hour two days ago", "same hour a week ago", "mean of this hour in 7 days",
    "spread of this hour in 7 days", "yesterday from this hour to midnight",
    "change in 1 hour", "change in 3 hours", "change in 6 hours", "last hour against last day",
    "last day against last week", "last 6 hours against their usual", "spread of the last day", "last hour",
]  # fmt: skip


@dataclass(frozen=True)
class Series:
    """Hourly values without a gap, from `first` (UTC) on, and the calendar of the zone for each hour."""

    first: datetime
    values: np.ndarray
    weekday: np.ndarray
    hour: np.ndarray
    season: np.ndarray

    def position(self, moment: datetime) -> int:
        return round((moment - self.first) / HOUR)

    def moment(self, position: int) -> datetime:
        return self.first + position * HOUR


def series(raw: pl.DataFrame, time: str, value: str, time_zone: str, ahead: int = 0) -> Series:
    """Read the two columns as an hourly series; `ahead` hours of calendar are added after its end."""
    for name in (time, value):
        if name not in raw.columns:
            stop(f"The table has no column {name!r}. It has: {', '.join(raw.columns[:40])}.")
    if raw[time].dtype.base_type() != pl.Datetime:
        stop(f"The column {time!r} must hold moments; it holds {raw[time].dtype}.")
    utc = pl.col(time).dt.replace_time_zone("UTC") if raw[time].dtype.time_zone is None else pl.col(time)
    table = raw.select(utc.dt.convert_time_zone("UTC").alias("time"), pl.col(value).cast(pl.Float64)).sort(
        "time"
    )
    values = table[value].to_numpy()
    steps = table["time"].diff().drop_nulls()
    if len(table) < 2 or (steps != HOUR).any():
        stop("The table must hold every hour exactly once, without a gap.")
    if not np.isfinite(values).all() or (values < 0).any():
        stop(f"The column {value!r} holds something that is not a number from 0 up.")
    first, last = table["time"][0], table["time"][-1]
    clock = pl.datetime_range(first, last + ahead * HOUR, "1h", eager=True).dt.convert_time_zone(time_zone)
    return Series(
        first.astimezone(UTC),
        values,
        clock.dt.weekday().to_numpy(),
        clock.dt.hour().to_numpy(),
        2 * np.pi * clock.dt.ordinal_day().to_numpy() / 365.25,
    )


def rows(known: Series, issue: int) -> np.ndarray:
    """Return 24 rows of features for a forecast issued at position `issue`, from the 168 hours before."""
    past = known.values[issue - NEEDED : issue]
    last, days = past[-1], past.reshape(DAYS_BACK, HOURS)
    usual, yesterday, ahead = days.mean(axis=0), days[-1], slice(issue, issue + HOURS)
    by_hour = [
        np.arange(HOURS), known.weekday[ahead], known.hour[ahead],
        np.sin(known.season[ahead]), np.cos(known.season[ahead]),
        yesterday - last, days[-2] - last, days[0] - last, usual - last,
        days.std(axis=0), yesterday - yesterday[-1],
    ]  # fmt: skip
    once = [
        last - past[-2], last - past[-4], last - past[-7], last - yesterday.mean(),
        yesterday.mean() - past.mean(), (yesterday[-6:] - usual[-6:]).mean(), yesterday.std(), last,
    ]  # fmt: skip
    return np.column_stack([*by_hour, *(np.full(HOURS, figure) for figure in once)])


def anchor(known: Series, issue: int) -> float:
    """Return the last value known, from which the model forecasts the distance."""
    return float(known.values[issue - 1])
