from datetime import UTC, datetime, timedelta

from aifactory.adapters.carbon.make_typical import typical_table
from aifactory.adapters.carbon.typical import DUTCH_HOURS, TypicalHours


def test_the_table_is_what_its_command_computes(shared):
    made = typical_table(shared / "data/green/nl_generation_hourly_2020_2021.parquet")
    assert made == DUTCH_HOURS.read_text(encoding="utf-8")


def test_every_hour_of_a_leap_year_is_there():
    start = datetime(2028, 1, 1, tzinfo=UTC)
    assert len(TypicalHours().between(start, start + timedelta(days=366)).hours) == 8784
