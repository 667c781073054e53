"""Reviewing: the statement first, drafts, what double-blind hides, the talk and the one change after it."""

from collections.abc import Iterator
from fractions import Fraction
from math import isclose
from pathlib import Path
from statistics import stdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.access import actions, modes
from aifactory.access.conflicts.detection import Kind
from aifactory.access.conflicts.queries import close_to
from aifactory.access.models import Application, Attachment, Remark, Review
from aifactory.access.review import queries
from aifactory.access.review.actions import (
    NothingWasDiscussed,
    ReviewerHasConflict,
    RevisedAlready,
    StatementComesFirst,
)
from aifactory.access.review.blinding import answers_for_reviewers
from aifactory.access.review.spread import Agreement, Spread, spread, widest
from aifactory.audit.actions import NotPossibleNow
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed, NotFound
from aifactory.people.models import Role, User
from aifactory.people.rules import can_view, visible
from tests.access import factories
from tests.access.factories import OFFICE
from tests.people.factories import person

pytestmark = pytest.mark.usefixtures("store")
IDS = ("value", "approach", "feasibility")


@pytest.fixture(autouse=True)
def _during() -> Iterator[None]:
    with clock.frozen(factories.DURING):
        yield


def asked(folder: Path, mode: str = "regional-v1") -> Review:
    application = factories.eligible(factories.call(mode), folder)
    return actions.assign_reviewers(
        application, by=OFFICE, reviewers=[factories.reviewer(), factories.reviewer()]
    )[0]


def given_all(score: int = 4) -> dict[str, Any]:
    return {"scores": dict.fromkeys(IDS, score), "reasons": dict.fromkeys(IDS, "Because.")}


@given(st.lists(st.integers(0, 5), min_size=2, max_size=6))
def test_the_spread_is_what_statistics_say(scores: list[int]) -> None:
    found = spread("value", scores)
    assert found.mean == Fraction(sum(scores), len(scores))
    assert found.deviation is not None
    assert isclose(found.deviation, stdev(scores), abs_tol=1e-9)
    assert found.range == max(scores) - min(scores)


def test_words_for_the_spread() -> None:
    words = [spread("c", scores).agreement for scores in ([], [3], [3, 4], [2, 4], [1, 4], [0, 5])]
    none, wide = Agreement.NONE_YET, Agreement.WIDE
    assert words == [none, none, Agreement.CLOSE, Agreement.SOME, wide, wide]
    assert spread("c", []) == Spread("c", (), None, None)
    assert widest([spread("a", [3, 4]), spread("b", [1, 4]), spread("c", [4])]) == spread("b", [1, 4])
    assert widest([spread("a", [3])]) is None


@pytest.mark.django_db
def test_the_application_opens_after_the_statement(tmp_path: Path) -> None:
    review = asked(tmp_path)
    reviewer = review.reviewer
    assert not can_view(reviewer, review.application)
    assert dict(queries.essentials(review)) == {
        "Project": "Seeing rot",
        "Organisation": review.application.organisation.name,
        "Applicant": review.application.applicant.name,
        "People who work on it": "Femke Example",
    }
    for verb in (actions.submit_review, actions.save_draft):
        with pytest.raises(StatementComesFirst):
            verb(review, **given_all(), by=reviewer)
    actions.state_free(review, by=reviewer)
    assert review.stated_at == factories.DURING
    assert can_view(reviewer, review.application)
    with pytest.raises(NotAllowed):
        actions.save_draft(review, **given_all(), by=factories.reviewer())


@pytest.mark.django_db
def test_a_draft_is_kept_as_far_as_it_goes_and_goes_with_the_review(tmp_path: Path) -> None:
    review = asked(tmp_path)
    actions.state_free(review, by=review.reviewer)
    given = {"scores": {"value": "4", "approach": "9", "odd": "1"}, "reasons": {"value": "Half a"}}
    draft = actions.save_draft(review, **given, by=review.reviewer)
    assert (draft.scores, draft.reasons) == ({"value": 4}, {"value": "Half a"})
    actions.submit_review(review, **given_all(), by=review.reviewer)
    review = Review.objects.get(pk=review.pk)
    assert not hasattr(review, "draft")
    assert [(r.number, r.scores, r.because) for r in review.revisions.all()] == [
        (1, dict.fromkeys(IDS, 4), "")
    ]
    assert review.revisions.get().read_digest == review.application.content_digest
    with pytest.raises(NotPossibleNow):
        actions.save_draft(review, **given_all(), by=review.reviewer)


@pytest.mark.django_db
def test_a_review_that_nobody_gives_is_taken_back_with_a_reason(tmp_path: Path) -> None:
    review, office = asked(tmp_path), person(Role.OFFICE)
    silent = review.reviewer
    actions.state_free(review, by=silent)
    actions.save_draft(review, scores={"value": "4"}, reasons={}, by=silent)
    for by, reason, refusal in ((silent, "I.", NotAllowed), (office, " ", Invalid)):
        with pytest.raises(refusal):
            actions.take_back(review, reason=reason, by=by)
    actions.take_back(review, reason="No answer in three weeks.", by=office)
    taken = Review.objects.get(pk=review.pk)
    assert (taken.state, taken.because, hasattr(taken, "draft")) == (
        "set_aside",
        "No answer in three weeks.",
        False,
    )
    assert not can_view(silent, review.application)
    fresh = factories.reviewer()
    assert [r.reviewer for r in actions.assign_reviewers(review.application, by=OFFICE)] == [fresh]
    with pytest.raises(Invalid):
        actions.assign_reviewers(review.application, by=OFFICE, reviewers=[silent])
    with pytest.raises(NotPossibleNow):
        actions.take_back(taken, reason="Again.", by=office)


@pytest.mark.django_db
def test_a_given_review_is_not_taken_back(tmp_path: Path) -> None:
    review = factories.scored(asked(tmp_path))
    with pytest.raises(NotPossibleNow):
        actions.take_back(review, reason="Too harsh.", by=person(Role.OFFICE))


@pytest.mark.django_db
def test_a_reviewer_changes_once_because_of_what_was_said(tmp_path: Path) -> None:
    application = factories.reviewed(factories.call(), tmp_path, scores=(2, 5))
    first, second = application.reviews.order_by("pk")
    change = given_all(3) | {"because": "The data set is larger than I thought."}
    with pytest.raises(NothingWasDiscussed):
        actions.revise_review(first, **change, by=first.reviewer)
    actions.remark(application, text="Did you see annex B?", by=second.reviewer)
    with pytest.raises(Invalid):
        actions.revise_review(first, **(change | {"because": " "}), by=first.reviewer)
    actions.revise_review(first, **change, by=first.reviewer)
    assert [r.scores["value"] for r in first.revisions.order_by("number")] == [2, 3]
    assert Review.objects.get(pk=first.pk).scores == dict.fromkeys(IDS, 3)
    with pytest.raises(RevisedAlready):
        actions.revise_review(first, **change, by=first.reviewer)
    actions.decide(application, awarded={}, reasons="No room.", by=factories.decider())
    with pytest.raises(NotPossibleNow):
        actions.revise_review(second, **change, by=second.reviewer)


@pytest.mark.django_db
def test_who_talks_and_how_they_are_called(tmp_path: Path) -> None:
    application = factories.reviewed(factories.call(), tmp_path)
    first, second = application.reviews.order_by("pk")
    panel = person(Role.PANEL, name="Pia Panel")
    actions.remark(application, text="Why the four?", by=panel)
    actions.remark(application, text="See page 3.", by=first.reviewer)
    actions.remark(application, text="Both agree.", note=True, by=panel)
    with pytest.raises(NotAllowed):
        actions.remark(application, text="I conclude.", note=True, by=first.reviewer)
    for stranger in (application.applicant, factories.reviewer(), person(Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            actions.remark(application, text="Hello.", by=stranger)
    talk = queries.find_discussion(application.pk, second.reviewer)
    assert [talk.voices[r.author_id] for r in talk.remarks] == ["Pia Panel", "Reviewer A", "Pia Panel"]
    assert talk.voices[second.reviewer_id] == "Reviewer B (you)"
    assert talk.note is not None
    assert talk.note.text == "Both agree."
    seen = queries.find_discussion(application.pk, panel)
    assert seen.voices[first.reviewer_id] == f"Reviewer A ({first.reviewer.name})"
    for outsider in (application.applicant, factories.reviewer()):
        with pytest.raises(NotFound):
            queries.find_discussion(application.pk, outsider)
        assert list(visible(Remark, outsider)) == []


@pytest.mark.django_db
def test_reviewers_read_the_others_only_once_all_are_in(tmp_path: Path) -> None:
    review = asked(tmp_path)
    factories.scored(review)
    with pytest.raises(NotFound):
        queries.find_discussion(review.application_id, review.reviewer)
    with pytest.raises(NotPossibleNow):
        actions.remark(review.application, text="First!", by=person(Role.PANEL))


@pytest.mark.django_db
def test_a_late_conflict_ends_the_talk_for_that_reviewer(tmp_path: Path) -> None:
    application = factories.reviewed(factories.call(), tmp_path)
    first, second = application.reviews.order_by("pk")
    actions.remark(application, text="Hello.", by=first.reviewer)
    actions.name_collaborator("Femke Example", factories.DURING.date(), by=second.reviewer)
    with pytest.raises(NotFound):
        queries.find_discussion(application.pk, second.reviewer)
    with pytest.raises((NotAllowed, ReviewerHasConflict)):
        actions.remark(application, text="Still here.", by=second.reviewer)


@pytest.fixture
def double_blind(monkeypatch: pytest.MonkeyPatch) -> str:
    plain = modes.named("regional-v1").plain()
    plain["reviewing"]["blind"] = "double"
    plain["slots"][0]["identifying"] = True
    mode = modes.from_plain(plain)
    monkeypatch.setattr(modes, "named", lambda _name: mode)
    return "regional-v1"


@pytest.mark.django_db
def test_double_blind_withholds_who_applies(tmp_path: Path, double_blind: str) -> None:
    review = asked(tmp_path, double_blind)
    application, reviewer = review.application, review.reviewer
    assert dict(queries.essentials(review)) == {"Project": "Seeing rot"}
    actions.state_free(review, by=reviewer)
    assert list(visible(Application, reviewer)) == []
    assert list(visible(Attachment, reviewer)) == []
    assert set(application.answers) - set(answers_for_reviewers(application)) == {"leader"}
    office = person(Role.OFFICE)
    assert list(visible(Application, office)) == [application]
    assert can_view(office, application.attachments.get())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("blind", "names"), [("single", ["Reviewer A", "Reviewer B"]), ("open", ["Ann", "Bob"])]
)
def test_the_applicant_reads_the_reviews_after_the_decision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blind: str, names: list[str]
) -> None:
    plain = modes.named("regional-v1").plain()
    plain["reviewing"]["blind"] = blind
    monkeypatch.setattr(modes, "named", lambda _name: modes.from_plain(plain))
    application = factories.reviewed(factories.call(), tmp_path, scores=(4, 3))
    for review, name in zip(application.reviews.order_by("pk"), ("Ann", "Bob"), strict=True):
        User.objects.filter(pk=review.reviewer_id).update(name=name)
    applicant, reviewer = application.applicant, application.reviews.earliest("pk").reviewer
    with pytest.raises(NotFound):
        queries.reviews_for_applicant(application, applicant)
    with clock.frozen(factories.AFTER):
        actions.decide(application, awarded={}, reasons="No room.", by=factories.decider())
    application.refresh_from_db()
    found = queries.reviews_for_applicant(application, applicant)
    assert [(name, review.scores["value"]) for name, review in found] == list(zip(names, (4, 3), strict=True))
    for stranger in (reviewer, person()):
        with pytest.raises(NotFound):
            queries.reviews_for_applicant(application, stranger)


@pytest.mark.django_db
def test_no_reviewer_reads_whom_the_applicant_does_not_want(tmp_path: Path) -> None:
    wish = {"not_by": "Grumpy Gerrit"}
    application = factories.eligible(factories.call(), tmp_path, answers=wish)
    assert set(application.answers) - set(answers_for_reviewers(application)) == {"not_by"}
    unwanted = person(Role.REVIEWER, name="Gerrit Grumpy")
    assert close_to([unwanted], application) == {unwanted.pk: [Kind.EXCLUDED]}


@pytest.mark.django_db
def test_lists_stay_within_six_queries(tmp_path: Path, django_assert_max_num_queries: Any) -> None:
    call = factories.call()
    applications = [factories.reviewed(call, tmp_path) for _ in range(3)]
    reviewer, panel = applications[0].reviews.earliest("pk").reviewer, person(Role.PANEL)
    with django_assert_max_num_queries(6):
        assert len(list(queries.own_reviews(reviewer))) == 1
    with django_assert_max_num_queries(6):
        rows = list(queries.panel_work(panel))
        assert [[s.range for s in queries.spreads_of(row, row.given)] for row in rows] == [[0, 0, 0]] * 3
    with django_assert_max_num_queries(8):
        talk = queries.find_discussion(applications[0].pk, panel)
        assert len(talk.reviews) == 2
