"""What a machine sees in a file before it leaves the secure environment: signs for who checks it, not a verdict.

After the rules of statistical output checking: no counts of few people, no rows of the input, nothing that cannot be
looked into. A file without signs still has to be read by a person. Files are hostile: nothing in them is run.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from aifactory.datasets.output_check.counts import small
from aifactory.datasets.output_check.hidden import coded, is_model, shown
from aifactory.datasets.output_check.people import personal
from aifactory.datasets.output_check.rows import names_of, rows_of_input
from aifactory.datasets.output_check.tables import all_tables, table_of, text_of
from aifactory.datasets.output_check.words import Given, Sign, sign

#: Bytes of a file that are looked into.
MOST_BYTES = 20_000_000
LARGE_FILE, LONG_TABLE = 10_000_000, 1_000
#: Which cell ran as which counts nothing.
_CELL_NUMBER = re.compile(r'"execution_count": *\d+')


def signs(path: Path, *, name: str, digest: str, inputs: Sequence[Given]) -> list[Sign]:
    """Return what is to be looked at in a file called `name`, before it leaves."""
    if any(digest == given.digest for given in inputs):
        return [sign("copy", blocks=True)]
    size = path.stat().st_size
    found = [sign("large", size=f"{size / 1e6:.0f}")] if size > LARGE_FILE else []
    text = text_of(path) if size <= MOST_BYTES else None
    if is_model(name, text):
        found.append(sign("model"))
    if text is None:
        return [*found, sign("opaque")]
    if Path(name).suffix.lower() == ".ipynb":
        found += shown(text)
        text = _CELL_NUMBER.sub("", text)
    table = table_of(text, name)
    if table is not None and len(table.rows) > LONG_TABLE:
        found.append(sign("long", rows=len(table.rows)))
    return [
        *found,
        *coded(text),
        *small(all_tables(table, text), text, names_of(inputs)),
        *personal(table, text),
        *(one for given in inputs for one in rows_of_input(table, text, given)),
    ]


def blocking(found: Iterable[Sign]) -> list[Sign]:
    """Return the signs that no person can overrule."""
    return [one for one in found if one.blocks]


__all__ = ["LARGE_FILE", "LONG_TABLE", "MOST_BYTES", "Given", "Sign", "blocking", "signs"]
