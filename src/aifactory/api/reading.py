"""How a body is read: as JSON by its standard (RFC 8259), and only text that can be stored."""

import json
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser


class StrictJson(Parser):
    """Reads the bodies of the API with `strict`."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the document. Raises `ValueError`, which is answered with 400."""
        return strict(request.body)


def strict(body: bytes) -> Any:
    """Read JSON without NaN or infinity, half a character (a lone surrogate), or nesting without end.

    Raises `ValueError`.
    """
    try:
        document = json.loads(body.decode(), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("this is nested too deeply") from None
    if b"\\ud" in body.lower():  # only an escape can write half a character
        json.dumps(document, ensure_ascii=False).encode()
    return document


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
