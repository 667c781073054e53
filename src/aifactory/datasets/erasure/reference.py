"""A request is known here by an opaque number, never by the person: what may stand in it. Plain functions."""

import calendar
import re
from datetime import date

from aifactory.datasets.personal_data import has_email, is_bsn, is_iban, is_phone

NUMBER = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/-]{2,39}")


def is_opaque(reference: str) -> bool:
    """Say whether this can be a case number: it has a digit, and is no citizen, bank or telephone number."""
    return bool(NUMBER.fullmatch(reference)) and not points_at_somebody(reference)


def points_at_somebody(text: str) -> bool:
    """Say whether a text holds an e-mail address, a citizen service number, a bank account or a telephone number."""
    words = re.split(r"[\s,;:()<>]+", text)
    return any(has_email(w) or is_bsn(w.strip(".")) or is_iban(w.strip(".")) or is_phone(w) for w in words)


def a_month_after(day: date) -> date:
    """Return the day by which a request must be answered (GDPR Art. 12(3)): one month after it was received.

    Regulation 1182/71 Art. 3(2)(c): the same date of the next month, or its last day where it has no such date.
    """
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
