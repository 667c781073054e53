"""Headers that keep the pages to themselves: no foreign script, style, frame or form target."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action {form_targets}; frame-ancestors 'none'; base-uri 'none'"
)

HEADERS = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def ContentSecurityPolicy(  # noqa: N802 - named as middleware is
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: add the headers a view has not set itself.

    A browser holds `form-action` also against the redirect that answers a form: a sign-in button that leads
    to an identity provider needs that provider's origin in the setting FORM_TARGETS.
    """
    form_targets = " ".join(["'self'", *getattr(settings, "FORM_TARGETS", ())])
    values = {**HEADERS, "Content-Security-Policy": POLICY.format(form_targets=form_targets)}

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in values.items():
            response.headers.setdefault(name, value)
        return response

    return answer
