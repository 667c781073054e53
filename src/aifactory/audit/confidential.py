"""What is kept from whom until it is public: each room says so once, and every view of the log asks here.

The public log goes on without a gap: an event that is kept back is shown as its leaf alone, so that the whole
can be verified, and nobody learns what the leaf stands for.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from aifactory.audit.record import Record

#: from a viewer (None: the public) to the records of a kind that this viewer may not know of
_kept_back: dict[type[Record], Callable[[Any], QuerySet[Any]]] = {}


#: kinds of records of which some public fields are shown for some records only
_withheld: dict[type[Record], tuple[frozenset[str], Callable[[Collection[str]], Collection[str]]]] = {}


def keep_back(model: type[Record], hidden: Callable[[Any], QuerySet[Any]]) -> None:
    """State which records of `model` a viewer (None: the public) may not know of, as a queryset of them."""
    _kept_back[model] = hidden


def withhold(
    model: type[Record], fields: Collection[str], *, shown: Callable[[Collection[str]], Collection[str]]
) -> None:
    """State that public `fields` of `model` are withheld in exports but for the records that `shown` returns of
    some ids. Their commitments are there either way, so what is shown later can be checked against them.
    """
    _withheld[model] = (frozenset(fields), shown)


def public_fields(model: type[Record], keys: Collection[str]) -> dict[str, frozenset[str]]:
    """Return which fields a public export shows of each of these records, by id."""
    fields, shown = _withheld.get(model, (frozenset[str](), lambda ids: ids))
    named = set(shown(keys))
    return {key: model.PUBLIC_FIELDS - (frozenset() if key in named else fields) for key in keys}


def hidden_things(viewer: Any, *labels: str) -> QuerySet[Any]:
    """Return the names (`room.model:id`) of what is kept from a viewer (None: the public), in one query.

    `labels`: of these kinds only, such as `access.application`.
    """
    parts = [
        _names(model, hidden(viewer))
        for model, hidden in _kept_back.items()
        if not labels or model._meta.label_lower in labels  # noqa: SLF001 - Django's own name
    ]
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]


def hidden_among(things: Iterable[str], viewer: Any) -> frozenset[str]:
    """Return which of these names are kept from a viewer, in at most one query."""
    asked: dict[str, list[str]] = {}
    for thing in set(things):
        label, _colon, pk = thing.partition(":")
        asked.setdefault(label, []).append(pk)
    parts = [
        _names(model, hidden(viewer).filter(pk__in=asked[model._meta.label_lower]))  # noqa: SLF001
        for model, hidden in _kept_back.items()
        if model._meta.label_lower in asked  # noqa: SLF001
    ]
    if not parts:
        return frozenset()
    return frozenset(parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0])


def _names(model: type[Record], rows: QuerySet[Any]) -> QuerySet[Any]:
    label = Value(f"{model._meta.label_lower}:")  # noqa: SLF001
    name = Concat(label, Cast("pk", TextField()), output_field=TextField())
    names: QuerySet[Any] = rows.order_by().annotate(hidden_thing=name).values_list("hidden_thing", flat=True)
    return names
