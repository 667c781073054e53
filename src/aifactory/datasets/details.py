"""What a catalogue wants to know of a dataset beyond its title: typed, checked, and kept as plain JSON.

Everything here is for everyone: a holder writes it for readers who may never see the data. No field of it is
filled from the data itself.
"""

import re
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from aifactory.datasets import vocabulary as v
from aifactory.kit.errors import FieldError, Invalid

TEXT = 2_000
KEYWORDS = 20


@dataclass(frozen=True, kw_only=True)
class Details:
    """What the holder says of a dataset, for the profiles of the catalogue; empty means not said.

    Days are ISO dates. `contact` is the mailbox of a desk, never of a person.
    """

    keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    place: str = ""
    period_from: str = ""
    period_until: str = ""
    frequency: str = ""
    contact: str = ""
    homepage: str = ""
    provenance: str = ""
    collected_on: str = ""
    biases: str = ""
    limits: str = ""
    maintenance: str = ""
    health_category: str = ""
    health_themes: tuple[str, ...] = ()
    publisher_type: str = ""
    publisher_note: str = ""
    access_body: str = ""
    access_body_page: str = ""
    access_body_mail: str = ""
    sample_page: str = ""

    def document(self) -> dict[str, Any]:
        """Return what was said, as JSON keeps it."""
        return {k: list(x) if isinstance(x, tuple) else x for k, x in asdict(self).items() if x}


_CLOSED = {
    "languages": v.LANGUAGES,
    "place": v.COVERAGE,
    "frequency": v.FREQUENCIES,
    "health_category": v.HEALTH_CATEGORIES,
    "publisher_type": v.PUBLISHER_TYPES,
}
_LISTS = {"keywords", "languages", "health_themes"}
_DAYS = {"period_from", "period_until", "collected_on"}
_PAGES = {"homepage", "access_body_page", "sample_page"}
_MAILBOXES = {"contact", "access_body_mail"}
NAMES = tuple(field.name for field in fields(Details))


def read(document: dict[str, Any]) -> Details:
    """Return the details that `document` was written from; fields that no longer exist are left out."""
    kept: dict[str, Any] = {
        k: tuple(x) if isinstance(x, list) else x for k, x in document.items() if k in NAMES
    }
    return Details(**kept)


def write(said: dict[str, Any]) -> Details:
    """Return checked details. Raises `Invalid` with one error for each field that is wrong."""
    errors = [
        FieldError(name, _("There is no such field."), "closed list") for name in said if name not in NAMES
    ]
    kept: dict[str, Any] = {}
    for name in NAMES:
        value = _clean(name, said.get(name))
        if problem := _problem(name, value):
            errors.append(FieldError(name, *problem))
        elif value:
            kept[name] = value
    if not errors and kept.get("period_until", "9999") < kept.get("period_from", ""):
        errors.append(FieldError("period_until", _("This day lies before the first day."), "order"))
    if errors:
        raise Invalid(errors)
    return Details(**kept)


def _clean(name: str, value: object) -> Any:
    if name in _LISTS:
        many = value.split(",") if isinstance(value, str) else (value or [])
        if not isinstance(many, list | tuple) or not all(isinstance(one, str) for one in many):
            return None
        return tuple(dict.fromkeys(one.strip() for one in many if one.strip()))
    if isinstance(value, date):
        return value.isoformat()
    return value.strip() if isinstance(value, str) else ("" if value is None else None)


def _problem(name: str, value: Any) -> tuple[str, str] | None:
    """Return what is wrong with one cleaned value, and the rule, or None."""
    parts = value if isinstance(value, tuple) else (value,)
    if value is None:
        return _("This is not text."), "text"
    if not value:
        return None
    wrong = {
        (_("Choose one of the list."), "closed list"): name in _CLOSED
        and not all(one in _CLOSED[name] for one in parts),
        (_("At most 20 words of 60 characters each."), "length"): name in _LISTS
        and (len(parts) > KEYWORDS or max(map(len, parts)) > 60),
        (_("Write a day as 2026-01-31."), "ISO 8601"): name in _DAYS and not _is_day(value),
        (_("Write a full address that starts with https://."), "URL"): name in _PAGES
        and not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]{3,300}", value),
        (_("This is no e-mail address."), "e-mail"): name in _MAILBOXES
        and not re.fullmatch(r"[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+", value, re.ASCII),
        (_("This is too long."), f"at most {TEXT} characters"): len(value) > TEXT,
    }
    return next((problem for problem, found in wrong.items() if found), None)


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
