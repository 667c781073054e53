"""Keyset paging: a page costs the same at the start and at the end of a long list."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import models
from ninja import Field, Schema

M = TypeVar("M", bound=models.Model)
LARGEST_PAGE = 100


class Paging(Schema):
    """`after` is the id of the last item seen; items come newest first."""

    limit: int = Field(25, ge=1, le=LARGEST_PAGE)
    after: str = ""


def page(rows: "models.QuerySet[M]", paging: Paging, shown: Callable[[M], Any]) -> dict[str, Any]:
    """Return one page, newest first (ids sort by time), and where the next one starts."""
    rows = rows.order_by("-pk")
    if paging.after:
        rows = rows.filter(pk__lt=paging.after)
    found = list(rows[: paging.limit + 1])
    more = len(found) > paging.limit
    items = found[: paging.limit]
    return {"items": [shown(item) for item in items], "next": items[-1].pk if more else None}
