"""Words as the index keeps them: without accents and endings, so that `ziekenhuizen` finds `ziekenhuis`.

Light stemming, the same before indexing and before asking; both databases then compare plain strings.
English loses plurals, -ing and -ed (after Harman's S-stemmer and step 1 of Porter's). Dutch loses -en, -e and
-s, writes open and closed syllables alike (school, scholen), and v, z as f, s at the end (brieven, huizen).
"""

import re
import unicodedata
from functools import lru_cache

_STOP = frozenset(
    """
    the of and or in on at to for from with by is are was were be this that these those it its as not
    de het een en van op te voor met door zijn waren dit dat deze die er als niet aan bij uit om
    """.split()  # noqa: SIM905 - read as a list of words
)
_VOWELS = "aeiouy"
LONGEST = 40
_KEPT = 16_384  # a language's frequent words make most of any text


def split(text: str) -> list[str]:
    """Return the words of a text in order: lower case, without accents, without the emptiest ones."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return [word[:LONGEST] for word in re.findall(r"[^\W_]+", plain) if word not in _STOP]


def stems(text: str, language: str) -> str:
    """Return a text as the index keeps it: the stems of its words, in order, between spaces."""
    stem = {"nl": dutch, "en": english}.get(language, str)
    return " ".join(stem(word) for word in split(text))


def alternatives(word: str) -> list[str]:
    """Return how the index may have kept a word that is asked for: in Dutch, in English, as it is."""
    return sorted({dutch(word), english(word), word})


@lru_cache(maxsize=_KEPT)
def english(word: str) -> str:
    """Return the English stem of a lower-case word."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and any(c in _VOWELS for c in rest):
            word = rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
            break
    return word.removesuffix("e") if len(word) > 4 else word


@lru_cache(maxsize=_KEPT)
def dutch(word: str) -> str:
    """Return the Dutch stem of a lower-case word."""
    if word.endswith("heden"):
        word = word.removesuffix("heden") + "heid"
    for ending in ("en", "e", "s"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and rest[-1] not in _VOWELS and any(c in _VOWELS for c in rest):
            word = rest
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    word = re.sub(r"(a|e|o|u)\1(?=[^aeiou]$)", r"\1", word)
    return word[:-1] + {"v": "f", "z": "s"}.get(word[-1:], word[-1:])
