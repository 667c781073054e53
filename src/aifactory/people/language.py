"""The language in which a person is spoken to now."""

from typing import Literal

from django.utils.translation import get_language


def spoken() -> Literal["en", "nl"]:
    """Return the language of this page, reply or command; English where there is none."""
    return "nl" if (get_language() or "").startswith("nl") else "en"
