"""Calls and applications for tests, made by the real verbs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from aifactory.access import actions, modes
from aifactory.access.models import Application, Call, Review, TechnicalCheck
from aifactory.access.permissions import Permission
from aifactory.assurance.actions import answer
from aifactory.kit.bilingual import Text
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER, SystemActor
from aifactory.people.models import Mandate, Organisation, Role, User
from tests.people.factories import organisation as make_organisation
from tests.people.factories import person

#: the moments of the tests: a call open for most of a February
OPENS = datetime(2027, 2, 1, 8, tzinfo=UTC)
CUT_OFF = datetime(2027, 3, 1, 9, tzinfo=UTC)
DURING = datetime(2027, 2, 15, 12, tzinfo=UTC)
AFTER = datetime(2027, 3, 2, 12, tzinfo=UTC)

OFFICE = SystemActor(
    "office",
    frozenset(
        {Permission.OPEN_CALL, Permission.CLOSE_CALL, Permission.JUDGE, Permission.ASSIGN}
        | {Permission.ASK_TECHNICAL}
    ),
)

REGIONAL_ANSWERS: dict[str, object] = {
    "need": "Farmers lose a tenth of their potatoes to rot that nobody sees.",
    "approach": "A small vision model on 40,000 photos, compared with a linear one.",
    "field": "agriculture",
    "gpu_hours": "2000",
    "core_hours": "0",
    "storage_gb": "500",
    "advice_hours": "8",
    "estimate": "Ten runs of 200 hours.",
    "leader": "Femke Example",
    "contract_until": "2099-12-31",
    "civil_use": "yes",
    "value": "A third less waste, measured at three farms.",
}
PLAYGROUND_ANSWERS: dict[str, object] = {
    "need": "See whether a vision model can count cows.",
    "civil_use": "yes",
    "gpu_hours": "100",
    "storage_gb": "10",
}
PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def call(mode: str = "regional-v1", *, opened: bool = True) -> Call:
    """Open a call; one under the regional mode closes at CUT_OFF."""
    regional = mode.startswith("regional")
    made = actions.prepare_call(
        mode=modes.named(mode),
        title=Text(en="Spring call", nl="Oproep voorjaar"),
        opens_at=OPENS,
        cut_off_at=CUT_OFF if regional else None,
        by=OFFICE,
    )
    return actions.open_call(made, by=OFFICE) if opened else made


def company(**facts: object) -> Organisation:
    """Register a small Dutch company that may apply."""
    defaults = {"registration_number": "01234567", "balance_eur": 300_000}
    return make_organisation(**{**defaults, **facts})


def pdf(folder: Path, content: bytes = PDF) -> Path:
    """Write a file as an upload would."""
    file = folder / "upload"
    file.write_bytes(content)
    return file


def draft(
    in_call: Call, folder: Path, *, by: User | None = None, answers: dict[str, object] | None = None
) -> Application:
    """Fill in an application completely, at DURING unless the clock is held already."""
    by = by or person(organisation=company())
    organisation = by.memberships.get(until=None).organisation
    regional = in_call.mode.id == "regional"
    given = {**(REGIONAL_ANSWERS if regional else PLAYGROUND_ANSWERS), **(answers or {})}
    made = actions.start(in_call, organisation=organisation, title="Seeing rot", by=by)
    made = actions.save(made, given, by=by)
    if regional:
        actions.attach(made, "work_plan", path=pdf(folder), name="plan.pdf", by=by)
    assess(made)
    return made


def assess(application: Application, **answers: dict[str, object]) -> None:
    """Answer the assessments: no AI system in the law's sense, no personal data, unless told otherwise."""
    plain = {
        "ai_act": {"ai_system": "no", "trains_generative": "no"},
        "gdpr": {"personal_data": "no"},
    } | answers
    for kind, given in plain.items():
        answer(subject=application.thing, kind=kind, answers=given, by=application.applicant)


def submitted(in_call: Call, folder: Path, **wishes: object) -> Application:
    """Submit a complete application."""
    made = draft(in_call, folder, **wishes)  # type: ignore[arg-type]
    return actions.submit(made, by=made.applicant)


def eligible(in_call: Call, folder: Path, *, checked: bool = True, **wishes: object) -> Application:
    """Submit an application, find it eligible, and have it checked where the mode asks for that."""
    made = submitted(in_call, folder, **wishes)
    actions.judge_eligibility(made, by=OFFICE)
    if checked and in_call.mode.screening and in_call.mode.screening.technical:
        technically_checked(made)
    return made


def technically_checked(application: Application, result: str = "ok", **wishes: object) -> TechnicalCheck:
    """Have the technical check given by some operator."""
    assessor = person(Role.OPERATOR)
    check = actions.ask_technical(application, assessor=assessor, by=OFFICE)
    says = {question.id: "yes" for question in application.call.mode.screening.questions}  # type: ignore[union-attr]
    return actions.give_technical(
        check,
        answers=says,
        result=result,
        reasons="Seen.",
        by=assessor,
        **wishes,  # type: ignore[arg-type]
    )


def reviewer(**wishes: object) -> User:
    """Register a reviewer of some other organisation."""
    return person(Role.REVIEWER, organisation=wishes.pop("organisation", None) or make_organisation())  # type: ignore[arg-type]


def scored(review: Review, score: int = 4) -> Review:
    """Give a review with the same score everywhere."""
    ids = [c.id for c in review.application.call.mode.reviewing.criteria]  # type: ignore[union-attr]
    actions.state_free(review, by=review.reviewer)
    return actions.submit_review(
        review, scores=dict.fromkeys(ids, score), reasons=dict.fromkeys(ids, "Because."), by=review.reviewer
    )


def reviewed(
    in_call: Call, folder: Path, *, scores: tuple[int, int] = (4, 4), **wishes: object
) -> Application:
    """Bring an application through both its reviews."""
    made = eligible(in_call, folder, **wishes)
    people = [reviewer(), reviewer()]
    for review, score in zip(
        actions.assign_reviewers(made, by=OFFICE, reviewers=people), scores, strict=True
    ):
        scored(review, score)
    made.refresh_from_db()
    return made


def decider(*, mandate: bool = True, **terms: object) -> User:
    """Register a panel member, with a mandate to decide from OPENS on."""
    user = person(Role.PANEL)
    if mandate:
        give(user, **terms)
    return user


def give(user: User, **terms: object) -> Mandate:
    """Give a mandate to decide."""
    wishes = {"valid_from": OPENS, "holder_title": "chair of the panel", "subject": Permission.DECIDE} | terms
    return give_mandate(user, by=INSTALLER, **wishes)  # type: ignore[arg-type]


def soon(moment: datetime, **span: float) -> datetime:
    """Return a moment so much later."""
    return moment + timedelta(**span)
