"""Routes of personal data: what the law asks of a dataset, the record of processing, and what must be erased."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.paging import LARGEST_PAGE, Paging, page
from aifactory.datasets.erasure import actions, queries
from aifactory.datasets.erasure.models import Erasure, ErasureDuty
from aifactory.datasets.models import Dataset
from aifactory.datasets.processing import queries as register
from aifactory.datasets.processing import words
from aifactory.datasets.processing.actions import state
from aifactory.kit.rows import written
from aifactory.people.rules import find

router = Router(tags=["personal data"])


class PersonalDataFacts(Schema):
    """What is said of the personal data in a dataset, in the words of `/processing-register/words`."""

    controller: str = ""
    processor: str = ""
    privacy_contact: str = ""
    basis: str = ""
    law: str = ""
    condition: str = ""
    categories: list[str] = []
    subjects: list[str] = []
    informed: str = ""
    notice_page: str = ""
    keep_until: date | None = None
    keep_why: str = ""


class RegisterEntry(Schema):
    """One entry of the record: `use` under an agreement, or `store` (keeping a dataset for others to use)."""

    id: str
    kind: Literal["use", "store"]
    dataset: str
    title: str
    title_nl: str
    who: str
    country: str
    outside_eea: bool
    controller: str
    processor: str
    privacy_contact: str
    purpose: str
    basis: str
    law: str
    condition: str
    categories: list[str]
    subjects: list[str]
    notice_page: str
    recipients: list[str]
    keep_until: date | None
    keep_why: str
    may_use_until: str | None
    measures: list[str]
    state: str
    first_use: str | None
    last_use: str | None
    uses: int


class RegisterPage(Schema):
    """A page of the record, newest first."""

    items: list[RegisterEntry]
    next: str | None


class RegisterPart(Schema):
    """RegisterPart part of the record, and where its page begins."""

    kind: Literal["use", "store"] = "use"
    limit: int = Field(25, ge=1, le=LARGEST_PAGE)
    after: str = Field("", max_length=40)


class WholeRegister(Schema):
    """How to write all of it."""

    format: Literal["csv", "json"] = "csv"


class ErasureRequest(Schema):
    """A person's request, without the person: your own number of it, and the ground of article 17(1)."""

    reference: str = Field(max_length=40)
    cause: str
    received_on: date | None = None


class ErasureAnswer(Schema):
    """Whether it is erased (`met`), and how; or why the law lets it be kept."""

    met: bool
    statement: str = Field(max_length=500)


class ErasureFacts(Schema):
    """A request; `waiting` of its `owed` duties are open."""

    id: str
    dataset: str
    title: str
    cause: str
    reference: str
    received_on: date
    due_on: date
    state: str
    owed: int | None
    waiting: int | None


class ErasurePage(Schema):
    """A page of requests, newest first."""

    items: list[ErasureFacts]
    next: str | None


class ErasureDutyFacts(Schema):
    """What one organisation must erase, and what it said."""

    id: str
    kind: str
    subject: str
    name: str
    organisation: str
    state: str
    statement: str
    answered_at: str | None


class ErasureDetail(ErasureFacts):
    """A request with the duties that you may see."""

    duties: list[ErasureDutyFacts]


@router.get("/processing-register", response=RegisterPage)
def entries(request: HttpRequest, which: Query[RegisterPart]) -> dict[str, Any]:
    """Show the record of processing activities (GDPR article 30), as far as your organisations take part."""
    rows: Any = register.stored(caller(request)) if which.kind == "store" else register.uses(caller(request))
    rows = rows.order_by("-pk")
    found = list((rows.filter(pk__lt=which.after) if which.after else rows)[: which.limit + 1])
    items = found[: which.limit]
    shown = register.store_facts(items) if which.kind == "store" else register.use_facts(items)
    return {"items": shown, "next": items[-1].pk if len(found) > which.limit else None}


@router.get("/processing-register/words")
def lists(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Show the closed lists that personal data is described in, in both languages."""
    named = {
        "basis": words.BASES, "condition": words.CONDITIONS, "categories": words.CATEGORIES,
        "subjects": words.SUBJECTS, "measures": words.MEASURES,
    }  # fmt: skip
    return {name: {code: text.plain() for code, text in texts.items()} for name, texts in named.items()}


@router.get("/processing-register/download")
def download(request: HttpRequest, whole: Query[WholeRegister]) -> StreamingHttpResponse:
    """Download the whole record, what is kept first."""
    content_type, pieces = written(register.every_entry(caller(request)), whole.format)
    headers = {"Content-Disposition": f'attachment; filename="processing.{whole.format}"'}
    return StreamingHttpResponse(pieces, content_type=content_type, headers=headers)


@router.put("/datasets/{dataset_id}/personal-data", response=PersonalDataFacts)
def say(request: HttpRequest, dataset_id: str, body: PersonalDataFacts) -> dict[str, Any]:
    """Write down what the law asks of the personal data in a dataset; what is left out is emptied."""
    found = find(Dataset, dataset_id, caller(request))
    return state(found, by=caller(request), said=body.dict()).said.document()


@router.get("/erasures", response=ErasurePage)
def erasures(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the requests to erase that you may see, newest first."""
    return page(queries.erasures(caller(request)), paging, queries.erasure_facts)


@router.get("/erasures/{erasure_id}", response=ErasureDetail)
def erasure(request: HttpRequest, erasure_id: str) -> dict[str, Any]:
    """Show one request with its duties."""
    return _detail(find(Erasure, erasure_id, caller(request), related="dataset"), request)


@router.post("/datasets/{dataset_id}/erasures", response={201: ErasureDetail})
def ask(request: HttpRequest, dataset_id: str, body: ErasureRequest) -> Status[dict[str, Any]]:
    """Record that a person asks to be erased: everybody who has some of the data gets a duty."""
    found = find(Dataset, dataset_id, caller(request))
    return Status(201, _detail(actions.record(found, by=caller(request), **body.dict()), request))


@router.post("/erasure-duties/{erasure_duty_id}", response=ErasureDutyFacts)
def answer(request: HttpRequest, erasure_duty_id: str, body: ErasureAnswer) -> dict[str, Any]:
    """ErasureAnswer a duty. A version that is erased is withdrawn, and its files are deleted here."""
    found = find(ErasureDuty, erasure_duty_id, caller(request), related="erasure__dataset")
    return queries.duty_facts(actions.answer(found, by=caller(request), **body.dict()))


def _detail(found: Erasure, request: HttpRequest) -> dict[str, Any]:
    listed = [queries.duty_facts(duty) for duty in queries.duties(found, caller(request))]
    counts = {"owed": len(listed), "waiting": sum(duty["state"] == "open" for duty in listed)}
    return queries.erasure_facts(found) | counts | {"duties": listed}
