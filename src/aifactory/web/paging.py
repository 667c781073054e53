"""Keyset paging for pages: the address carries the last id seen."""

from typing import TypeVar

from django.db import models
from django.http import HttpRequest

M = TypeVar("M", bound=models.Model)
ROWS = 25


def page(request: HttpRequest, rows: "models.QuerySet[M]", *, size: int = ROWS) -> tuple[list[M], str | None]:
    """Return one page, newest first (ids sort by time), and the address of the next one."""
    rows = rows.order_by("-pk")
    if after := request.GET.get("after"):
        rows = rows.filter(pk__lt=after)
    found = list(rows[: size + 1])
    if len(found) <= size:
        return found, None
    query = request.GET.copy()
    query["after"] = found[size - 1].pk
    return found[:size], f"?{query.urlencode()}"
