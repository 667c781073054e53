"""Everything that must not happen, and the way that must."""

from datetime import timedelta
from pathlib import Path

import pytest

from aifactory.access import actions, modes
from aifactory.access.applications.actions import AlreadySubmitted, CallIsClosed
from aifactory.access.calls.actions import ApplicationsWait
from aifactory.access.decisions.actions import BelowTheLine, DeciderReviewed, NoMandate
from aifactory.access.lanes.actions import EarlierOneWaits
from aifactory.access.models import Application, Attachment, Decision
from aifactory.access.review.actions import ModeHasNoReviews, ReviewerHasConflict
from aifactory.access.review.pick import TooFewReviewers
from aifactory.access.screening.assessments import AssessmentMissing, AssessmentSaysStop
from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.kit.bilingual import Text
from aifactory.kit.content import TooLarge, TypeLies
from aifactory.kit.errors import Invalid, NotAllowed, NotFound
from aifactory.kit.filenames import UnsafeName
from aifactory.kit.units import Resource, base
from aifactory.people.actions import grant_role, join, leave
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Role
from tests.access import factories
from tests.access.factories import AFTER, CUT_OFF, DURING, OFFICE, OPENS
from tests.assurance.test_gdpr import ORDINARY
from tests.people.factories import organisation, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store", "during")]


def mistakes(refusal: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str | None]]:
    return [(e.field, e.rule) for e in refusal.value.errors]


def test_from_call_to_award(tmp_path: Path) -> None:
    call = factories.call()
    application = factories.reviewed(call, tmp_path)
    awarded = {"gpu": base(Resource.GPU, 1500), "storage": base(Resource.STORAGE, 500)}
    with clock.frozen(AFTER):
        decision = actions.decide(
            application, awarded=awarded, reasons="Good and feasible.", by=factories.decider()
        )
    project = Project.objects.get(application=application.pk)
    assert (application.state, decision.outcome, decision.awarded) == ("awarded", "awarded", awarded)
    assert {line.resource: line.amount for line in project.lines.all()} == awarded
    assert {(line.starts_at, line.ends_at) for line in project.lines.all()} == {(AFTER, project.ends_at)}
    assert project.ends_at.isoformat() == "2027-09-02T21:59:59+00:00"
    assert (project.leader, project.organisation) == (application.applicant, application.organisation)
    assert decision.letter["subject"] == f"Your application {application.reference} is granted"
    assert decision.object_until.isoformat() == "2027-04-13"
    names = Event.objects.filter(thing=application.thing).order_by("pk").values_list("name", flat=True)
    assert list(names) == [
        "application:start",
        "application:edit",
        "application:submit",
        "application:find_eligible",
        "application:start_review",
        "application:finish_review",
        "application:award",
    ]


def test_the_decision_is_due_thirty_working_days_after_the_cut_off(tmp_path: Path) -> None:
    application = factories.submitted(factories.call(), tmp_path)
    assert application.due_at is not None
    assert application.due_at.isoformat() == "2027-04-14T21:59:59+00:00"  # Good Friday, Easter Monday off


def test_playground_is_decided_in_two_working_days_in_the_order_of_arrival(tmp_path: Path) -> None:
    call = factories.call("playground-v1")
    first = factories.eligible(call, tmp_path)
    with clock.frozen(DURING + timedelta(seconds=1)):
        second = factories.eligible(call, tmp_path)
    assert first.due_at is not None
    assert first.due_at.isoformat() == "2027-02-17T22:59:59+00:00"
    decider = factories.decider()
    with pytest.raises(EarlierOneWaits, match="1 application came earlier"):
        actions.decide(second, awarded={}, reasons="No.", by=decider)
    actions.decide(first, awarded={"gpu": 3600}, reasons="First.", by=decider)
    actions.decide(second, awarded={"gpu": 3600}, reasons="Second.", by=decider)
    with pytest.raises(ModeHasNoReviews):
        actions.assign_reviewers(second, by=OFFICE)


# ---- handing in ----------------------------------------------------------------------


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    by = person(organisation=factories.company())
    application = actions.start(
        factories.call(), organisation=by.memberships.get().organisation, title="Rot", by=by
    )
    actions.save(application, {**factories.REGIONAL_ANSWERS, "leader": ""}, by=by)
    with pytest.raises(Invalid) as refusal:
        actions.submit(application, by=by)
    assert mistakes(refusal) == [("leader", "required"), ("work_plan", "required_file")]


@pytest.mark.parametrize(
    ("late_by", "accepted"), [(timedelta(microseconds=999_999), True), (timedelta(seconds=1), False)]
)
def test_the_cut_off_holds_to_the_second(tmp_path: Path, late_by: timedelta, accepted: bool) -> None:
    application = factories.draft(factories.call(), tmp_path)
    with clock.frozen(CUT_OFF + late_by):
        if accepted:
            assert actions.submit(application, by=application.applicant).submitted_at == CUT_OFF + late_by
        else:
            with pytest.raises(CallIsClosed, match="closed at 2027-03-01 09:00:00 UTC"):
                actions.submit(application, by=application.applicant)


def test_nothing_is_taken_before_the_opening_or_from_a_draft_call() -> None:
    by = person(organisation=factories.company())
    place = by.memberships.get().organisation
    with clock.frozen(OPENS - timedelta(seconds=1)), pytest.raises(CallIsClosed, match="opens at"):
        actions.start(factories.call(), organisation=place, title="Rot", by=by)
    with pytest.raises(CallIsClosed):
        actions.start(factories.call(opened=False), organisation=place, title="Rot", by=by)


def test_submitting_twice_is_submitting_once(tmp_path: Path) -> None:
    application = factories.draft(factories.call(), tmp_path)
    first = actions.submit(application, by=application.applicant)
    with clock.frozen(AFTER):
        again = actions.submit(application, by=application.applicant)
    assert (again.submitted_at, again.content_digest) == (first.submitted_at, first.content_digest)
    assert Event.objects.filter(name="application:submit").count() == 1


def test_nothing_of_a_submitted_application_can_be_edited(tmp_path: Path) -> None:
    application = factories.draft(factories.call(), tmp_path)
    by = application.applicant
    actions.submit(application, by=by)
    before = Application.objects.get(pk=application.pk).document()
    with pytest.raises(AlreadySubmitted):
        actions.save(application, {"need": "Something else"}, by=by)
    with pytest.raises(AlreadySubmitted):
        actions.attach(application, "work_plan", path=factories.pdf(tmp_path), name="new.pdf", by=by)
    with pytest.raises(AlreadySubmitted):
        actions.remove(application, "work_plan", by=by)
    assert Application.objects.get(pk=application.pk).document() == before
    assert application.attachments.filter(replaced_at=None).count() == 1


def test_a_clock_that_jumps_back_opens_nothing_again(tmp_path: Path) -> None:
    call = factories.call()
    application = factories.submitted(call, tmp_path)
    with clock.frozen(AFTER):
        actions.close_call(call, by=OFFICE)
    with pytest.raises(AlreadySubmitted):
        actions.save(application, {"need": "Late"}, by=application.applicant)
    with pytest.raises(CallIsClosed):
        factories.draft(call, tmp_path)


def test_the_organisation_is_judged_as_it_was_when_it_applied(tmp_path: Path) -> None:
    application = factories.submitted(factories.call(), tmp_path)
    application.organisation.country = "US"
    application.organisation.save()
    assert actions.judge_eligibility(application, by=OFFICE).passed


def test_an_ineligible_country_is_told_the_rule_and_still_gets_a_letter(tmp_path: Path) -> None:
    by = person(organisation=factories.company(country="US"))
    application = factories.eligible(factories.call(), tmp_path, by=by)
    kept = application.eligibility
    assert application.state == "ineligible"
    assert [(v["rule"], v["found"]) for v in kept.verdicts if not v["passed"]] == [("country", "US")]
    decider = factories.decider()
    with pytest.raises(NotPossibleNow):
        actions.decide(application, awarded={"gpu": 3600}, reasons="Nice.", by=decider)
    decision = actions.decide(application, awarded={}, reasons="Not in a country of the mode.", by=decider)
    assert "We found: US." in decision.letter["sections"][0]["items"][0]


TRICKS = [
    "<script>alert(1)</script>",
    "{{ 7*7 }}{% raise %}",
    "'; DROP TABLE access_application; --",
    "../../../etc/passwd",
    "{0.__class__} %s %(x)s",
    "=cmd|'/c calc'!A1",
]


@pytest.mark.parametrize("trick", TRICKS)
def test_tricks_in_every_text_are_kept_as_text(tmp_path: Path, trick: str) -> None:
    texts = ("need", "approach", "estimate", "leader", "others", "value")
    application = factories.draft(factories.call(), tmp_path, answers=dict.fromkeys(texts, trick))
    actions.save(application, {}, title=trick, by=application.applicant)
    for wish in ({"purpose": trick}, {"datasets": [trick]}, {"datasets": ["nul\x00"]}):
        with pytest.raises(Invalid):
            actions.save(application, {}, by=application.applicant, **wish)
    kept = Application.objects.get(pk=application.pk)
    assert {name: kept.answers[name] for name in texts} == dict.fromkeys(texts, trick)
    assert (kept.title, kept.purpose, kept.datasets) == (trick, "", [])


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"need": "nul\x00"}, [("need", "characters")]),
        ({"field": "<b>"}, [("field", "choice")]),
        ({"gpu_hours": "1; DROP"}, [("gpu_hours", "number")]),
        ({"contract_until": "../.."}, [("contract_until", "date")]),
        ({"state": "awarded"}, [("state", "unknown")]),
        ({"leader": "a\nb", "civil_use": "maybe"}, [("leader", "one_line"), ("civil_use", "yes_no")]),
    ],
)
def test_one_wrong_answer_and_none_is_kept(
    tmp_path: Path, answers: dict[str, object], found: list[tuple[str, str]]
) -> None:
    application = factories.draft(factories.call(), tmp_path)
    with pytest.raises(Invalid) as refusal:
        actions.save(application, {"value": "New value", **answers}, by=application.applicant)
    assert mistakes(refusal) == found
    assert Application.objects.get(pk=application.pk).answers["value"] == factories.REGIONAL_ANSWERS["value"]


def test_strangers_touch_nothing(tmp_path: Path) -> None:
    application = factories.draft(factories.call(), tmp_path)
    stranger = person(Role.OFFICE, organisation=factories.company())
    with pytest.raises(NotAllowed):
        actions.save(application, {"need": "x"}, by=stranger)
    with pytest.raises(NotAllowed):
        actions.submit(application, by=stranger)
    with pytest.raises(NotAllowed):
        actions.attach(application, "work_plan", path=factories.pdf(tmp_path), name="x.pdf", by=stranger)
    with pytest.raises(NotAllowed):
        actions.start(application.call, organisation=application.organisation, title="x", by=stranger)
    with pytest.raises(NotAllowed):
        actions.judge_eligibility(
            actions.submit(application, by=application.applicant), by=application.applicant
        )


# ---- documents ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("plan.pdf", b"MZ\x90\x00 this is a program", TypeLies),
        ("plan.pdf", b"<html><script>alert(1)</script></html>", TypeLies),
        ("plan.pdf", b"", TypeLies),
        ("plan.exe", factories.PDF, TypeLies),
        ("plan.pdf", factories.PDF + b"0" * 10_000_001, TooLarge),
        ("..", factories.PDF, UnsafeName),
    ],
)
def test_documents_that_lie_leave_nothing_behind(
    tmp_path: Path, name: str, content: bytes, error: type[Exception]
) -> None:
    by = person(organisation=factories.company())
    application = actions.start(
        factories.call(), organisation=by.memberships.get().organisation, title="Rot", by=by
    )
    with pytest.raises(error):
        actions.attach(application, "work_plan", path=factories.pdf(tmp_path, content), name=name, by=by)
    assert not Attachment.objects.exists()
    assert [p for p in (tmp_path / "objects").rglob("*") if p.is_file()] == []


def test_a_document_is_replaced_and_its_predecessor_kept(tmp_path: Path) -> None:
    application = factories.draft(factories.call(), tmp_path)
    newer = factories.PDF.replace(b"1.7", b"1.6")
    made = actions.attach(
        application, "work_plan", path=factories.pdf(tmp_path, newer), name="b.pdf", by=application.applicant
    )
    assert list(application.attachments.filter(replaced_at=None)) == [made]
    assert application.attachments.count() == 2
    with pytest.raises(NotFound):
        actions.attach(
            application, "../x", path=factories.pdf(tmp_path), name="b.pdf", by=application.applicant
        )


# ---- reviews ----------------------------------------------------------------------


def test_reviewers_are_asked_by_load_and_never_from_the_same_organisation(tmp_path: Path) -> None:
    call = factories.call()
    application = factories.eligible(call, tmp_path)
    colleague = factories.reviewer(organisation=application.organisation)
    former = factories.reviewer()
    leave(join(former, application.organisation, by=INSTALLER), by=INSTALLER)
    busy, free, idle = factories.reviewer(), factories.reviewer(), factories.reviewer()
    actions.assign_reviewers(factories.eligible(call, tmp_path), by=OFFICE, reviewers=[busy])
    made = actions.assign_reviewers(application, by=OFFICE)
    assert {review.reviewer for review in made} == {free, idle}
    assert application.state == "in_review"
    for person_ in (colleague, former):
        with pytest.raises(ReviewerHasConflict):
            actions.assign_reviewers(application, by=OFFICE, reviewers=[person_])
    assert [review.due_at.isoformat() for review in made] == ["2027-03-01T22:59:59+00:00"] * 2


def test_too_few_free_reviewers_is_said(tmp_path: Path) -> None:
    application = factories.eligible(factories.call(), tmp_path)
    factories.reviewer()
    with pytest.raises(TooFewReviewers, match="2 more reviewers are needed, and 1 have no conflict"):
        actions.assign_reviewers(application, by=OFFICE)
    assert application.reviews.count() == 0


def test_a_declared_conflict_holds_and_somebody_else_is_asked(tmp_path: Path) -> None:
    application = factories.eligible(factories.call(), tmp_path)
    first, second, third = factories.reviewer(), factories.reviewer(), factories.reviewer()
    review = actions.assign_reviewers(application, by=OFFICE, reviewers=[first, second])[0]
    actions.decline_review(review, reason="My sister works there.", conflict=True, by=first)
    assert [r.reviewer for r in actions.assign_reviewers(application, by=OFFICE)] == [third]
    with pytest.raises(NotPossibleNow):
        actions.state_free(review, by=first)


def test_a_conflict_that_comes_up_later_stops_the_review(tmp_path: Path) -> None:
    application = factories.eligible(factories.call(), tmp_path)
    reviewer = factories.reviewer()
    review = actions.assign_reviewers(application, by=OFFICE, reviewers=[reviewer])[0]
    join(reviewer, application.organisation, by=INSTALLER)
    review.refresh_from_db()
    assert review.state == "set_aside"
    with pytest.raises(NotPossibleNow):
        factories.scored(review)


def test_a_review_is_complete_or_refused_and_only_its_reviewer_gives_it(tmp_path: Path) -> None:
    application = factories.eligible(factories.call(), tmp_path)
    reviewer, other = factories.reviewer(), factories.reviewer()
    review, _ = actions.assign_reviewers(application, by=OFFICE, reviewers=[reviewer, other])
    actions.state_free(review, by=review.reviewer)
    with pytest.raises(Invalid) as refusal:
        actions.submit_review(
            review,
            scores={"value": 6, "approach": "3", "feasibility": True},
            reasons={"value": "x" * 1001, "approach": " ", "feasibility": "ok"},
            by=reviewer,
        )
    assert mistakes(refusal) == [
        ("score_value", "score"),
        ("reason_value", "length"),
        ("reason_approach", "reason"),
        ("score_feasibility", "score"),
    ]
    ids = ("value", "approach", "feasibility")
    with pytest.raises(NotAllowed):
        actions.submit_review(review, scores=dict.fromkeys(ids, 3), reasons=dict.fromkeys(ids, "x"), by=other)
    given = factories.scored(review)
    assert (given.read_digest, given.scores) == (application.content_digest, dict.fromkeys(ids, 4))


# ---- deciding ----------------------------------------------------------------------


def test_nobody_decides_without_a_mandate_for_it(tmp_path: Path) -> None:
    application = factories.reviewed(factories.call(), tmp_path)
    ask = {"awarded": {"gpu": base(Resource.GPU, 2000)}, "reasons": "Good."}
    small = factories.decider(ceiling_gpu_seconds=base(Resource.GPU, 1999))
    for by in (
        factories.decider(mandate=False),
        factories.decider(scope="playground"),
        factories.decider(valid_until=DURING),
        factories.decider(valid_from=DURING + timedelta(seconds=1)),
        factories.decider(subject="model:release"),
        small,
    ):
        with pytest.raises(NoMandate):
            actions.decide(application, **ask, by=by)
    with pytest.raises(NotAllowed):
        actions.decide(application, **ask, by=application.applicant)
    assert not Decision.objects.exists()
    assert actions.decide(application, awarded={"gpu": base(Resource.GPU, 1999)}, reasons="Good.", by=small)


def test_who_stands_too_close_or_reviewed_does_not_decide(tmp_path: Path) -> None:
    application = factories.reviewed(factories.call(), tmp_path)
    close = factories.decider()
    join(close, application.organisation, by=INSTALLER)
    with pytest.raises(ReviewerHasConflict):
        actions.decide(application, awarded={}, reasons="No.", by=close)
    review = application.reviews.first()
    assert review is not None
    grant_role(review.reviewer, Role.PANEL, by=INSTALLER)
    factories.give(review.reviewer)
    with pytest.raises(DeciderReviewed):
        actions.decide(application, awarded={}, reasons="No.", by=review.reviewer)


def test_an_award_keeps_to_the_line_to_what_was_asked_and_to_its_reasons(tmp_path: Path) -> None:
    call, by = factories.call(), factories.decider()
    low = factories.reviewed(call, tmp_path, scores=(3, 2))
    with pytest.raises(BelowTheLine, match=r"The score is 2\.50 and the line is 3\.00"):
        actions.decide(low, awarded={"gpu": 3600}, reasons="Nice people.", by=by)
    good = factories.reviewed(call, tmp_path)
    with pytest.raises(Invalid) as refusal:
        actions.decide(good, awarded={"gpu": base(Resource.GPU, 2001), "core": 1}, reasons=" ", by=by)
    assert mistakes(refusal) == [
        ("awarded_gpu", "at_most_asked"),
        ("awarded_core", "at_most_asked"),
        ("reasons", "Awb 3:46"),
    ]
    actions.decide(low, awarded={}, reasons="Under the line.", by=by)
    with pytest.raises(NotPossibleNow):
        actions.decide(low, awarded={}, reasons="Again.", by=by)


def test_no_award_before_the_reviews_are_in(tmp_path: Path) -> None:
    application = factories.eligible(factories.call(), tmp_path)
    with pytest.raises(NotPossibleNow):
        actions.decide(application, awarded={"gpu": 3600}, reasons="Quick.", by=factories.decider())


def test_assessments_come_before_submitting_and_a_stop_blocks_an_award(tmp_path: Path) -> None:
    call = factories.call("playground-v1")
    by = person(organisation=factories.company())
    bare = actions.start(call, organisation=by.memberships.get().organisation, title="Cows", by=by)
    bare = actions.save(bare, factories.PLAYGROUND_ANSWERS, by=by)
    with pytest.raises(AssessmentMissing) as refusal:
        actions.submit(bare, by=by)
    assert refusal.value.rule == "ai_act, gdpr"
    unlawful = ORDINARY | {"legal_basis": "none"}
    factories.assess(bare, gdpr=unlawful)
    actions.submit(bare, by=by)
    actions.judge_eligibility(bare, by=OFFICE)
    bare.refresh_from_db()
    with pytest.raises(AssessmentSaysStop) as stopped:
        actions.decide(bare, awarded={"gpu": 3600}, reasons="Fine.", by=factories.decider())
    assert stopped.value.rule == "gdpr"
    assert actions.decide(bare, awarded={}, reasons="No ground in law.", by=factories.decider())


def test_a_call_is_decided_when_all_its_applications_are(tmp_path: Path) -> None:
    call = factories.call()
    application = factories.submitted(call, tmp_path)
    actions.close_call(call, by=OFFICE)
    with pytest.raises(ApplicationsWait):
        actions.finish_call(call, by=OFFICE)
    actions.withdraw(application, by=application.applicant)
    assert actions.finish_call(call, by=OFFICE).state == "decided"


def test_a_call_fits_its_mode() -> None:
    text = Text(en="x" * 201, nl="y")
    with pytest.raises(Invalid) as refusal:
        actions.prepare_call(mode=modes.named("regional-v1"), title=text, opens_at=OPENS, by=OFFICE)
    assert mistakes(refusal) == [("cut_off_at", "cut-off"), ("title_en", "length")]
    with pytest.raises(Invalid) as refusal:
        actions.prepare_call(
            mode=modes.named("playground-v1"),
            title=Text(en="x", nl="y"),
            opens_at=OPENS,
            cut_off_at=OPENS,
            by=OFFICE,
        )
    assert mistakes(refusal) == [("cut_off_at", "cut-off")]


def test_another_place_registers_nothing_for_you() -> None:
    by = person(organisation=organisation())
    with pytest.raises(NotAllowed):
        actions.start(factories.call(), organisation=organisation(), title="Rot", by=by)
