"""REST API under /api/v1: the same actions and queries as the pages, errors as RFC 9457 problems."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from aifactory.api.authentication import Bearer, session
from aifactory.api.problems import problem
from aifactory.api.reading import StrictJson
from aifactory.kit.errors import Invalid, Refused

ROOMS = (
    "people",
    "enterprises",
    "mandates",
    "partners",
    "terms",
    "awards",
    "pace",
    "state_aid",
    "billing",
    "assurance",
    "intake",  # before datasets: its paths under dataset-versions are more exact
    "inspections",  # and so are these
    "named_persons",  # and so are these, under agreements
    "datasets",
    "processing",
    "public_values",
    "harvests",
    "dataspace",
    "expertise",
    "modes",
    "finder",
    "lanes",  # before access: its paths under calls are more exact
    "screening",  # before access, whose calls/{call_id}/{step} takes any word
    "access",
    "matching",
    "selections",
    "reviews",
    "supercomputer",
    "uploads",
    "secure",
    "notebooks",
    "own_work",
    "outages",
    "usage",
    "operations",
    "agent",
    "registry",
    "transparency",
    "project_data",
    "notices",
    "objections",
    "fairness",
    "fair_share",
)

api = NinjaAPI(
    title="AI Factory",
    version="1",
    description="Everything the pages can do. Lists are paged with `limit` and `after`; amounts carry their unit.",
    auth=[Bearer(), session],
    docs_url=None,
    parser=StrictJson(),
    urls_namespace="api",
)
for room in ROOMS:
    api.add_router("", import_module(f"aifactory.api.{room}").router)


@api.exception_handler(Refused)
def refused(request: HttpRequest, exception: Refused) -> HttpResponse:
    """Say which field, which rule, and what to do next."""
    errors = exception.errors if isinstance(exception, Invalid) else []
    extra: dict[str, Any] = {
        "field": exception.field,
        "rule": exception.rule,
        "next_step": exception.next_step,
        "errors": [{"field": e.field, "detail": e.message, "rule": e.rule} for e in errors] or None,
    }
    return problem(request, exception.status, type(exception).__name__, exception.message, **extra)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, exception: ValidationError) -> HttpResponse:
    """Say which part of the request does not fit the schema."""
    errors = [
        {"field": ".".join(str(part) for part in e["loc"][1:]), "detail": e["msg"], "rule": e["type"]}
        for e in exception.errors
    ]
    return problem(request, 422, "MalformedRequest", "The request does not fit its schema.", errors=errors)


@api.exception_handler(AuthenticationError)
def unauthenticated(request: HttpRequest, exception: AuthenticationError) -> HttpResponse:  # noqa: ARG001
    """Say how to sign in."""
    return problem(
        request,
        401,
        "SignInFirst",
        "This needs a signed-in person.",
        next_step="Send a token: Authorization: Bearer …",
    )


@api.exception_handler(Http404)
def absent(request: HttpRequest, exception: Http404) -> HttpResponse:  # noqa: ARG001
    """Absent and hidden look alike."""
    return problem(request, 404, "NotFound", "There is nothing here that you can see.")


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, exception: HttpError) -> HttpResponse:
    """Whatever the framework refuses, in the same form."""
    if isinstance(exception.__cause__, ValueError):
        return problem(request, 400, "NoJson", f"The body can't be read as JSON: {exception.__cause__}.")
    return problem(request, exception.status_code, "BadRequest", f"{exception.message.rstrip('.')}.")


@api.exception_handler(Exception)
def failed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Our fault: logged, and told without details."""
    if settings.DEBUG:
        raise exception
    import structlog

    structlog.get_logger().error("api_failed", path=request.path, exc_info=exception)
    return problem(request, 500, "Failed", "Something went wrong on our side.", next_step="Try again later.")
