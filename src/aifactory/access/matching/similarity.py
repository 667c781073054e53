"""How near what people wrote is to what is to be judged: a score for each person and item.

Two models with one signature, both without training, so that they hold for people and texts never seen
before. `tfidf` compares words and pairs of words, each weighing more the fewer texts have it; `embedding`
compares meanings with a small language model on this machine (an extra). A person's score on an item is the
mean over the three works nearest to it: one lucky work does not make an expert, and a broad past is no loss.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from aifactory.access.matching.words import STOP_WORDS, stem
from aifactory.kit.errors import Refused

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_array

NEAREST = 3
TITLE_WEIGHT = 2
#: rows of works that are held as a dense table at a time
BLOCK = 256
WORD = re.compile(r"[^\W_]+")


class Model(StrEnum):
    """How texts are compared; `both` adds the two, each by its own spread."""

    TFIDF = "tfidf"
    EMBEDDING = "embedding"
    BOTH = "both"


@dataclass(frozen=True)
class Text:
    """A title and an abstract; either may be empty."""

    title: str
    abstract: str = ""


@dataclass(frozen=True)
class Person:
    """Somebody who may judge, with what they wrote."""

    id: str
    works: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Item:
    """What is to be judged."""

    id: str
    text: Text


class MatchingIsNotInstalled(Refused):
    """The numerical libraries are an extra that this installation does not have."""


def require(*modules: str) -> None:
    """Raise `MatchingIsNotInstalled` where a library is missing."""
    from importlib.util import find_spec

    if missing := [name for name in modules if find_spec(name) is None]:
        raise MatchingIsNotInstalled(
            f"Matching needs {' and '.join(missing)}, which this installation does not have.",
            next_step="Install aifactory[matching], or aifactory[embedding] for the language model.",
        )


def scores(people: Sequence[Person], items: Sequence[Item], model: Model = Model.TFIDF) -> "np.ndarray":
    """Return a table of scores from 0 to 1, a row for each person and a column for each item.

    Who wrote nothing, and what says nothing, score 0. Raises `MatchingIsNotInstalled`.
    """
    import numpy as np

    rows = list(score_rows(people, items, model))
    return np.vstack(rows) if rows else np.zeros((0, len(items)))


def score_rows(
    people: Sequence[Person], items: Sequence[Item], model: Model = Model.TFIDF
) -> "Iterator[np.ndarray]":
    """Yield the scores of one person after another, so that a large table need not be held at once."""
    require("numpy", "scipy")
    works, owners = _distinct_works(people)
    texts = [item.text for item in items]
    if model is Model.BOTH:
        yield from _added(people, items)
        return
    cosines = tfidf_cosines if model is Model.TFIDF else _embedding_cosines
    yield from _mean_of_nearest(cosines(works, texts), owners, len(people), len(items))


def _distinct_works(people: Sequence[Person]) -> tuple[list[Text], list[int]]:
    """Return all works with the row of their author; one that is there twice in a person's list counts once."""
    works: list[Text] = []
    owners: list[int] = []
    for row, person in enumerate(people):
        seen: set[tuple[str, ...]] = set()
        for work in person.works:
            key = tuple(words(f"{work.title} {work.abstract}"))
            if key and key not in seen:
                seen.add(key)
                works.append(work)
                owners.append(row)
    return works, owners


def _mean_of_nearest(
    blocks: "Iterator[np.ndarray]", owners: list[int], people: int, items: int
) -> "Iterator[np.ndarray]":
    """Gather the rows of each person's works and yield the mean of the highest three in each column."""
    import numpy as np

    rows = (row for block in blocks for row in block)
    position = 0
    for person in range(people):
        mine = []
        while position < len(owners) and owners[position] == person:
            mine.append(next(rows))
            position += 1
        if not mine:
            yield np.zeros(items)
            continue
        table = np.array(mine)
        if len(table) > NEAREST:
            table = np.partition(table, len(table) - NEAREST, axis=0)[-NEAREST:]
        yield np.clip(table.mean(axis=0, dtype=np.float64), 0.0, 1.0)


def _added(people: Sequence[Person], items: Sequence[Item]) -> "Iterator[np.ndarray]":
    """Yield the sum of both models' scores, each over its standard deviation, as a share of the highest."""
    first, second = scores(people, items, Model.TFIDF), scores(people, items, Model.EMBEDDING)
    table = first / (first.std() or 1.0) + second / (second.std() or 1.0)
    yield from table / (table.max() if table.size and table.max() > 0 else 1.0)


def _embedding_cosines(works: Sequence[Text], items: Sequence[Text]) -> "Iterator[np.ndarray]":
    from aifactory.access.matching.embedding import embed

    columns = embed(items).T
    rows = embed(works)
    for start in range(0, len(works), BLOCK):
        yield rows[start : start + BLOCK] @ columns


def words(text: str) -> list[str]:
    """Return the words of a text as they are compared: no case, no accents, no plural, no stop words."""
    flat = unicodedata.normalize("NFKD", text).casefold()
    flat = "".join(letter for letter in flat if not unicodedata.combining(letter))
    return [stem(word) for word in WORD.findall(flat) if len(word) > 1 and word not in STOP_WORDS]


def tfidf_cosines(works: Sequence[Text], items: Sequence[Text]) -> "Iterator[np.ndarray]":
    """Yield the cosines of works (rows, in blocks) with items (columns) over words and pairs of words.

    Weights are 1 + ln(count), times 1 + ln((1 + n) / (1 + n_t)) where n_t of the n texts have the term, at
    length one (Manning, Raghavan and Schütze 2008, section 6.4). A title's words count twice.
    """
    table = _weights([*works, *items])
    columns = table[len(works) :].T.tocsr()
    for start in range(0, len(works), BLOCK):
        yield (table[start : min(start + BLOCK, len(works))] @ columns).toarray()


def _weights(texts: Sequence[Text]) -> "csr_array":
    import numpy as np
    from scipy.sparse import csr_array

    row, term = _terms(texts)
    known, column = np.unique(term, return_inverse=True)
    counts = csr_array((np.ones(len(row)), (row, column)), shape=(len(texts), len(known)))
    counts.sum_duplicates()
    frequency = np.bincount(counts.indices, minlength=len(known))
    counts.data = 1 + np.log(counts.data)
    counts.data *= (1 + np.log((1 + len(texts)) / (1 + frequency)))[counts.indices]
    # A term of one text alone matches nothing; it stays in that text's length and need not be stored.
    length = np.sqrt(
        np.bincount(np.repeat(np.arange(len(texts)), np.diff(counts.indptr)), counts.data**2, len(texts))
    )
    counts.data /= np.repeat(np.maximum(length, 1e-12), np.diff(counts.indptr))
    return counts[:, np.flatnonzero(frequency > 1)]


def _terms(texts: Sequence[Text]) -> "tuple[np.ndarray, np.ndarray]":
    """Return (row, term) for each word and pair of neighbours, as often as it counts; a term is a number."""
    import numpy as np

    numbers: dict[str, int] = {}
    parts: list[tuple[int, list[int]]] = []
    for number, text in enumerate(texts):
        for part, weight in ((text.title, TITLE_WEIGHT), (text.abstract, 1)):
            found = [numbers.setdefault(word, len(numbers)) for word in words(part)]
            parts += [(number, found)] * weight
    rows = [np.full(len(found), number) for number, found in parts]
    singles = [np.array(found, dtype=np.int64) for _, found in parts]
    pairs = [(one[:-1] + 1) * len(numbers) + one[1:] for one in singles]
    none = [np.zeros(0, dtype=np.int64)]
    row = np.concatenate([*none, *rows, *(one[1:] for one in rows)])
    return row, np.concatenate([*none, *singles, *pairs])
