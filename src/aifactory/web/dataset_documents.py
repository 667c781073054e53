"""Datasets for machines: every projection as a download, and by content negotiation on the page itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from aifactory.datasets import queries
from aifactory.datasets.projections import JSON_LD, PROJECTIONS, TURTLE, Projection, asked_for, written
from aifactory.datasets.projections.dcat_ap import catalogue as catalogue_document
from aifactory.kit.errors import NotFound
from aifactory.web.paging import page

FORMS = {"jsonld": JSON_LD, "ttl": TURTLE}


def document(request: HttpRequest, dataset_id: str, projection: str, form: str) -> HttpResponse:
    """One published dataset as one standard describes it, for everyone."""
    chosen = PROJECTIONS.get(projection)
    if chosen is None or form not in FORMS or (form == "ttl" and chosen.node is None):
        raise NotFound(_("There is nothing here that you can see."))
    return described(request, dataset_id, chosen, FORMS[form])


def described(request: HttpRequest, dataset_id: str, projection: Projection, form: str) -> HttpResponse:
    """Return one dataset in a projection. Raises `NotFound`."""
    rows = queries.catalogue(request.user).filter(pk=dataset_id)
    found = queries.entries(rows, request.build_absolute_uri)
    if not found:
        raise NotFound(_("There is nothing here that you can see."))
    return _answer(written(projection.dataset(found[0]), projection, form))


def catalogue(request: HttpRequest, form: str) -> HttpResponse:
    """A page of the catalogue under a DCAT profile (`?profile=`); the `Link` header leads to the next one."""
    projection = PROJECTIONS.get(request.GET.get("profile", "dcat-ap"))
    if projection is None or projection.node is None or form not in FORMS:
        raise NotFound(_("There is nothing here that you can see."))
    return listed(request, projection, FORMS[form])


def listed(request: HttpRequest, projection: Projection, form: str) -> HttpResponse:
    """Return a page of the catalogue in an RDF profile."""
    assert projection.node is not None  # noqa: S101 - callers choose among RDF profiles
    rows: Any = queries.for_entries(queries.catalogue(request.user))
    found, following = page(request, rows, size=100)
    root = request.build_absolute_uri("/").removesuffix("/")  # put together once, not for every address
    entries = (queries.entry(one, lambda path: root + path) for one in found if one.published_versions)
    body = catalogue_document(
        [projection.node(entry) for entry in entries],
        address=request.build_absolute_uri("/datasets/"),
        title=f"Datasets of {settings.FACTORY_NAME}",
        publisher=settings.FACTORY_NAME,
        following=request.build_absolute_uri(following) if following else "",
    )
    response = _answer(written(body, projection, form))
    if following:
        response["Link"] = f'<{request.build_absolute_uri(following)}>; rel="next"'
    return response


def negotiated(request: HttpRequest) -> tuple[Projection, str] | None:
    """Return what the `Accept` header asks for, or None where that is a page."""
    return asked_for(request.headers.get("Accept", "*/*"))


def varies(response: HttpResponse) -> HttpResponse:
    """Say that this address answers differently by `Accept`."""
    patch_vary_headers(response, ("Accept",))
    return response


def _answer(body: tuple[str, str]) -> HttpResponse:
    return HttpResponse(body[0], content_type=body[1])
