"""Pages of the catalogue: find a dataset, understand it, take what is open."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from aifactory.awards.rules import projects_visible_to
from aifactory.datasets import details, queries
from aifactory.datasets import vocabulary as v
from aifactory.datasets.downloads import open_file
from aifactory.datasets.guards import needs_another
from aifactory.datasets.models import Dataset, DatasetVersion, Offer
from aifactory.datasets.permissions import Permission
from aifactory.datasets.processing import words as words_of_law
from aifactory.datasets.processing.queries import said_of
from aifactory.datasets.projections import PROJECTIONS
from aifactory.datasets.rules import may_download
from aifactory.datasets.search.queries import HERE, Wish, search
from aifactory.datasets.terms import read, words
from aifactory.datasets.vault.queries import key_for
from aifactory.kit.errors import NotFound
from aifactory.people.language import spoken
from aifactory.people.models import User
from aifactory.people.rules import find, visible
from aifactory.supercomputer.inspections.queries import last_ordered
from aifactory.transparency.public_values.queries import values_of
from aifactory.web import agreements, dataset_documents, intake, report_pictures, stewardship

LD = "application/ld+json"
COLOURS = {
    "published": "ok", "inspected": "info", "in_force": "ok", "requested": "warning", "agreed": "warning",
    "suspended": "warning", "refused": "error", "open": "ok",
}  # fmt: skip


def catalogue(request: HttpRequest) -> HttpResponse:
    """All datasets that this person may know of, best or newest first, to search and narrow down."""
    wished = dataset_documents.negotiated(request)
    if wished and wished[0].node:
        return dataset_documents.varies(dataset_documents.listed(request, *wished))
    wish = Wish(**{name: request.GET.get(name, "")[:200] for name in ("text", "theme", "access", "source")})
    found = search(
        wish,
        signed_in=request.user.is_authenticated,
        after=request.GET.get("after", ""),
        size=queries.PAGE,
        every="all" in request.GET,
    )
    context = {
        "cards": found.cards,
        "count": found.count,
        "next": _page(request, after=found.next) if found.next else None,
        "looked": found.looked,
        "all": _page(request, all="1"),
        "facets": _facets(found.facets),
        "wish": wish,
        "v": v,
        "steward": isinstance(request.user, User) and request.user.may(Permission.MANAGE),
    }
    return dataset_documents.varies(render(request, "datasets/catalogue.html", context))


def _page(request: HttpRequest, **changes: str) -> str:
    """Return the address of this page with other parameters."""
    query = request.GET.copy()
    query.pop("after", None)
    query.update(changes)
    return f"?{query.urlencode()}"


def _facets(figures: dict[str, list[tuple[str, int]]]) -> dict[str, list[dict[str, Any]]]:
    """Return the choices of each facet with their labels, as the reader's language has them."""
    labels = {
        "theme": {code: word.label(spoken()) for code, word in v.THEMES.items()},
        "access": {code: word.label(spoken()) for code, word in v.ACCESS_RIGHTS.items()},
        "source": {HERE: _("This factory"), **queries.source_names(code for code, _n in figures["source"])},
    }
    return {
        name: [{"value": code, "label": labels[name].get(code, code), "count": n} for code, n in found]
        for name, found in figures.items()
    }


def dataset(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """What it is, whose, how good, what one may do with it, and how to get it; or a document for a machine."""
    if wished := dataset_documents.negotiated(request):
        return dataset_documents.varies(dataset_documents.described(request, dataset_id, *wished))
    found = find(Dataset, dataset_id, request.user)
    person = _person(request)
    versions = queries.versions(found, request.user)
    newest = next((version for version in versions if version.state == "published"), None)
    report = queries.report_for(newest, request.user) if newest else None
    context = {
        "dataset": found,
        "versions": versions,
        "newest": newest,
        "files": sorted(newest.files.all(), key=lambda f: f.path) if newest and report else None,
        "size": sum(f.size for f in newest.files.all()) if newest else 0,
        "downloads": newest is not None and may_download(person, newest),
        "report": report_pictures.shown(report) if report else None,
        "offers": _offers(found, request),
        "projects": person is not None and projects_visible_to(person).filter(state="active").exists(),
        "manages": person is not None and person.may(Permission.MANAGE, found),
        "key": key_for(found, person),
        "destroys": person is not None and person.may(Permission.DESTROY_KEY, found),
        "said": details.read(found.details),
        "personal": said_of(found) if found.contains_personal_data else None,
        "words": words_of_law,
        "states": person is not None and person.may(Permission.PROCESSING, found),
        "values": values_of(found, request.user),
        "projections": PROJECTIONS.values(),
        "v": v,
        "colours": COLOURS,
    }
    return dataset_documents.varies(render(request, "datasets/dataset.html", context))


def _offers(found: Dataset, request: HttpRequest) -> list[dict[str, Any]]:
    offers = visible(Offer, request.user).filter(dataset=found).order_by("-state", "pk")
    return [{"offer": offer, "words": words(read(offer.terms), spoken())} for offer in offers]


def version(request: HttpRequest, version_id: str) -> HttpResponse:
    """One version: its files, their checksums, and what the inspection found."""
    found = find(DatasetVersion, version_id, request.user)
    person = _person(request)
    report = queries.report_for(found, request.user)
    context = {
        "version": found,
        "dataset": found.dataset,
        "files": found.files.order_by("path") if report or _manages(person, found) else None,
        "downloads": may_download(person, found),
        "waits_for_another": person is not None
        and found.state == "inspected"
        and needs_another(found, person),
        "report": report_pictures.shown(report) if report else None,
        "drift": report_pictures.changed(*drift)
        if (drift := queries.drift_of(found, request.user))
        else None,
        "manages": _manages(person, found),
        "ordered": last_ordered(found, person) if _manages(person, found) else None,
        "sent": intake.sent_files(found, person) if _manages(person, found) else [],
        "form": stewardship.UploadForm(),
        "colours": COLOURS,
    }
    return render(request, "datasets/version.html", context)


def download(request: HttpRequest, file_id: str) -> StreamingHttpResponse:
    """The bytes of one file, always as an attachment of no particular type."""
    file, content = open_file(file_id, request.user)
    response = StreamingHttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file.path)
    response["Content-Length"] = str(file.size)
    return response


def manifest(request: HttpRequest, version_id: str) -> JsonResponse:
    """The list of files whose digest names the version."""
    return JsonResponse(queries.manifest_for(find(DatasetVersion, version_id, request.user), request.user))


def report(request: HttpRequest, version_id: str) -> JsonResponse:
    """The inspection report for machines."""
    return JsonResponse(_with_details(request, version_id).report, safe=False)


def _with_details(request: HttpRequest, version_id: str) -> DatasetVersion:
    found = find(DatasetVersion, version_id, request.user)
    if queries.report_for(found, request.user) is None:
        raise NotFound(_("There is nothing here that you can see."))
    return found


def offer_policy(request: HttpRequest, offer_id: str) -> JsonResponse:
    """The terms of an offer in ODRL."""
    found = find(Offer, offer_id, request.user)
    return JsonResponse(queries.offer_policy(found, request.build_absolute_uri), content_type=LD)


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _manages(person: User | None, thing: Any) -> bool:
    return person is not None and person.may(Permission.MANAGE, thing)


urlpatterns = [
    path("datasets/", catalogue, name="datasets"),
    path("datasets/catalogue.<form>", dataset_documents.catalogue, name="catalogue_document"),
    *stewardship.urlpatterns,
    path("datasets/files/<file_id>/", download, name="dataset_file"),
    path("datasets/versions/<version_id>/", version, name="dataset_version"),
    path("datasets/versions/<version_id>/manifest.json", manifest, name="dataset_manifest"),
    path("datasets/versions/<version_id>/report.json", report, name="dataset_report"),
    path("datasets/<dataset_id>/", dataset, name="dataset"),
    path("datasets/<dataset_id>/<projection>.<form>", dataset_documents.document, name="dataset_document"),
    path("offers/<offer_id>/odrl.jsonld", offer_policy, name="offer_policy"),
    *agreements.urlpatterns,
]
