"""What a holder says of the personal data in a dataset: cleaned, checked, and what the law still misses in it.

Everything here may be told to everyone (GDPR Art. 13 and 14 ask for it); nothing of it is filled from the data.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from aifactory.datasets.processing import words
from aifactory.kit.errors import FieldError, Invalid

SHORT, LONG = 200, 2_000
#: Art. 6(3): these grounds must be laid down in a law; so must work on crimes and sentences (Art. 10).
NEED_A_LAW = ("obligation", "public_task")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What is written down; empty means not said yet. `contact` is the mailbox of a desk, never of a person."""

    controller: str = ""
    processor: str = ""
    privacy_contact: str = ""
    basis: str = ""
    law: str = ""
    condition: str = ""
    categories: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    informed: str = ""
    notice_page: str = ""
    keep_until: date | None = None
    keep_why: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return {
            name: list(x) if isinstance(x, tuple) else x.isoformat() if isinstance(x, date) else x
            for name, x in asdict(self).items()
        }

    @property
    def special(self) -> tuple[str, ...]:
        """The special categories among its kinds of data (Art. 9(1)); crimes fall under Art. 10 instead."""
        return tuple(one for one in self.categories if one in words.SENSITIVE and one != "criminal")


NAMES = tuple(field.name for field in fields(Said))
_CLOSED = {
    "basis": words.BASES,
    "condition": words.CONDITIONS,
    "categories": words.CATEGORIES,
    "subjects": words.SUBJECTS,
}
_LISTS = {"categories", "subjects"}
_LONG = {"informed"}


def write(said: Mapping[str, Any]) -> Said:
    """Return what was said, cleaned. Raises `Invalid` with one error for each field that is wrong."""
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
    if errors:
        raise Invalid(errors)
    return Said(**kept)


def take_over(told: object) -> Said:
    """Return what another factory told of its data, without what is not of our lists: it is never refused whole."""
    listed = told if isinstance(told, Mapping) else {}
    kept = {name: _clean(name, listed.get(name)) for name in NAMES}
    return Said(**{name: x for name, x in kept.items() if x and not _problem(name, x)})


def _clean(name: str, value: object) -> Any:
    """Return the value as it is kept, or None where it is of another kind."""
    if value is None or value == "":
        return () if name in _LISTS else ""
    if name in _LISTS:
        many = value.split(",") if isinstance(value, str) else value
        if not isinstance(many, list | tuple) or not all(isinstance(one, str) for one in many):
            return None
        return tuple(dict.fromkeys(one.strip() for one in many if one.strip()))
    if name == "keep_until":
        return value if isinstance(value, date) else _day(value)
    return value.strip() if isinstance(value, str) else None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _problem(name: str, value: Any) -> tuple[str, str] | None:  # noqa: PLR0911 - one line a mistake
    """Return what is wrong with one cleaned value, and the rule, or None."""
    if value is None:
        told = _("Write a day as 2026-01-31.") if name == "keep_until" else _("This is not text.")
        return told, "ISO 8601" if name == "keep_until" else "text"
    if not value or name == "keep_until":
        return None
    parts = value if isinstance(value, tuple) else (value,)
    limit = LONG if name in _LONG else SHORT
    if name in _CLOSED and not all(one in _CLOSED[name] for one in parts):
        return _("Choose one of the list."), "closed list"
    if name == "privacy_contact" and not re.fullmatch(r"[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+", value, re.ASCII):
        return _("This is no e-mail address."), "e-mail"
    if name == "notice_page" and not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]{3,190}", value):
        return _("Write a full address that starts with https://."), "URL"
    if name not in _LISTS and len(value) > limit:
        return _("This is too long."), f"at most {limit} characters"
    return None


def missing(said: Said, today: date) -> list[FieldError]:
    """Return what the law asks and is not said: the field, a sentence, and the article of the GDPR."""
    return list(_missing(said, today))


def _missing(said: Said, today: date) -> Iterator[FieldError]:  # noqa: C901 - one question an article
    if not said.controller:
        yield FieldError("controller", _("Say who decides why and how it is used."), "Art. 4(7)")
    if not said.processor:
        yield FieldError("processor", _("Say who keeps and processes it for the controller."), "Art. 28")
    if not said.basis:
        yield FieldError("basis", _("Say on which legal ground it may be used."), "Art. 6(1)")
    if not said.law and (said.basis in NEED_A_LAW or "criminal" in said.categories):
        article = "Art. 6(3)" if said.basis in NEED_A_LAW else "Art. 10"
        yield FieldError("law", _("Name the law that this ground stands in."), article)
    if not said.categories:
        yield FieldError("categories", _("Say which kinds of personal data it holds."), "Art. 30(1)(c)")
    if not said.subjects:
        yield FieldError("subjects", _("Say who the people are."), "Art. 30(1)(c)")
    if said.special and not said.condition:
        yield FieldError("condition", _("Say which exception allows the use of sensitive data."), "Art. 9(2)")
    if "consent" in (said.basis, said.condition) and not said.informed:
        yield FieldError("informed", _("Say how people were asked: consent must be shown."), "Art. 7(1)")
    if said.keep_until is None:
        yield FieldError("keep_until", _("Say until which day it is kept."), "Art. 5(1)(e)")
    elif said.keep_until < today:
        yield FieldError("keep_until", _("The day until which it is kept has passed."), "Art. 5(1)(e)")
