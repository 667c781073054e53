"""What every record of the house is: an opaque id, a moment of creation, and a document that can be digested."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models

from aifactory.kit import clock, ids
from aifactory.kit.lifecycle import Lifecycle

LARGEST_EXACT_INTEGER = 2**53 - 1  # beyond it JSON readers disagree (RFC 8785 section 3.2.2.3)


class Record(models.Model):
    """A row whose every change is an event.

    Subclasses set `PREFIX` (of the id), `PUBLIC_FIELDS` (shown in the public export; the others appear there
    as commitments only), `PRIVATE` (fields that are no part of the record, e.g. a password), `LATER` (fields that
    came after the first release), and `LIFECYCLE` where they have a `state`.
    """

    PREFIX: ClassVar[str] = "rec"
    PUBLIC_FIELDS: ClassVar[frozenset[str]] = frozenset()
    PRIVATE: ClassVar[frozenset[str]] = frozenset()
    LATER: ClassVar[frozenset[str]] = frozenset()
    LIFECYCLE: ClassVar[Lifecycle]

    id = models.CharField(max_length=40, primary_key=True, editable=False)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.pk:
            self.id = ids.new_id(self.PREFIX)
        if not self.__dict__.get("created_at"):
            self.created_at = clock.now()

    def __str__(self) -> str:
        return self.pk

    def _do_insert(self, manager: Any, using: Any, fields: Any, returning_fields: Any, raw: Any) -> Any:
        """Take over what the row holds in the statement that inserts it: the digest in the log is over that."""
        every = self._meta.concrete_fields
        (row,) = super()._do_insert(manager, using, fields, every, raw)  # type: ignore[misc]
        for field, value in zip(every, row, strict=True):
            setattr(self, field.attname, value)
        return [tuple(getattr(self, field.attname) for field in returning_fields)]

    @property
    def thing(self) -> str:
        """The name under which the log knows this record."""
        return f"{self._meta.label_lower}:{self.pk}"

    def document(self) -> dict[str, Any]:
        """Return the record's facts as plain JSON; the digest in the log is over these.

        A field of `LATER` is left out while it holds its default: a record from before it came keeps its digest.
        """
        return {
            field.attname: plain(getattr(self, field.attname), field)
            for field in self._meta.concrete_fields
            if field.attname not in self.PRIVATE and not self._unsaid(field)
        }

    def _unsaid(self, field: "models.Field[Any, Any]") -> bool:
        return field.attname in self.LATER and getattr(self, field.attname) == field.get_default()


def plain(value: Any, field: "models.Field[Any, Any] | None" = None) -> Any:  # noqa: PLR0911 - one line a type
    """Return a value as JSON that reads the same before and after a trip through either database."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_EXACT_INTEGER else str(value)
    if isinstance(value, dt.datetime):
        return clock.stamp(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        places = getattr(field, "decimal_places", None)
        return str(value.quantize(Decimal(1).scaleb(-places)) if places is not None else value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value
