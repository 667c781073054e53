"""Who sees what: the list and the single check agree, for everybody and everything."""

from pathlib import Path
from typing import Any

import pytest

from aifactory.access import actions
from aifactory.access.models import Application, Attachment, Call, Decision, Eligibility, Review
from aifactory.people.actions import join
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Role
from aifactory.people.rules import can_view, visible
from tests.access import factories
from tests.access.factories import OFFICE
from tests.people.factories import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store", "during")]


@pytest.fixture
def house(tmp_path: Path) -> dict[str, Any]:
    """A draft call, an open one, applications in several states, and people of every kind."""
    call = factories.call()
    factories.call(opened=False)
    draft = factories.draft(call, tmp_path)
    reviewed = factories.reviewed(call, tmp_path)
    decided = factories.reviewed(call, tmp_path)
    declining, other = factories.reviewer(), factories.reviewer()
    waiting = factories.eligible(call, tmp_path)
    first, second = actions.assign_reviewers(waiting, by=OFFICE, reviewers=[declining, other])
    actions.state_free(second, by=other)
    actions.decline_review(first, reason="A friend.", conflict=True, by=declining)
    panel = factories.decider()
    actions.decide(decided, awarded={}, reasons="No room.", by=panel)
    office = person(Role.OFFICE)
    insider = person(Role.OFFICE)
    join(insider, reviewed.organisation, by=INSTALLER)
    auditor, stranger = person(Role.AUDITOR), person(Role.REVIEWER)
    people = {
        "public": None,
        "stranger": stranger,
        "office": office,
        "insider": insider,
        "auditor": auditor,
        "panel": panel,
        "declining": declining,
        "other": other,
        "reviewer": reviewed.reviews.first().reviewer,  # type: ignore[union-attr]
        "applicant": reviewed.applicant,
        "writer": draft.applicant,
    }
    return {"people": people, "draft": draft, "reviewed": reviewed, "decided": decided, "waiting": waiting}


def test_the_list_and_the_check_agree(house: dict[str, Any]) -> None:
    for model in (Call, Application, Attachment, Eligibility, Review, Decision):
        assert model.objects.exists()
        for who, viewer in house["people"].items():
            listed = set(visible(model, viewer).values_list("pk", flat=True))
            for thing in model.objects.all():
                assert can_view(viewer, thing) == (thing.pk in listed), (who, thing.thing)


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("public", set()),
        ("stranger", set()),
        ("office", {"reviewed", "decided", "waiting"}),
        ("auditor", {"reviewed", "decided", "waiting"}),
        ("panel", {"reviewed", "decided", "waiting"}),
        ("declining", set()),
        ("other", {"waiting"}),
        ("reviewer", {"reviewed"}),
        ("applicant", {"reviewed"}),
        ("writer", {"draft"}),
    ],
)
def test_who_sees_which_application(house: dict[str, Any], who: str, seen: set[str]) -> None:
    listed = set(visible(Application, house["people"][who]).values_list("pk", flat=True))
    assert listed == {house[name].pk for name in seen}


def test_reviews_stay_hidden_from_those_they_are_about(house: dict[str, Any]) -> None:
    of_reviewed = set(house["reviewed"].reviews.values_list("pk", flat=True))
    for who in ("applicant", "insider", "public", "stranger"):
        assert not of_reviewed & set(visible(Review, house["people"][who]).values_list("pk", flat=True)), who
    assert of_reviewed <= set(visible(Review, house["people"]["office"]).values_list("pk", flat=True))
