"""Keyset paging for pages: the address carries the last id seen."""

from typing import Any, TypeVar

from django.db import models
from django.http import HttpRequest

Row = TypeVar("Row")
ROWS = 25


def page(
    request: HttpRequest, rows: "models.QuerySet[Any, Row]", *, size: int = ROWS
) -> tuple[list[Row], str | None]:
    """Return one page, newest first (ids sort by time), and the address of the next one.

    The rows are records, or named tuples with their `pk`.
    """
    rows = rows.order_by("-pk")
    if after := request.GET.get("after"):
        rows = rows.filter(pk__lt=after)
    found = list(rows[: size + 1])
    if len(found) <= size:
        return found, None
    query = request.GET.copy()
    query["after"] = found[size - 1].pk  # type: ignore[attr-defined]
    return found[:size], f"?{query.urlencode()}"
