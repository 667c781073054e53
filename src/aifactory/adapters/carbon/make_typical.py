"""Compute the table of typical hours from a year or more of hourly intensities.

`python -m aifactory.adapters.carbon.make_typical nl_generation_hourly.parquet > typical_nl.csv`
reads `ts_utc` and `ci_lifecycle` (gCO2eq/kWh, life-cycle) and prints one row per month and hour in UTC:
the median and the 10th and 90th percentile.
"""

import sys
from pathlib import Path

import duckdb

HEADER = """\
# Typical carbon intensity of Dutch electricity by month and hour (UTC), gCO2eq/kWh, life-cycle.
# Computed from the hours of January 2020 to September 2021 in CarbonCast data/NL (Apache-2.0);
# generation data: ENTSO-E. October to December rest on 2020 alone. Made by make_typical.py.
month,hour,low,median,high"""

QUERY = """
    SELECT month(ts_utc), hour(ts_utc), round(quantile_cont(ci_lifecycle, 0.1), 1),
           round(quantile_cont(ci_lifecycle, 0.5), 1), round(quantile_cont(ci_lifecycle, 0.9), 1)
    FROM read_parquet(?) GROUP BY ALL ORDER BY 1, 2
"""


def typical_table(parquet: Path) -> str:
    """Return the table as CSV text with its attribution."""
    rows = duckdb.execute(QUERY, [str(parquet)]).fetchall()
    return "\n".join([HEADER, *(",".join(map(str, row)) for row in rows)]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(typical_table(Path(sys.argv[1])))
