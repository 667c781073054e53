"""What is kept from whom until it is public: each room says so once, and every view of the log asks here.

The public log goes on without a gap: an event that is kept back is shown as its leaf alone, so that the whole
can be verified, and nobody learns what the leaf stands for.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import CharField, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from aifactory.audit.record import Record

#: from a viewer (None: the public) to the records of a kind that this viewer may not know of
_kept_back: dict[type[Record], Callable[[Any], QuerySet[Any]]] = {}


def keep_back(model: type[Record], hidden: Callable[[Any], QuerySet[Any]]) -> None:
    """State which records of `model` a viewer (None: the public) may not know of, as a queryset of them."""
    _kept_back[model] = hidden


def hidden_things(viewer: Any, *models: type[Record]) -> QuerySet[Any]:
    """Return the names (`room.model:id`) of what is kept from a viewer, in one query: of these kinds, or of all."""
    parts = [
        hidden(viewer)
        .order_by()
        .annotate(
            hidden_thing=Concat(
                Value(f"{model._meta.label_lower}:"), Cast("pk", TextField()), output_field=CharField()  # noqa: SLF001
            )
        )
        .values_list("hidden_thing", flat=True)
        for model, hidden in _kept_back.items()
        if not models or model in models
    ]
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]


def hidden_among(things: Iterable[str], viewer: Any) -> frozenset[str]:
    """Return which of these names are kept from a viewer, in at most one query."""
    asked: dict[str, list[str]] = {}
    for thing in set(things):
        label, _colon, pk = thing.partition(":")
        asked.setdefault(label, []).append(pk)
    parts = [
        hidden(viewer)
        .filter(pk__in=asked[label])
        .order_by()
        .annotate(hidden_thing=Concat(Value(f"{label}:"), Cast("pk", TextField()), output_field=CharField()))
        .values_list("hidden_thing", flat=True)
        for model, hidden in _kept_back.items()
        if (label := model._meta.label_lower) in asked  # noqa: SLF001
    ]
    if not parts:
        return frozenset()
    return frozenset(parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0])


def is_hidden(thing: str, viewer: Any) -> bool:
    """Say whether a record is kept from a viewer."""
    return bool(hidden_among([thing], viewer))
