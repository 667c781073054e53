"""Routes of calls, applications, reviews and decisions."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, StreamingHttpResponse
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import AwareDatetime, Field

from aifactory.access import actions, queries
from aifactory.access.applications.actions import missing
from aifactory.access.models import Application, Attachment, Call
from aifactory.access.modes.queries import mode_named
from aifactory.access.permissions import Permission
from aifactory.access.review.queries import candidates
from aifactory.access.screening.queries import verdicts
from aifactory.api.authentication import Bearer, caller, session
from aifactory.api.paging import Paging, page
from aifactory.api.reviews import review_facts
from aifactory.audit.record import plain
from aifactory.kit.bilingual import Text
from aifactory.kit.errors import NotAllowed, NotFound
from aifactory.kit.units import UNITS, Resource, base, shown
from aifactory.people.models import Organisation, Role, User
from aifactory.people.rules import find
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get


def anyone(_request: HttpRequest) -> str:
    """Let people in who are not signed in: calls and modes are public."""
    return "public"


OPEN: list[Any] = [session, Bearer(), anyone]
router = Router(tags=["access"])


class NewCall(Schema):
    """A call under a mode; moments with their time zone."""

    mode: str
    title: Text
    opens_at: AwareDatetime
    cut_off_at: AwareDatetime | None = None


class NewApplication(Schema):
    """For which call and whom, under what name."""

    call: str
    organisation: str
    title: str


class Answers(Schema):
    """Answers by question id; amounts in the shown unit. What is left out stays as it is."""

    answers: dict[str, Any] = {}
    title: str | None = None
    datasets: list[str] | None = None
    purpose: str | None = None


class Names(Schema):
    """Ids of reviewers; none: those free of conflicts with the least to do."""

    reviewers: list[str] | None = None


class Verdict(Schema):
    """What is awarded, resource → amount in its shown unit (nothing: rejected), and why."""

    awarded: dict[Resource, Annotated[Decimal, Field(ge=0, max_digits=18)]] = {}
    reasons: str


def amounts(by_resource: dict[str, int]) -> dict[str, Any]:
    """Return amounts in the unit that people know, each with its unit."""
    return {r: {"amount": float(shown(r, n)), "unit": UNITS[Resource(r)][0]} for r, n in by_resource.items()}


def call_facts(call: Call) -> dict[str, Any]:
    """Return a call as the API shows it."""
    return {
        "id": call.pk,
        "title": call.title.plain(),
        "mode": call.mode_name,
        "mode_digest": call.mode_digest,
        "state": call.state,
        "takes_applications": queries.takes_applications(call),
        "opens_at": plain(call.opens_at),
        "cut_off_at": plain(call.cut_off_at),
    }


def application_facts(application: Application) -> dict[str, Any]:
    """Return an application as a list shows it."""
    turn = queries.turn(application)
    return {
        "id": application.pk,
        "reference": application.reference,
        "title": application.title,
        "call": application.call_id,
        "organisation": application.organisation_id,
        "state": application.state,
        "requested": amounts(application.requested),
        "submitted_at": plain(application.submitted_at),
        "due_at": plain(application.due_at),
        "turn": {"whose": turn.whose, "what": turn.what, "by": plain(turn.by)},
    }


def whole_application(application: Application) -> dict[str, Any]:
    """Return an application with everything in it."""
    draft = application.state == "draft"
    files = application.attachments.filter(replaced_at=None).order_by("slot")
    fields = ("id", "slot", "name", "media_type", "size", "digest")
    return application_facts(application) | {
        "answers": application.answers,
        "datasets": application.datasets,
        "purpose": application.purpose,
        "form_digest": application.form_digest,
        "content_digest": application.content_digest,
        "attachments": list(files.values(*fields)),
        "missing": [{"field": m.field, "rule": m.rule, "message": m.message.en} for m in missing(application)]
        if draft
        else [],
        "verdicts": [v.plain() for v in verdicts(application)],
    }


# ---- calls ------------------------------------------------------------


@router.get("/calls", auth=OPEN, response=dict[str, Any])
def calls(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the calls, newest first."""
    return page(queries.calls(request.user), paging, call_facts)


@router.get("/calls/{call_id}", auth=OPEN, response=dict[str, Any])
def call(request: HttpRequest, call_id: str) -> dict[str, Any]:
    """Show one call with its mode."""
    found = find(Call, call_id, request.user)
    return call_facts(found) | {"mode_content": found.mode_content}


@router.post("/calls", response={201: dict[str, Any]})
def prepare_call(request: HttpRequest, body: NewCall) -> Status[dict[str, Any]]:
    """Prepare a call; it is public once opened."""
    made = actions.prepare_call(
        mode=mode_named(body.mode),
        title=body.title,
        opens_at=body.opens_at,
        cut_off_at=body.cut_off_at,
        by=caller(request),
    )
    return Status(201, call_facts(made))


@router.post("/calls/{call_id}/{step}", response=dict[str, Any])
def move_call(request: HttpRequest, call_id: str, step: str) -> dict[str, Any]:
    """`open`, `close` or `finish` a call."""
    verbs: dict[str, Any] = {
        "open": actions.open_call,
        "close": actions.close_call,
        "finish": actions.finish_call,
    }
    if step not in verbs:
        raise NotFound("A call can be opened, closed or finished.")
    return call_facts(verbs[step](find(Call, call_id, request.user), by=caller(request)))


# ---- applications ------------------------------------------------------------


@router.get("/applications", response=dict[str, Any])
def applications(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the applications you may see, newest first."""
    return page(queries.applications(caller(request)), paging, application_facts)


@router.post("/applications", response={201: dict[str, Any]})
def start(request: HttpRequest, body: NewApplication) -> Status[dict[str, Any]]:
    """Begin an application."""
    by = caller(request)
    place = find(Organisation, body.organisation, by)
    made = actions.start(find(Call, body.call, by), organisation=place, title=body.title, by=by)
    return Status(201, whole_application(made))


@router.get("/applications/{application_id}", response=dict[str, Any])
def application(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Show one application whole."""
    return whole_application(_find(request, application_id))


@router.put("/applications/{application_id}/answers", response=dict[str, Any])
def save(request: HttpRequest, application_id: str, body: Answers) -> dict[str, Any]:
    """Keep answers of a draft: all are right, or none is kept."""
    found, given = _find(request, application_id), body.dict()
    return whole_application(actions.save(found, given.pop("answers"), by=caller(request), **given))


@router.post("/applications/{application_id}/attachments/{slot}", response={201: dict[str, Any]})
def attach(
    request: HttpRequest, application_id: str, slot: str, file: File[UploadedFile]
) -> Status[dict[str, Any]]:
    """Add a document in place of the one in that slot."""
    found = _find(request, application_id)
    assert isinstance(file, TemporaryUploadedFile)  # noqa: S101 - settings.FILE_UPLOAD_HANDLERS
    place, kind = Path(file.temporary_file_path()), file.content_type or ""
    made = actions.attach(found, slot, path=place, name=file.name or "", media_type=kind, by=caller(request))
    return Status(201, {"id": made.pk, "slot": made.slot, "size": made.size, "digest": made.digest})


@router.get("/attachments/{attachment_id}")
def attachment(request: HttpRequest, attachment_id: str) -> StreamingHttpResponse:
    """Download a document."""
    found = find(Attachment, attachment_id, request.user)
    store = get(ObjectStore)
    answer = StreamingHttpResponse(store.open(found.key), content_type=found.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.pk}{Path(found.name).suffix}"'
    return answer


@router.post("/applications/{application_id}/submit", response=dict[str, Any])
def submit(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Hand the application in; a second time changes nothing."""
    return whole_application(actions.submit(_find(request, application_id), by=caller(request)))


@router.post("/applications/{application_id}/withdraw", response=dict[str, Any])
def withdraw(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Take the application back."""
    return whole_application(actions.withdraw(_find(request, application_id), by=caller(request)))


@router.post("/applications/{application_id}/eligibility", response=dict[str, Any])
def judge(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Hold the rules to the application."""
    kept = actions.judge_eligibility(_find(request, application_id), by=caller(request))
    return {"passed": kept.passed, "verdicts": kept.verdicts}


@router.get("/applications/{application_id}/reviewers", response=list[dict[str, Any]])
def who_may_review(request: HttpRequest, application_id: str) -> list[dict[str, Any]]:
    """List who may be asked for a review, how many they have to give now, and whether they have no conflict."""
    found, by = _find(request, application_id), caller(request)
    if not by.may(Permission.ASSIGN, found):
        raise NotAllowed("The office asks reviewers.", rule=Permission.ASSIGN)
    return [
        {"reviewer": one.user.pk, "name": one.user.name, "open_reviews": one.load, "free": one.free}
        for one in candidates(found)
    ]


@router.post("/applications/{application_id}/reviewers", response=list[dict[str, Any]])
def assign(request: HttpRequest, application_id: str, body: Names) -> list[dict[str, Any]]:
    """Ask reviewers."""
    found, by = _find(request, application_id), caller(request)
    named = [_reviewer(pk, by) for pk in body.reviewers] if body.reviewers is not None else None
    return [review_facts(review) for review in actions.assign_reviewers(found, by=by, reviewers=named)]


def _reviewer(pk: str, by: User) -> User:
    if not by.has_role(Role.OFFICE):
        raise NotAllowed("The office asks reviewers.", rule="application:assign")
    return find(User, pk, by)


@router.post("/applications/{application_id}/decision", response={201: dict[str, Any]})
def decide(request: HttpRequest, application_id: str, body: Verdict) -> Status[dict[str, Any]]:
    """Decide on a mandate; the letter is sent at once."""
    found = _find(request, application_id)
    awarded = {r.value: base(r, amount) for r, amount in body.awarded.items()}
    made = actions.decide(found, awarded=awarded, reasons=body.reasons, by=caller(request))
    return Status(201, {"outcome": made.outcome, "awarded": amounts(made.awarded), "letter": made.letter})


@router.get("/applications/{application_id}/letter", response=dict[str, Any])
def letter(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Show the decision letter."""
    found = queries.decision(_find(request, application_id), caller(request))
    sent: dict[str, Any] = found.letter
    return sent | {"object_until": plain(found.object_until), "awarded": amounts(found.awarded)}


def _find(request: HttpRequest, application_id: str) -> Application:
    return find(Application, application_id, request.user)
