"""How a body is read: as JSON by its standard (RFC 8259), and only text that can be stored."""

import json
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser


class StrictJson(Parser):
    """Takes no NaN or infinity, no half of a character (a lone surrogate), and no nesting without end."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the document. Raises `ValueError`, which is answered with 400."""
        try:
            document = json.loads(request.body.decode(), parse_constant=_refuse)
        except RecursionError:
            raise ValueError("this is nested too deeply") from None
        if b"\\ud" in request.body.lower():  # only an escape can write half a character
            json.dumps(document, ensure_ascii=False).encode()
        return document


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
