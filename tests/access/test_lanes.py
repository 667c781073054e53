"""First in, first out: an order that anyone can check, and a way out of it that stays on record."""

from datetime import timedelta
from pathlib import Path

import pytest

from aifactory.access import actions
from aifactory.access.lanes.actions import EarlierOneWaits, NobodyIsAhead, allow_out_of_turn
from aifactory.access.lanes.queries import ahead_of, lane, place_of
from aifactory.access.models import Application, OutOfTurn
from aifactory.audit.models import Event, Seal
from aifactory.audit.sealing import seal_all
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from tests.access import factories
from tests.access.factories import DURING

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(tmp_path: Path) -> list[Application]:
    """Three applications, the first two of which were handed in at the very same moment."""
    with clock.frozen(DURING):
        call = factories.call("playground-v1")
        drafts = [factories.draft(call, tmp_path) for _ in range(3)]
    moments = (DURING, DURING, DURING + timedelta(minutes=5))
    for application, moment in zip((drafts[1], drafts[0], drafts[2]), moments, strict=True):
        with clock.frozen(moment):
            actions.submit(application, by=application.applicant)
    found = [drafts[1], drafts[0], drafts[2]]
    for application in found:
        application.refresh_from_db()
    return found


def test_the_same_moment_is_ordered_by_the_log(three: list[Application]) -> None:
    places = lane(three[0].call)
    assert [place.application for place in places] == [application.pk for application in three]
    assert [place.number for place in places] == [1, 2, 3]
    assert [place.blinded for place in places] == ["", "", ""]
    assert [ahead_of(application) for application in three] == [0, 1, 2]
    with clock.frozen(DURING + timedelta(hours=1)):
        seal_all("factory.example/log")
    sealed = lane(three[0].call)
    leaves = [Seal.objects.get(event_id=place.event).leaf for place in sealed]
    assert [place.blinded for place in sealed] == [leaf[:16] for leaf in leaves]
    assert [place.standing for place in sealed] == ["waiting"] * 3
    assert sealed[0].event < sealed[1].event < sealed[2].event


def test_a_lane_costs_two_queries(three: list[Application], django_assert_num_queries: object) -> None:
    call = three[0].call
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert len(lane(call)) == 3


def test_a_later_one_is_not_decided_first_and_the_refusal_names_nobody(three: list[Application]) -> None:
    with clock.frozen(DURING + timedelta(hours=1)):
        by = factories.decider()
        with pytest.raises(EarlierOneWaits) as refused:
            actions.decide(three[2], awarded={}, reasons="Not now.", by=by)
        assert refused.value.message == "2 applications came earlier and are not decided yet."
        assert three[0].reference not in str(refused.value)


def test_a_reason_on_record_opens_the_way_once(three: list[Application]) -> None:
    with clock.frozen(DURING + timedelta(hours=1)):
        for application in three:
            actions.judge_eligibility(application, by=factories.OFFICE)
            application.refresh_from_db()
        factories.technically_checked(three[2])
        by = factories.decider()
        with pytest.raises(Invalid, match="Say why"):
            allow_out_of_turn(three[2], reason=" ", by=by)
        leave = allow_out_of_turn(three[2], reason="Its machine closes tomorrow.", by=by)
        assert allow_out_of_turn(three[2], reason="Again.", by=by) == leave
        assert (leave.ahead, leave.reason, leave.allowed_by) == (2, "Its machine closes tomorrow.", by)
        event = Event.objects.get(name="lane:leave")
        assert event.data == {"ahead": 2, "mandate": leave.mandate_id}
        actions.decide(three[2], awarded={"gpu": 3600}, reasons="Fits.", by=by)
        with pytest.raises(NobodyIsAhead):
            allow_out_of_turn(three[0], reason="No need.", by=by)
        assert [place.standing for place in lane(three[0].call)] == ["waiting", "waiting", "decided"]
        assert OutOfTurn.objects.count() == 1


def test_leave_needs_a_mandate(three: list[Application]) -> None:
    with clock.frozen(DURING + timedelta(hours=1)):
        with pytest.raises(NotAllowed, match="no mandate"):
            allow_out_of_turn(three[2], reason="Please.", by=factories.decider(mandate=False))
        with pytest.raises(NotAllowed, match="may not"):
            allow_out_of_turn(three[2], reason="Please.", by=three[2].applicant)


def test_reviewed_calls_have_no_lane(tmp_path: Path) -> None:
    with clock.frozen(DURING):
        application = factories.submitted(factories.call(), tmp_path)
    assert (lane(application.call), place_of(application), ahead_of(application)) == ([], None, 0)


@pytest.mark.parametrize("withdrawn", [set(), {0}, {1}, {0, 1}, {2}])
def test_who_withdraws_is_ahead_of_nobody(three: list[Application], withdrawn: set[int]) -> None:
    for number in withdrawn:
        actions.withdraw(three[number], by=three[number].applicant)
        three[number].refresh_from_db()
    for number, application in enumerate(three):
        before = [other for other in range(number) if other not in withdrawn]
        assert ahead_of(application) == (0 if number in withdrawn else len(before))
    assert [p.number for p in lane(three[0].call)] == [1, 2, 3]
