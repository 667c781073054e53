"""A letter as a PDF that assistive technology can read: tagged, with title and language (PDF/UA-1), made by typst.

The fonts come inside typst, so nothing is fetched. A character that no font here can show is written as its
Unicode number: PDF/UA forbids a glyph that stands for nothing.
"""

import json
import re
from datetime import date
from importlib.resources import files
from typing import Any, Final

from babel.dates import format_date

from aifactory.kit.errors import Refused

STANDARD: Final = "ua-1"
NOT_SHOWN = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
#: so many different characters are written as numbers before a letter counts as unreadable
MOST = 500


class LetterCanNotBeSet(Refused):
    """Typst could not make the document."""


def pdf(letter: dict[str, Any], *, factory: str, sent_on: date) -> bytes:
    """Return the kept letter as PDF/UA-1 bytes; `factory` and the day it was sent stand on top.

    Raises `LetterCanNotBeSet`.
    """
    import typst  # 80 MB of code that only this needs

    language = "nl" if letter["language"].startswith("nl") else "en"
    words = {"factory": factory, "date": format_date(sent_on, "d MMMM y", locale=language)}
    given = {
        "letter": json.dumps(letter | {"language": language}, ensure_ascii=False),
        "words": json.dumps(words, ensure_ascii=False),
    }
    source = (files(__package__) / "letter.typ").read_bytes()
    for _attempt in range(MOST):
        try:
            made: bytes = typst.compile(source, sys_inputs=given, pdf_standards=STANDARD)
        except typst.TypstError as error:
            found = NOT_SHOWN.search(str(error))
            if found is None:
                raise LetterCanNotBeSet(f"The letter could not be set: {error}.") from error
            given = {name: _numbered(text, found[1]) for name, text in given.items()}
        else:
            return made
    raise LetterCanNotBeSet("The letter has too many characters that no font here can show.")


def _numbered(text: str, unknown: str) -> str:
    """Write each character of `unknown` as its Unicode number; text that is ASCII stays."""
    for character in set(unknown):
        if not character.isascii():
            text = text.replace(character, f"[U+{ord(character):04X}]")
    return text
