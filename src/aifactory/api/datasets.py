"""Routes of datasets, offers and agreements on data."""

import re
from dataclasses import asdict
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Body, Field, File, Query, Router, Schema, Status
from ninja.files import UploadedFile

from aifactory.api.authentication import Bearer, caller, session
from aifactory.api.paging import LARGEST_PAGE, Paging, page
from aifactory.api.processing import PersonalDataFacts
from aifactory.awards.models import Project
from aifactory.datasets import actions, profile, queries, readiness
from aifactory.datasets import vocabulary as v
from aifactory.datasets.downloads import open_file
from aifactory.datasets.duties import say_of_duty
from aifactory.datasets.models import Agreement, Dataset, DatasetVersion, Offer
from aifactory.datasets.permissions import Permission
from aifactory.datasets.projections import JSON_LD, PROJECTIONS, TURTLE, written
from aifactory.datasets.search.models import Card
from aifactory.datasets.search.queries import HERE, Wish, search
from aifactory.kit.errors import NotAllowed, NotFound
from aifactory.people.models import Organisation, User
from aifactory.people.queries import person_of
from aifactory.people.rules import find, visible


def anyone(_request: HttpRequest) -> str:
    """Let people in who are not signed in; what they see is the public's."""
    return "public"


#: Reads for everyone: a token or a session shows more, no sign-in shows what is public.
OPEN: list[Any] = [session, Bearer(), anyone]
router = Router(tags=["datasets"])
_REST = re.compile(r"bytes=([0-9]{1,15})-")


class DatasetIn(Schema):
    """The description of a dataset."""

    title: str
    title_nl: str = ""
    description: str
    description_nl: str = ""
    theme: str
    access: str
    licence: str
    contains_personal_data: bool
    personal: PersonalDataFacts | None = None


class NewDataset(DatasetIn):
    """A description and whose data it is."""

    holder: str


class Reason(Schema):
    """Why."""

    reason: str = ""


class Act(Schema):
    """Why; to agree or accept, `seen` is the `terms_digest` of the agreement that was read."""

    reason: str = ""
    seen: str = ""


class OfferIn(Schema):
    """Terms in the words of `/vocabulary`."""

    terms: dict[str, Any]
    self_service: bool = False


class RequestIn(Schema):
    """Which version, for which project and purpose, and why.

    `persons` are the e-mail addresses of who may use the data in the secure environment, where the terms ask for it;
    only you, if left out.
    """

    project: str
    version: str
    purpose: str
    explanation: str = ""
    persons: list[str] = Field([], max_length=50)


class DatasetFilter(Schema):
    """Narrows the catalogue down; `after` is the `next` of the page before."""

    text: str = Field("", max_length=200)
    theme: str = Field("", max_length=12)
    access: str = Field("", max_length=10)
    source: str = Field("", max_length=40)
    limit: int = Field(25, ge=1, le=LARGEST_PAGE)
    after: str = Field("", max_length=80)
    all: bool = Field(False, description="Look through all datasets for words that very many have")


#: The standards that a dataset is described in.
ProjectionName = Literal[
    "dcat-ap", "dcat-ap-nl", "healthdcat-ap", "mldcat-ap", "croissant", "ro-crate", "schema-org"
]


class DatasetFacts(Schema):
    """A dataset, as everyone may know it."""

    id: str
    title: dict[str, str]
    description: dict[str, str]
    holder: str
    theme: str
    access: str
    licence: str
    contains_personal_data: bool
    personal_data: PersonalDataFacts | None
    details: dict[str, Any]
    state: str


class FindingFacts(Schema):
    """One clause of a profile that a description does not keep, in both languages."""

    profile: str
    clause: str
    field: str
    required: bool
    text: dict[str, str]


class CardFacts(Schema):
    """A dataset that a search found: ours, or one of another catalogue (`source`)."""

    id: str
    title: dict[str, str]
    summary: dict[str, str]
    holder: str
    theme: str
    access: str
    source: str


class SearchPage(Schema):
    """What a search found, best first, with figures beside each facet.

    `looked` is null where all datasets were looked through; else how many of the newest, as very many have the words.
    """

    items: list[CardFacts]
    next: str | None
    count: int
    looked: int | None
    facets: dict[str, dict[str, int]]


class FileFacts(Schema):
    """One file; `size` in bytes, `digest` is SHA-256, `blake3` as `b3sum` prints it."""

    id: str
    path: str
    size: int
    digest: str
    blake3: str


class VersionFacts(Schema):
    """A version; `files` and `report` are null for who may not know them; `size` in bytes."""

    id: str
    dataset: str
    number: int
    state: str
    digest: str
    size: int
    report_digest: str
    files: list[FileFacts] | None
    report: dict[str, Any] | None


class OfferFacts(Schema):
    """An offer with its terms, in words too; `report_digest` names the inspection report of what is offered."""

    id: str
    dataset: str
    state: str
    self_service: bool
    digest: str
    report_digest: str
    terms: dict[str, Any]
    words: list[str]


class DatasetDetail(DatasetFacts):
    """A dataset with its versions and offers."""

    versions: list[VersionFacts]
    offers: list[OfferFacts]


class TermsIn(Schema):
    """Terms in the words of `/vocabulary`."""

    terms: dict[str, Any]


class DutyIn(Schema):
    """What is said of a duty."""

    duty: str
    met: bool
    reason: str = ""


class DutyFacts(Schema):
    """How a duty stands; `met` is null as long as nobody said anything."""

    duty: str
    met: bool | None
    reason: str


class AgreementFacts(Schema):
    """An agreement, as both parties may read it. `persons`: who alone may use the data, where the terms name people."""

    id: str
    state: str
    dataset: str
    title: str
    version: str
    version_digest: str
    report_digest: str
    organisation: str
    project: str
    purpose: str
    explanation: str
    persons: list[str]
    terms: dict[str, Any]
    terms_digest: str
    digest: str
    valid_from: str | None
    valid_until: str
    renews: str | None
    duties: list[DutyFacts]
    reason: str


class AgreementPage(Schema):
    """A page of agreements."""

    items: list[AgreementFacts]
    next: str | None


@router.get("/datasets", response=SearchPage, auth=OPEN)
def datasets(request: HttpRequest, wish: Query[DatasetFilter]) -> dict[str, Any]:
    """Search the catalogue: best first where words are given, else newest first."""
    found = search(
        Wish(wish.text, wish.theme, wish.access, wish.source),
        signed_in=isinstance(request.user, User),
        after=wish.after,
        size=wish.limit,
        every=wish.all,
    )
    return {
        "items": [card_facts(card) for card in found.cards],
        "next": found.next or None,
        "count": found.count,
        "looked": found.looked,
        "facets": {name: dict(figures) for name, figures in found.facets.items()},
    }


def card_facts(card: Card) -> dict[str, Any]:
    """Return one card as the API shows it."""
    return {
        "id": card.key,
        "title": {"en": card.title, "nl": card.title_nl},
        "summary": {"en": card.summary, "nl": card.summary_nl},
        "holder": card.holder,
        "theme": card.theme,
        "access": card.access,
        "source": card.source or HERE,
    }


@router.post("/datasets", response={201: DatasetFacts})
def describe(request: HttpRequest, body: NewDataset) -> Status[dict[str, Any]]:
    """Describe a new dataset of an organisation that you are steward of."""
    facts = body.dict()
    holder = find(Organisation, facts.pop("holder"), caller(request))
    return Status(201, queries.dataset_facts(actions.describe(by=caller(request), holder=holder, **facts)))


@router.get("/datasets/{dataset_id}", response=DatasetDetail, auth=OPEN)
def dataset(request: HttpRequest, dataset_id: str) -> dict[str, Any]:
    """Show one dataset with its versions and offers."""
    found = find(Dataset, dataset_id, request.user)
    offers = visible(Offer, request.user).filter(dataset=found).order_by("pk")
    versions = queries.versions(found, request.user)
    return queries.dataset_facts(found) | {
        "versions": [queries.version_facts(version, request.user) for version in versions],
        "offers": [queries.offer_facts(offer) for offer in offers],
    }


@router.put("/datasets/{dataset_id}", response=DatasetFacts)
def edit(request: HttpRequest, dataset_id: str, body: DatasetIn) -> dict[str, Any]:
    """Change the description."""
    found = find(Dataset, dataset_id, caller(request))
    return queries.dataset_facts(actions.edit(found, by=caller(request), **body.dict()))


@router.post("/datasets/{dataset_id}/publish", response=DatasetFacts)
def publish(request: HttpRequest, dataset_id: str) -> dict[str, Any]:
    """Show it in the catalogue."""
    found = find(Dataset, dataset_id, caller(request))
    return queries.dataset_facts(actions.publish_dataset(found, by=caller(request)))


@router.post("/datasets/{dataset_id}/withdraw", response=DatasetFacts)
def withdraw(request: HttpRequest, dataset_id: str, body: Reason) -> dict[str, Any]:
    """Take it back; every agreement on it ends."""
    found = find(Dataset, dataset_id, caller(request))
    return queries.dataset_facts(actions.withdraw_dataset(found, by=caller(request), reason=body.reason))


@router.get("/datasets/{dataset_id}/as/{projection}", auth=OPEN)
def described(
    request: HttpRequest,
    dataset_id: str,
    projection: ProjectionName,
    form: Literal["jsonld", "ttl"] = "jsonld",
) -> HttpResponse:
    """Describe one published dataset in the words of a standard; Turtle for the DCAT profiles."""
    chosen = PROJECTIONS[projection]
    found = queries.entries(queries.catalogue(request.user).filter(pk=dataset_id), request.build_absolute_uri)
    if not found or (form == "ttl" and chosen.node is None):
        raise NotFound("There is nothing here that you can see.")
    text, media_type = written(chosen.dataset(found[0]), chosen, TURTLE if form == "ttl" else JSON_LD)
    return HttpResponse(text, content_type=media_type)


@router.put("/datasets/{dataset_id}/details", response=DatasetFacts)
def tell_more(request: HttpRequest, dataset_id: str, body: Body[dict[str, Any]]) -> dict[str, Any]:
    """Say what catalogues want to know further; a field that is left out is emptied."""
    found = find(Dataset, dataset_id, caller(request))
    return queries.dataset_facts(actions.tell_more(found, by=caller(request), said=body))


@router.get("/datasets/{dataset_id}/missing", response=list[FindingFacts])
def missing(request: HttpRequest, dataset_id: str) -> list[dict[str, Any]]:
    """Tell the steward what the description still misses under each profile, clause by clause."""
    found = find(Dataset, dataset_id, caller(request))
    if not caller(request).may(Permission.MANAGE, found):
        raise NotAllowed("Only the stewards of the holder can do this.", rule=Permission.MANAGE)
    return [
        {"profile": profile, "clause": one.clause, "field": one.field, "required": one.required}
        | {"text": one.text.plain()}
        for profile in readiness.profiles_for(found)
        for one in readiness.missing(found, profile)
    ]


@router.post("/datasets/{dataset_id}/versions", response={201: VersionFacts})
def new_version(request: HttpRequest, dataset_id: str) -> Status[dict[str, Any]]:
    """Start the next version."""
    found = find(Dataset, dataset_id, caller(request))
    return Status(201, queries.version_facts(actions.new_version(found, by=caller(request)), caller(request)))


@router.get("/dataset-versions/{version_id}", response=VersionFacts, auth=OPEN)
def version(request: HttpRequest, version_id: str) -> dict[str, Any]:
    """Show one version, with files and report where you may know them."""
    return queries.version_facts(find(DatasetVersion, version_id, request.user), request.user)


class ChangeFacts(Schema):
    """One change since the version before; `figure` is a share, or widths of the middle half."""

    file: str
    column: str
    what: str
    figure: float | None
    notable: bool


class Drift(Schema):
    """What changed since another version; null where you may not know the columns of both."""

    since: str | None
    changes: list[ChangeFacts] | None


@router.get("/dataset-versions/{version_id}/drift", response=Drift, auth=OPEN)
def drift(request: HttpRequest, version_id: str) -> dict[str, Any]:
    """Show what changed since the version before, from the two inspection reports."""
    found = queries.drift_of(find(DatasetVersion, version_id, request.user), request.user)
    if found is None:
        return {"since": None, "changes": None}
    return {"since": found[0].pk, "changes": [asdict(one) | {"notable": one.notable} for one in found[1]]}


@router.post("/dataset-versions/{version_id}/files", response={201: FileFacts})
def upload(request: HttpRequest, version_id: str, file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """Add a file to a draft version."""
    found = find(DatasetVersion, version_id, caller(request))
    added = actions.add_file(
        found, file.chunks(), by=caller(request), name=file.name or "", media_type=file.content_type or ""
    )
    return Status(201, queries.file_facts(added))


@router.post("/dataset-versions/{version_id}/inspect", response=VersionFacts)
def inspect(request: HttpRequest, version_id: str) -> dict[str, Any]:
    """Inspect the files of a version."""
    found = find(DatasetVersion, version_id, caller(request))
    return queries.version_facts(actions.inspect_version(found, by=caller(request)), caller(request))


@router.post("/dataset-versions/{version_id}/publish", response=VersionFacts)
def publish_version(request: HttpRequest, version_id: str) -> dict[str, Any]:
    """Publish an inspected version."""
    found = find(DatasetVersion, version_id, caller(request))
    return queries.version_facts(actions.publish_version(found, by=caller(request)), caller(request))


@router.post("/dataset-versions/{version_id}/withdraw", response=VersionFacts)
def withdraw_version(request: HttpRequest, version_id: str, body: Reason) -> dict[str, Any]:
    """Take a version back; every agreement on it ends."""
    found = find(DatasetVersion, version_id, caller(request))
    done = actions.withdraw_version(found, by=caller(request), reason=body.reason)
    return queries.version_facts(done, caller(request))


@router.get("/dataset-files/{file_id}", auth=OPEN)
def download(request: HttpRequest, file_id: str) -> StreamingHttpResponse:
    """Download one file, or the rest of it: `Range: bytes=<first>-`."""
    wished = _REST.fullmatch(request.headers.get("Range", ""))
    start = int(wished[1]) if wished else 0
    file, content = open_file(file_id, request.user, start)
    response = StreamingHttpResponse(content, content_type="application/octet-stream")
    response["Content-Length"] = str(max(0, file.size - start))
    if start:
        response.status_code = 206 if start < file.size else 416
        said = f"{start}-{file.size - 1}" if start < file.size else "*"
        response["Content-Range"] = f"bytes {said}/{file.size}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file.path)
    return response


@router.post("/datasets/{dataset_id}/offers", response={201: OfferFacts})
def make_offer(request: HttpRequest, dataset_id: str, body: OfferIn) -> Status[dict[str, Any]]:
    """Offer a dataset under terms."""
    found = find(Dataset, dataset_id, caller(request))
    offer = actions.make_offer(found, by=caller(request), terms=body.terms, self_service=body.self_service)
    return Status(201, queries.offer_facts(offer))


@router.get("/offers/{offer_id}", response=OfferFacts, auth=OPEN)
def offer(request: HttpRequest, offer_id: str) -> dict[str, Any]:
    """Show one offer."""
    return queries.offer_facts(find(Offer, offer_id, request.user))


@router.get("/offers/{offer_id}/odrl", auth=OPEN)
def offer_policy(request: HttpRequest, offer_id: str) -> JsonResponse:
    """Show the terms of an offer in ODRL (JSON-LD)."""
    body = queries.offer_policy(find(Offer, offer_id, request.user), request.build_absolute_uri)
    return JsonResponse(body, content_type="application/ld+json")


@router.post("/offers/{offer_id}/close", response=OfferFacts)
def close_offer(request: HttpRequest, offer_id: str) -> dict[str, Any]:
    """Take no more requests under an offer."""
    return queries.offer_facts(
        actions.close_offer(find(Offer, offer_id, caller(request)), by=caller(request))
    )


@router.post("/offers/{offer_id}/requests", response={201: AgreementFacts})
def ask(request: HttpRequest, offer_id: str, body: RequestIn) -> Status[dict[str, Any]]:
    """Ask to use a version for a project; whoever sends this accepts the terms of the offer."""
    user = caller(request)
    agreement = actions.request_agreement(
        find(Offer, offer_id, user),
        by=user,
        version=find(DatasetVersion, body.version, user),
        project=find(Project, body.project, user),
        purpose=body.purpose,
        explanation=body.explanation,
        persons=[person_of(email) for email in body.persons],
    )
    return Status(201, queries.agreement_facts(agreement))


@router.get("/agreements", response=AgreementPage)
def agreements(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the agreements that you may see, newest first."""
    rows = queries.agreements_with_names(visible(Agreement, caller(request)))
    return page(rows.prefetch_related("duty_statements"), paging, queries.agreement_facts)


@router.get("/agreements/{agreement_id}", response=AgreementFacts)
def agreement(request: HttpRequest, agreement_id: str) -> dict[str, Any]:
    """Show one agreement."""
    return queries.agreement_facts(find(Agreement, agreement_id, caller(request)))


@router.get("/agreements/{agreement_id}/odrl")
def agreement_policy(request: HttpRequest, agreement_id: str) -> JsonResponse:
    """Show an agreement in ODRL (JSON-LD)."""
    body = queries.agreement_policy(
        find(Agreement, agreement_id, caller(request)), request.build_absolute_uri
    )
    return JsonResponse(body, content_type="application/ld+json")


@router.get("/agreements/{agreement_id}/signed")
def signed(request: HttpRequest, agreement_id: str) -> dict[str, Any]:
    """Show the contract with both signatures (DSSE), to be checked without the factory."""
    return queries.signed_contract(find(Agreement, agreement_id, caller(request)))


Verb = Literal["agree", "refuse", "accept", "sign", "suspend", "resume", "renew", "end"]


@router.put("/agreements/{agreement_id}/terms", response=AgreementFacts)
def other_terms(request: HttpRequest, agreement_id: str, body: TermsIn) -> dict[str, Any]:
    """Propose other terms: the holder's steward on a request, who asked on the holder's proposal."""
    user = caller(request)
    found = find(Agreement, agreement_id, user)
    propose = actions.counter_request if found.state == "requested" else actions.propose_terms
    return queries.agreement_facts(propose(found, by=user, terms=body.terms))


@router.post("/agreements/{agreement_id}/duties", response={201: DutyFacts})
def say_how_a_duty_stands(request: HttpRequest, agreement_id: str, body: DutyIn) -> Status[dict[str, Any]]:
    """Say that a duty was met, or, as the holder's steward, that it was not and why."""
    user = caller(request)
    found = find(Agreement, agreement_id, user)
    said = say_of_duty(found, by=user, duty=body.duty, met=body.met, reason=body.reason)
    return Status(201, {"duty": said.duty, "met": said.met, "reason": said.reason})


@router.post("/agreements/{agreement_id}/{verb}", response=AgreementFacts)
def act(request: HttpRequest, agreement_id: str, verb: Verb, body: Act) -> dict[str, Any]:
    """Agree, refuse, accept, sign, suspend, resume, renew or end; a no and a stop need a reason."""
    user = caller(request)
    found = find(Agreement, agreement_id, user)
    match verb:
        case "agree" | "refuse":
            agree = verb == "agree"
            actions.decide_request(found, by=user, agree=agree, reason=body.reason, seen=body.seen)
        case "accept":
            actions.accept_terms(found, by=user, seen=body.seen)
        case "sign":
            actions.conclude(found, by=user)
        case "renew":
            found = actions.renew_agreement(found, by=user)
        case "suspend":
            actions.suspend_agreement(found, by=user, reason=body.reason)
        case "resume":
            actions.resume_agreement(found, by=user)
        case "end":
            actions.end_agreement(found, by=user, reason=body.reason)
    return queries.agreement_facts(found)


@router.get("/vocabulary/odrl", auth=OPEN)
def odrl_profile(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Show the ODRL profile that all terms keep to, in Turtle."""
    return HttpResponse(profile.turtle(), content_type="text/turtle; charset=utf-8")


@router.get("/vocabulary", auth=OPEN)
def vocabulary(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Show the closed lists that terms and descriptions are written in."""
    lists = {
        "purposes": v.PURPOSES,
        "actions": v.ACTIONS,
        "recipients": v.RECIPIENTS,
        "spatial": v.PLACES,
        "duties": v.DUTIES,
        "environment": v.ENVIRONMENTS,
        "access": v.ACCESS_RIGHTS,
        "themes": v.THEMES,
        "licences": v.LICENCES,
    }
    return {
        name: [{"code": c, "iri": w.iri, "en": w.en, "nl": w.nl} for c, w in words.items()]
        for name, words in lists.items()
    }
