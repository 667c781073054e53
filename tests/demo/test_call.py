"""A whole call, small: by script and on pages, from the opening to the letters; the crowd alone, whole."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from aifactory.access.models import Application, Decision, Matching
from aifactory.access.selection.procedure import result_of
from aifactory.demo import cast
from aifactory.demo.call.crowd import BREAKS, gather, score
from aifactory.demo.call.faces import ByApi, ByWeb
from aifactory.demo.call.people import register
from aifactory.demo.call.round import Round
from aifactory.kit import clock
from aifactory.kit.canonical import canonical
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER
from tests.datasets.factories import store  # noqa: F401 - a fixture

OPENS = datetime(2027, 2, 1, 8, tzinfo=UTC)
APPLICATIONS, REVIEWERS = 14, 12


def test_the_same_seed_gives_the_same_crowd_and_another_a_different_one() -> None:
    crowd = gather("north-2026")
    assert crowd == gather("north-2026")
    assert crowd.plans[0] != gather("south-2026").plans[0]
    assert (len(crowd.plans), len(crowd.reviewers), len(crowd.firms)) == (120, 36, 128)
    names = [someone.name for someone in (*(plan.applicant for plan in crowd.plans), *crowd.reviewers)]
    assert len(set(names)) == 156
    assert {plan.number: plan.breaks for plan in crowd.plans if plan.breaks} == BREAKS
    given = {score(crowd, plan, someone, "value") for plan in crowd.plans for someone in crowd.reviewers[:5]}
    assert given <= set(range(6))


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("kind", [ByApi, ByWeb], ids=lambda kind: kind.name)
def test_a_call_runs_from_its_opening_to_the_letters(kind: type[ByApi] | type[ByWeb]) -> None:
    crowd = gather("small", APPLICATIONS, REVIEWERS)
    with clock.frozen(OPENS):
        people, registered = cast.gather(), register(crowd, "x")
        give_mandate(people["director"], by=INSTALLER, subject="application:decide", holder_title="Director")
    round_ = Round(crowd, registered, people["office"], people["director"], OPENS)
    round_.open(kind)
    round_.prepare_reviewers()
    for plan in crowd.plans:
        round_.apply(plan)
    round_.screen(kind)
    assert Counter(Application.objects.values_list("state", flat=True)) == {"eligible": 13, "ineligible": 1}
    round_.draw_reviewers(kind)
    matching = Matching.objects.get(call=round_.call)
    assert (matching.applications, matching.reviews, matching.withheld) == (13, 26, 0)
    for review in round_.reviews():
        round_.review(review)
    selection = round_.select(kind)
    assert canonical(result_of(selection.inputs)) == canonical(selection.result)
    assert Decision.objects.count() == APPLICATIONS
    for application in Application.objects.order_by("pk"):
        granted = application.state == "awarded"
        dutch = application.applicant.language == "nl"
        said = {
            (False, False): "is not granted",
            (False, True): "is niet toegekend",
            (True, False): "is granted",
            (True, True): "is toegekend",
        }
        assert round_.letter(application).endswith(said[granted, dutch])
