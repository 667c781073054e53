"""Reading a table that was given under a role."""

import polars as pl

from aifactory.recipes.sandbox import INPUTS, stop


def table(role: str) -> pl.DataFrame:
    """Read the one table under a role: a CSV or Parquet file."""
    files = [path for path in sorted((INPUTS / role).rglob("*")) if path.suffix in {".csv", ".parquet"}]
    if len(files) != 1:
        stop(f"The input {role!r} must hold exactly one .csv or .parquet file; it holds {len(files)}.")
    try:
        if files[0].suffix == ".parquet":
            return pl.read_parquet(files[0])
        return pl.read_csv(files[0], infer_schema_length=None, try_parse_dates=True)
    except (pl.exceptions.PolarsError, OSError) as error:
        stop(f"The file {files[0].name} can't be read as a table: {error}")
