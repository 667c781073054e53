"""Turns every refusal into a page that says what happened, by which rule, and what to do next."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from aifactory.kit.errors import Invalid, Refused


class Refusals:
    """Middleware: a `Refused` that no view has caught becomes a page with its own status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        if isinstance(exception, Invalid):  # its usual words come from below, where nothing is translated
            if exception.message == Invalid([]).message:
                exception.message = _("Some answers need another look.")
            exception.next_step = _("Correct the fields named and send it again.")
        context = {"refusal": exception, "errors": exception.errors if isinstance(exception, Invalid) else []}
        return render(request, "errors/refused.html", context, status=exception.status)
