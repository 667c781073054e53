"""The field's words with their meaning in both languages, from the data file beside this one."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True)
class Term:
    """One word: its anchor on the page, and word and meaning by language."""

    anchor: str
    words: dict[str, str]
    meanings: dict[str, str]


@lru_cache
def terms() -> tuple[Term, ...]:
    """Return all terms as the file lists them."""
    told = tomllib.loads(files("aifactory.web").joinpath("glossary.toml").read_text())
    languages = ("en", "nl")
    return tuple(
        Term(anchor, {code: term[code][0] for code in languages}, {code: term[code][1] for code in languages})
        for anchor, term in told.items()
    )


def sorted_in(language: str) -> list[Term]:
    """Return all terms in the alphabet of one language."""
    return sorted(terms(), key=lambda term: term.words[language].casefold())
