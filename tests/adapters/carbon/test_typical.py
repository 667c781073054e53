from datetime import UTC, datetime, timedelta

import pytest

from aifactory.adapters.carbon.make_typical import typical_table
from aifactory.adapters.carbon.typical import DUTCH_HOURS, TypicalHours
from aifactory.ports.carbon import NoSignal


def test_the_table_is_what_its_command_computes(shared):
    made = typical_table(shared / "data/green/nl_generation_hourly_2020_2021.parquet")
    assert made == DUTCH_HOURS.read_text(encoding="utf-8")


def test_every_hour_of_a_leap_year_is_there():
    start = datetime(2028, 1, 1, tzinfo=UTC)
    assert len(TypicalHours().between(start, start + timedelta(days=366)).hours) == 8784


def test_dutch_hours_are_never_given_for_another_zone():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(NoSignal, match="No typical hours are known for DE"):
        TypicalHours(zone="DE").between(start, start + timedelta(hours=1))
