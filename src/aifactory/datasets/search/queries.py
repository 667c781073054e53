# ruff: noqa: S608 - the SQL is put together from our own names; every value is a parameter
"""Asking the index: best first, with facets, page by page, at a cost that does not grow with the catalogue.

What a viewer may not see is left out before anything is ranked or counted. Without words the figures are those of
the tally. On PostgreSQL, words that very many datasets have are looked for among the newest `LOOKED` alone, unless
`every` is asked for: to rank all hits takes time for each of them. SQLite is for small catalogues, and ranks all.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from aifactory.datasets.search.full_text import WEIGHTS
from aifactory.datasets.search.models import FACETS, Card, Tally
from aifactory.datasets.search.words import alternatives, split

TABLE = Card._meta.db_table  # noqa: SLF001
#: `source` of a card that is our own, as it is written in an address.
HERE = "here"
#: So many of the newest are looked through, where at least `MANY` of them have the words.
LOOKED, MANY = 2_500, 25
_MOST_WORDS = 8


@dataclass(frozen=True)
class Wish:
    """What is looked for: words, and one value for each facet (empty: all)."""

    text: str = ""
    theme: str = ""
    access: str = ""
    source: str = ""


@dataclass(frozen=True)
class Found:
    """A page of cards, where the next one starts, how many there are, and how many under each facet.

    The figures beside a facet hold under the other facets that were chosen. `looked`: how many of the newest
    datasets were looked through, where that were not all.
    """

    cards: list[Card]
    next: str
    count: int
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    looked: int | None = None


@dataclass(frozen=True)
class _Matches:
    """What is asked of the cards: FROM and WHERE, their parameters, and the rank (a whole number, best highest).

    `number` is how many match, where one statement can tell both: FTS5 can't, and the facets know then.
    """

    cards: str
    where: str
    parameters: Sequence[Any]
    rank: str = "0"
    number: str = "0"
    looked: int | None = None


def search(wish: Wish, *, signed_in: bool, after: str = "", size: int = 25, every: bool = False) -> Found:
    """Return one page. `after` is the `next` of the page before; one that makes no sense starts anew."""
    words = [alternatives(word) for word in split(wish.text)[:_MOST_WORDS]]
    narrowed = Wish(theme=wish.theme, access=wish.access, source=wish.source)
    with connection.cursor() as cursor:
        matches = _matches(cursor, words, narrowed, signed_in=signed_in, every=every)
        hits = _page(cursor, matches, _after(after), size + 1)
        if words:
            wide = matches
            if narrowed != Wish():
                wide = _matches(cursor, words, Wish(), signed_in=signed_in, every=every)
            rows, looked = _counted(cursor, wide), matches.looked or wide.looked
        else:
            rows, looked = _tallied(signed_in=signed_in), None
    facets, count = _facets(rows, wish)
    cards = Card.objects.select_related("found__source").in_bulk([row[0] for row in hits[:size]])
    return Found(
        cards=[cards[row[0]] for row in hits[:size]],
        next=f"{hits[size - 1][1]}.{hits[size - 1][2]}" if len(hits) > size else "",
        count=(hits[0][3] if hits else 0) or count,
        facets=facets,
        looked=looked,
    )


def _page(cursor: CursorWrapper, asked: _Matches, start: Sequence[Any], size: int) -> list[Any]:
    """Return id, rank, key and the number of all hits, of the hits after `start`."""
    page = ""
    if start and asked.rank == "0":
        page, start = "WHERE key < %s", start[1:]  # an index goes straight there
    elif start:
        page = "WHERE (rank, key) < (%s, %s)"
    cursor.execute(
        f"SELECT id, rank, key, number FROM (SELECT {TABLE}.id, {asked.rank} AS rank, {TABLE}.key, "
        f"{asked.number} AS number FROM {asked.cards} WHERE {asked.where}) AS hits {page} "
        "ORDER BY rank DESC, key DESC LIMIT %s",
        [*asked.parameters, *start, size],
    )
    return list(cursor.fetchall())


def _counted(cursor: CursorWrapper, asked: _Matches) -> list[Any]:
    facets = ", ".join(f"{TABLE}.{name}" for name in FACETS)
    cursor.execute(
        f"SELECT {facets}, count(*) FROM {asked.cards} WHERE {asked.where} GROUP BY 1, 2, 3", asked.parameters
    )
    return list(cursor.fetchall())


def _tallied(*, signed_in: bool) -> list[Any]:
    rows = Tally.objects.filter(number__gt=0).values_list(*FACETS, "number")
    return list(rows if signed_in else rows.exclude(access="nonpublic"))


def _matches(
    cursor: CursorWrapper, words: list[list[str]], chosen: Wish, *, signed_in: bool, every: bool
) -> _Matches:
    """Return where to look for words among the cards that a viewer sees, narrowed down to the chosen facets."""
    parts = [] if signed_in else [f"{TABLE}.access <> 'nonpublic'"]
    values = {name: value for name in FACETS if (value := getattr(chosen, name))}
    parts += [f"{TABLE}.{name} = %s" for name in values]
    visible = " AND ".join(parts) or "1 = 1"
    parameters = ["" if item == ("source", HERE) else item[1] for item in values.items()]
    if not words:
        return _Matches(TABLE, visible, parameters)
    if connection.vendor == "sqlite":
        return _in_sqlite(words, visible, parameters)
    asked = _in_postgresql(words, visible, parameters)
    return asked if every else _among_newest(cursor, asked, visible, parameters) or asked


def _in_sqlite(words: list[list[str]], visible: str, parameters: list[str]) -> _Matches:
    asked = " AND ".join(
        "(" + " OR ".join(f'"{w}"{end}' for w in group for end in _ends(w, "*")) + ")" for group in words
    )
    return _Matches(
        f"{TABLE}_fts JOIN {TABLE} ON {TABLE}.id = {TABLE}_fts.rowid",
        f"{TABLE}_fts MATCH %s AND {visible}",
        [asked, *parameters],
        f"CAST(-1000000000 * bm25({TABLE}_fts, {', '.join(map(str, WEIGHTS))}) AS INTEGER)",
    )


def _in_postgresql(words: list[list[str]], visible: str, parameters: list[str]) -> _Matches:
    asked = " & ".join("(" + " | ".join(f"'{w}'{_ends(w, ':*')[-1]}" for w in group) + ")" for group in words)
    # PostgreSQL takes a word and what begins with it for one: the words themselves are ranked apart.
    whole = " | ".join(f"'{w}'" for group in words for w in group)
    return _Matches(
        f"{TABLE}, to_tsquery('simple', %s) AS asked, to_tsquery('simple', %s) AS whole",
        f"{TABLE}.words @@ asked AND {visible}",
        [asked, whole, *parameters],
        f"CAST(1000000000 * (ts_rank({TABLE}.words, asked) + ts_rank({TABLE}.words, whole)) AS BIGINT)",
        "count(*) OVER ()",
    )


def _among_newest(
    cursor: CursorWrapper, asked: _Matches, visible: str, parameters: list[str]
) -> _Matches | None:
    """Return the same among the newest cards, where there are more than those and many of them have the words."""
    newest = f"(SELECT * FROM {TABLE} WHERE {visible} ORDER BY key DESC LIMIT {LOOKED}) AS {TABLE}"
    cards, both = asked.cards.replace(TABLE, newest, 1), [*parameters, *asked.parameters]
    cursor.execute(
        f"SELECT count(*) = {MANY} AND EXISTS "
        f"(SELECT 1 FROM {TABLE} WHERE {visible} ORDER BY key DESC OFFSET {LOOKED}) "
        f"FROM (SELECT 1 FROM {cards} WHERE {asked.where} LIMIT {MANY}) AS those",
        [*parameters, *both],
    )
    (too_many,) = cursor.fetchone()
    return replace(asked, cards=cards, parameters=both, looked=LOOKED) if too_many else None


def _ends(word: str, mark: str) -> tuple[str, ...]:
    """A word of four letters and more also finds what begins with it: Dutch writes compounds as one word.

    It is asked for whole as well, so that the word itself comes before its compounds.
    """
    return ("", mark) if len(word) >= 4 else ("",)


def _after(after: str) -> tuple[int, str] | tuple[()]:
    rank, _, key = after.partition(".")
    try:
        return (int(rank), key) if key.isascii() and len(after) < 80 and abs(int(rank)) < 2**62 else ()
    except ValueError:
        return ()


def _facets(rows: list[tuple[Any, ...]], wish: Wish) -> tuple[dict[str, list[tuple[str, int]]], int]:
    """Return the figures of each facet under the others that were chosen, and of all together."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    total = 0
    for *values, n in rows:
        said = dict(zip(FACETS, values, strict=True)) | {"source": values[2] or HERE}
        misses = [name for name in FACETS if getattr(wish, name) not in ("", said[name])]
        total += 0 if misses else n
        for name in FACETS:
            if said[name] and not set(misses) - {name}:
                counts[name][said[name]] += n
    return {
        name: sorted(found.items(), key=lambda item: (-item[1], item[0])) for name, found in counts.items()
    }, total
