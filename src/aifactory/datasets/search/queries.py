# ruff: noqa: S608 - the SQL is put together from our own names; every value is a parameter
"""Asking the index: best first, with facets, page by page; one statement for the page, one for the facets.

What a viewer may not see is left out before anything is ranked or counted.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from aifactory.datasets.search.full_text import WEIGHTS
from aifactory.datasets.search.models import Card
from aifactory.datasets.search.words import alternatives, split

TABLE = Card._meta.db_table  # noqa: SLF001
FACETS = ("theme", "access", "source")
#: `source` of a card that is our own, as it is written in an address.
HERE = "here"
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

    The figures beside a facet hold under the other facets that were chosen.
    """

    cards: list[Card]
    next: str
    count: int
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)


def search(wish: Wish, *, signed_in: bool, after: str = "", size: int = 25) -> Found:
    """Return one page. `after` is the `next` of the page before; one that makes no sense starts anew."""
    source, parameters, rank = _matching(wish.text, signed_in=signed_in)
    narrowed, chosen = "", []
    for name in FACETS:
        if value := getattr(wish, name):
            narrowed += f" AND {TABLE}.{name} = %s"
            chosen.append("" if (name, value) == ("source", HERE) else value)
    page, start = "", _after(after)
    if start:
        page, chosen = "WHERE (rank, key) < (%s, %s)", [*chosen, *start]
    sql = (
        f"SELECT id, rank, key FROM (SELECT {TABLE}.id, {rank} AS rank, {TABLE}.key {source}{narrowed}) AS hits "
        f"{page} ORDER BY rank DESC, key DESC LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, *chosen, size + 1])
        hits = cursor.fetchall()
        cursor.execute(
            f"SELECT {', '.join(f'{TABLE}.{name}' for name in FACETS)}, count(*) {source} GROUP BY 1, 2, 3",
            parameters,
        )
        counted = cursor.fetchall()
    cards = Card.objects.select_related("found__source").in_bulk([row[0] for row in hits[:size]])
    following = f"{hits[size - 1][1]}.{hits[size - 1][2]}" if len(hits) > size else ""
    facets, count = _facets(counted, wish)
    return Found([cards[row[0]] for row in hits[:size]], following, count, facets)


def _matching(text: str, *, signed_in: bool) -> tuple[str, list[Any], str]:
    """Return FROM and WHERE with their parameters, and the expression of the rank: a whole number, best highest."""
    visible = "" if signed_in else f" AND {TABLE}.access <> 'nonpublic'"
    words = [alternatives(word) for word in split(text)[:_MOST_WORDS]]
    if not words:
        return f"FROM {TABLE} WHERE 1 = 1{visible}", [], "0"
    if connection.vendor == "sqlite":
        asked = " AND ".join(
            "(" + " OR ".join(f'"{w}"{end}' for w in group for end in _ends(w, "*")) + ")" for group in words
        )
        weights = ", ".join(map(str, WEIGHTS))
        joined = f"{TABLE}_fts JOIN {TABLE} ON {TABLE}.id = {TABLE}_fts.rowid"
        return (
            f"FROM {joined} WHERE {TABLE}_fts MATCH %s{visible}",
            [asked],
            f"CAST(-1000000000 * bm25({TABLE}_fts, {weights}) AS INTEGER)",
        )
    asked = " & ".join("(" + " | ".join(f"'{w}'{_ends(w, ':*')[-1]}" for w in group) + ")" for group in words)
    # PostgreSQL takes a word and what begins with it for one: the words themselves are ranked apart.
    whole = " | ".join(f"'{w}'" for group in words for w in group)
    return (
        f"FROM {TABLE}, to_tsquery('simple', %s) AS asked, to_tsquery('simple', %s) AS whole "  # noqa: ISC003
        + f"WHERE {TABLE}.words @@ asked{visible}",
        [asked, whole],
        f"CAST(1000000000 * (ts_rank({TABLE}.words, asked) + ts_rank({TABLE}.words, whole)) AS BIGINT)",
    )


def _ends(word: str, mark: str) -> tuple[str, ...]:
    """A word of four letters and more also finds what begins with it: Dutch writes compounds as one word.

    It is asked for whole as well, so that the word itself comes before its compounds.
    """
    return ("", mark) if len(word) >= 4 else ("",)


def _after(after: str) -> tuple[int, str] | None:
    rank, _, key = after.partition(".")
    try:
        return (int(rank), key) if key.isascii() and len(after) < 80 and abs(int(rank)) < 2**62 else None
    except ValueError:
        return None


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
