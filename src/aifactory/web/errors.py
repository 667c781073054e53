"""The pages for what went wrong outside a view."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from aifactory.kit.errors import Refused


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the browser sent something that can't be read; an upload that is too large says so (413)."""
    if isinstance(exception, Refused):
        return render(request, "errors/refused.html", {"refusal": exception}, status=exception.status)
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """403: signed in, but not for this."""
    return render(request, "errors/403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """403: the form was too old, or sent from elsewhere."""
    return render(request, "errors/403_csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """404: nothing here, or nothing that may be known."""
    return render(request, "errors/404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """500: our fault."""
    return render(request, "errors/500.html", status=500)
