"""The API's own description of its operations, made once a process: it takes seconds."""

from functools import cache
from typing import Any

from aifactory.api import api


@cache
def operations() -> dict[str, dict[str, dict[str, Any]]]:
    """Return path → verb → what OpenAPI says of it."""
    paths: dict[str, dict[str, dict[str, Any]]] = api.get_openapi_schema()["paths"]
    return paths
