"""Questions that every message asks of the database: Django finds their words once, and not for each message."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, NamedTuple, Self, TypeVar

from django.db import connection, models
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)


class Question(Generic[M]):
    """The first of the rows that a query set finds for some texts (ids, names), which its words don't depend on.

    `Question(lambda pk: Offer.objects.filter(pk=pk, state="open"))`: it is called once, with blanks for the texts.
    """

    def __init__(self, rows: "Callable[..., models.QuerySet[M]]") -> None:
        self._rows = rows

    def first(self, *texts: str) -> M | None:
        """Return the first row with all that the query set selects, or None."""
        form = self._form
        with connection.cursor() as cursor:
            cursor.execute(form.words, [texts[p.at] if isinstance(p, _Blank) else p for p in form.filled])
            found = cursor.fetchall()
        if not found:
            return None
        row = list(found[0])
        for at, (readers, expression) in form.readers.items():
            for read in readers:
                row[at] = read(row[at], expression, connection)
        made: M = form.model.from_db(connection.alias, form.names, row[form.own])
        for populator in form.related:
            populator.populate(row, made)
        return made

    @cached_property
    def _form(self) -> "_Form":
        rows: Any = self._rows(*map(_Blank, range(self._rows.__code__.co_argcount)))
        ordered = rows if rows.ordered else rows.order_by("pk")
        compiler = ordered[:1].query.get_compiler(connection=connection)
        words, filled = compiler.as_sql()
        told, columns = compiler.klass_info, compiler.select
        own = slice(told["select_fields"][0], told["select_fields"][-1] + 1)
        return _Form(
            words,
            filled,
            compiler.get_converters([column[0] for column in columns]),
            told["model"],
            [column[0].target.attname for column in columns[own]],
            own,
            get_related_populators(told, columns, connection.alias),  # type: ignore[call-arg] # of a later Django
        )


class _Form(NamedTuple):
    """A question's words with the values to fill in, and how its answer is read."""

    words: str
    filled: tuple[Any, ...]
    readers: dict[int, tuple[list[Any], Any]]
    model: Any
    names: list[str]
    own: slice
    related: list[Any]


class _Blank(str):
    """Stands where a text comes; Django hands it through as it is."""

    __slots__ = ("at",)
    at: int

    def __new__(cls, at: int) -> Self:
        blank = super().__new__(cls, f"blank {at}")
        blank.at = at
        return blank
