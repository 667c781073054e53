"""RFC 9457 problem documents."""

import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse


def problem(request: HttpRequest, status: int, kind: str, detail: str, **extra: Any) -> HttpResponse:
    """Return one problem; `kind` is the name of the error, its title the same in words."""
    title = re.sub(r"(?<!^)(?=[A-Z])", " ", kind).capitalize()
    body = {"type": f"urn:aifactory:problem:{kind}", "title": title, "status": status, "detail": detail}
    body |= {"instance": request.path} | {key: value for key, value in extra.items() if value}
    response = HttpResponse(json.dumps(body), status=status, content_type="application/problem+json")
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response
