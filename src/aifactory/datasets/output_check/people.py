"""Personal data that stands in a file as it is written: in a column, or anywhere in the text."""

import re
from collections.abc import Callable, Iterator
from itertools import islice

from aifactory.datasets.output_check.tables import TOKEN, Table
from aifactory.datasets.output_check.words import Sign, sign
from aifactory.datasets.personal_data import Confidence, has_email, hints, is_bsn, is_iban

_SAMPLE = 5_000
_IBAN_IN_TEXT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")


def personal(table: Table | None, text: str) -> Iterator[Sign]:
    """Yield a sign for each column, and for the text, where personal data shows."""
    told: set[str] = set()
    if table:
        for at, name in enumerate(table.header):
            cells = [_as_written(row[at]) for row in table.rows[:_SAMPLE] if at < len(row) and row[at]]
            kinds = [hint.kind for hint in hints(name, cells) if hint.confidence != Confidence.LOW]
            if kinds:
                yield sign("personal-data", where=f"“{name[:60]}”", kinds=", ".join(kinds))
                told |= set(kinds)
    tokens = set(islice((found.group() for found in TOKEN.finditer(text)), 200_000))
    tokens |= set(islice((found.group() for found in _IBAN_IN_TEXT.finditer(text)), 200_000))
    checks: dict[str, Callable[[str], bool]] = {"email": has_email, "iban": is_iban}
    if table is None:  # among the figures of a table many pass by chance
        checks["bsn"] = _is_whole_bsn
    kinds = [kind for kind, check in checks.items() if any(check(token) for token in tokens)]
    if kinds := [kind for kind in kinds if kind not in told]:
        yield sign("personal-data", where="–", kinds=", ".join(kinds))


def _is_whole_bsn(token: str) -> bool:
    """Of eight digits too many pass by chance."""
    return sum(map(str.isdigit, token)) == 9 and is_bsn(token)


def _as_written(cell: str) -> str:
    return cell.removesuffix(".0")
