"""What the factory wrote down in one language, said in the reader's.

A record keeps why something was refused, stopped or failed as one sentence, in the language of whoever was at it: the
worker's is English. The log, the API and another site get that sentence as it stands. A page finds the words that it
was made of, in our catalogue of translations and in `retelling.toml` for what agents and engines say, and says it again
with the same names and figures. A sentence that somebody wrote, or that is made of no known words, stays as it is.
"""

import gettext
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings

PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
ENDS = re.compile(r"(?<=[.?:;!]) ")
#: Letters that a sentence with places must have of its own to be known by them.
ENOUGH = 10


@dataclass(frozen=True)
class Words:
    """A sentence with places for names and figures: what fits it, how it begins, and the same in the other language."""

    fits: re.Pattern[str]
    begins: str
    letters: int
    same: str


@dataclass(frozen=True)
class Known:
    """All sentences that can be said in one language: whole ones, and those with places, the most telling first."""

    whole: dict[str, str]
    placed: tuple[Words, ...]


def retold(text: object, language: str) -> str:
    """Return a text that the factory wrote, in `language` as far as its words are known."""
    return _retold(str(text or ""), "nl" if language.startswith("nl") else "en")


@lru_cache(maxsize=2_000)
def _retold(text: str, language: str) -> str:
    """Say a text again, sentence by sentence: what is to be done stands behind what is the matter."""
    ends = [end.start() for end in ENDS.finditer(text)]
    for end in (*ends, len(text)):
        if (said := _said(text[:end], language)) is not None:
            return f"{said} {_retold(text[end + 1 :], language)}".strip()
    if not ends:
        return text
    return f"{text[: ends[0]]} {_retold(text[ends[0] + 1 :], language)}"


def _said(text: str, language: str) -> str | None:
    """Return one sentence in the language, None where its words are not known."""
    known = _known(language)
    if text in known.whole:
        return known.whole[text]
    for words in known.placed:
        if text.startswith(words.begins) and (found := words.fits.fullmatch(text)):
            given = {name: _within(value, language) for name, value in found.groupdict().items()}
            return _filled(words.same, given)
    return None


def _filled(words: str, given: dict[str, str]) -> str:
    return PLACE.sub(lambda place: given.get(place[1] or place[2], place[0]), words)


def _within(value: str, language: str) -> str:
    """Return what stands in a place: words of three and more are said again, a name or a figure is not.

    What somebody gave as a reason stands behind them in brackets.
    """
    words, bracket, given = value.partition(" (")
    return f"{_retold(words, language)}{bracket}{given}" if words.count(" ") > 1 else value


@cache
def _known(language: str) -> Known:
    pairs = [(en, nl) if language == "nl" else (nl, en) for en, nl in _pairs()]
    whole = {source: same for source, same in pairs if not PLACE.search(source)}
    placed = [_words(source, same) for source, same in pairs if PLACE.search(source)]
    telling = sorted((one for one in placed if one.letters >= ENOUGH), key=lambda one: -one.letters)
    return Known(whole, tuple(telling))


def _pairs() -> Iterator[tuple[str, str]]:
    """Yield every sentence in English and in Dutch."""
    for sentence in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))[
        "sentence"
    ]:
        yield sentence["en"], sentence["nl"]
    for folder in settings.LOCALE_PATHS:
        catalogue = gettext.translation("django", str(folder), ["nl"], fallback=True)
        yield from (
            (en, nl)
            for en, nl in getattr(catalogue, "_catalog", {}).items()
            if isinstance(en, str) and en and nl and "\x04" not in en
        )


def _words(source: str, same: str) -> Words:
    parts, names, pattern = PLACE.split(source), set[str](), ""
    literal = [*parts[::3]]
    for number, text in enumerate(literal):
        pattern += re.escape(text.replace("%%", "%"))
        if number < len(literal) - 1:
            name = parts[3 * number + 1] or parts[3 * number + 2]
            pattern += f"(?P={name})" if name in names else f"(?P<{name}>.+?)"
            names.add(name)
    letters = sum(char.isalpha() for text in literal for char in text)
    return Words(
        re.compile(pattern, re.DOTALL), literal[0].replace("%%", "%"), letters, same.replace("%%", "%")
    )
