"""The inspection of a table (CSV or Parquet): what is in it, how good it is, and where personal data may lie.

`counting` adds figures up, `reading` brings a table in, `asking` puts questions to each part of it, `study` writes the
report. All four are plain functions on plain data and know no Django: the recipe `inspect-tables` carries them to a
cluster, so that a table that is too large for one machine gets the same report.
"""

import re
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from aifactory.datasets.inspection.reading import CSV, MOST_COLUMNS, PARQUET, SCHEMA, TSV, Limits, Unreadable
from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused

__all__ = ["READERS", "SCHEMA", "InspectionLimits", "NotATable", "inspect_table", "report_digest"]

InspectionLimits = Limits
#: Media types that are read as tables.
READERS = (CSV, TSV, PARQUET)


class NotATable(Refused):
    """The file can't be read as one table."""


def inspect_table(
    path: Path, *, media_type: str, restricted: bool = False, limits: Limits | None = None
) -> dict[str, Any]:
    """Return the report on one table as JSON-plain data; equal bytes give an equal report.

    Raises `NotATable` with the first line that does not fit.
    """
    import duckdb

    from aifactory.datasets.inspection.study import on_this_machine, studied

    try:
        with on_this_machine(path, media_type, limits or Limits()) as (ask, form):
            return studied(ask, form, restricted=restricted)
    except Unreadable as problem:
        raise _not_a_table(_in_words(problem.why)) from problem
    except duckdb.Error as problem:
        raise _not_a_table(str(problem)) from problem


def report_digest(report: dict[str, Any]) -> str:
    """Return `sha256:<hex>` over the canonical form of a report."""
    return digest(report)


def _in_words(why: str) -> str:
    words = {
        "columns": _("It has more than %(most)s columns.") % {"most": MOST_COLUMNS},
        "lines": _("Its lines do not all have the same number of columns."),
    }
    return words.get(why, why)


def _not_a_table(reason: str) -> NotATable:
    line = re.search(r"CSV Error on Line: (\d+)", reason)
    told = _("Line %(line)s does not fit the other lines.") % {"line": line[1]} if line else reason
    where = told.splitlines()[0][:200]
    return NotATable(
        _("This file can't be read as a table.") + f" {where}",
        field="file",
        rule="table-readable",
        next_step=_("Correct the file and upload it again as a new version."),
    )
