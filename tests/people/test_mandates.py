"""Exactly one accountable person: gaps and doubles are found, handing over leaves neither."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed, NotFound
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER
from aifactory.people.mandates import actions, queries
from aifactory.people.mandates.duties import duties, seats
from aifactory.people.mandates.matrix import Alarm, Holding, accountable, alarms, clashes, in_force
from aifactory.people.models import Mandate, Role
from tests.people.factories import person

START = datetime(2027, 3, 1, 9, tzinfo=UTC)
SUBJECT = "suspension:impose"


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def held(name: str, begins: int = 0, ends: int | None = None, **more) -> Holding:
    until = None if ends is None else day(ends)
    return Holding(f"man_{name}", name, name, more.pop("scope", ""), day(begins), until, **more)


def found(*holdings: Holding, scope: str = "", at: int = 0, ahead: int = 30) -> list[Alarm]:
    return alarms([("x:do", scope, holdings)], day(at), ahead=timedelta(days=ahead))


def test_nobody_is_a_gap_and_two_are_a_double():
    assert found() == [Alarm("gap", "x:do", "", day(0))]
    assert found(held("a")) == []
    assert found(held("a"), held("b")) == [Alarm("double", "x:do", "", day(0), ("man_a", "man_b"))]


def test_an_end_without_successor_is_told_ahead_and_a_handed_over_one_is_not():
    assert found(held("a", ends=10)) == [Alarm("gap", "x:do", "", day(10))]
    assert found(held("a", ends=40)) == []
    assert found(held("a", ends=10), held("b", begins=10)) == []
    assert found(held("a", ends=10), held("b", begins=11)) == [Alarm("gap", "x:do", "", day(10))]
    overlap = found(held("a", ends=10), held("b", begins=9))
    assert overlap == [Alarm("double", "x:do", "", day(9), ("man_a", "man_b"))]


def test_a_closed_account_holds_nothing():
    assert found(held("a", active=False)) == [Alarm("gap", "x:do", "", day(0))]


def test_ceilings_make_a_ladder_and_unordered_ones_a_double():
    small, large = held("small", gpu=100, core=100), held("large")
    assert found(small, large) == []
    answer = [accountable([small, large], "", day(0), gpu=gpu)[0].person for gpu in (0, 100, 101)]
    assert answer == ["small", "small", "large"]
    crossed = held("crossed", gpu=50, core=200)
    assert [a.kind for a in found(small, crossed)] == ["double"]
    assert found(small, crossed, held("both", gpu=50, core=100)) == []  # answers for all that they share


def test_a_mandate_for_one_scope_goes_before_one_for_all():
    own, general = held("own", scope="regional"), held("general")
    assert found(own, general, scope="regional") == []
    assert [h.person for h in in_force([own, general], "playground", day(0))] == ["general"]
    assert [h.person for h in in_force([own, general], "regional", day(0))] == ["own"]


ceilings = st.none() | st.integers(0, 4)
holdings = st.lists(
    st.builds(
        lambda name, begins, length, gpu, core: held(
            name, begins, None if length is None else begins + length, gpu=gpu, core=core
        ),
        st.sampled_from("abc"),
        st.integers(-5, 5),
        st.none() | st.integers(1, 8),
        ceilings,
        ceilings,
    ),
    max_size=5,
)


@given(holdings, st.integers(-6, 8))
def test_no_alarm_means_exactly_one_person_for_every_amount_within_reach(those, at):
    told = {a.kind for a in alarms([("x:do", "", those)], day(at), ahead=timedelta(0))}
    present = in_force(those, "", day(at))
    assert ("gap" in told) == (not present)
    answering = [
        {h.person for h in accountable(those, "", day(at), gpu=gpu, core=core)}
        for gpu in range(6)
        for core in range(6)
    ]
    reached = [people for people in answering if people]
    assert ("double" in told) == any(len(people) > 1 for people in reached)


@given(holdings, st.integers(-6, 8), st.integers(0, 12))
def test_handing_over_at_any_moment_changes_no_alarm(those, at, moment):
    """Replacing one mandate by two that meet at an instant leaves the same gaps and doubles."""
    assume(those)
    old, *others = those
    if not (old.begins < day(moment) and (old.ends is None or day(moment) < old.ends)):
        return
    first = Holding(old.mandate, old.person, "", "", old.begins, day(moment), old.gpu, old.core)
    second = Holding("man_new", "new", "", "", day(moment), old.ends, old.gpu, old.core)
    assume(not any(h.person == old.person for h in others))  # a colleague of oneself is no double
    before = alarms([("x:do", "", those)], day(at), ahead=timedelta(days=30))
    after = alarms([("x:do", "", [first, second, *others])], day(at), ahead=timedelta(days=30))
    assert [(a.kind, a.at) for a in before] == [(a.kind, a.at) for a in after]


@given(holdings)
def test_who_clashes_are_two_people(those):
    assert all(a.person != b.person for a, b in clashes(those))


@pytest.mark.django_db
def test_the_duties_are_whole_and_split_by_mode():
    assert len({duty.subject for duty in duties()}) == len(duties()) >= 15
    scopes = [seat.scope for seat in seats() if seat.duty.subject == "application:decide"]
    assert {"regional", "playground"} <= set(scopes)


@pytest.fixture
def office(db):
    return person(Role.OFFICE)


def appointed(office, who, **more):
    return actions.appoint(who, by=office, subject=SUBJECT, holder_title="Director", **more)


def test_an_empty_factory_has_a_gap_for_every_duty_and_an_appointment_closes_one(office):
    gaps = len(queries.all_alarms())
    assert gaps == len(seats())
    appointed(office, person())
    assert len(queries.all_alarms()) == gaps - 1
    assert queries.holder_of(SUBJECT).holder_title == "Director"


def test_a_second_appointment_is_refused_and_nothing_is_written(office):
    appointed(office, person())
    with pytest.raises(actions.SomebodyAnswersAlready):
        appointed(office, person(), valid_from=clock.now() + timedelta(days=3))
    assert Mandate.objects.count() == 1


def test_a_mandate_for_all_modes_may_stand_beside_one_for_a_mode(office):
    actions.appoint(person(), by=office, subject="application:decide", scope="regional", holder_title="R")
    actions.appoint(person(), by=office, subject="application:decide", holder_title="All")
    holder = {
        scope: queries.holder_of("application:decide", scope=scope).holder_title
        for scope in ("regional", "playground")
    }
    assert holder == {"regional": "R", "playground": "All"}


def test_handing_over_ends_one_and_begins_the_other_at_the_same_instant(office):
    with clock.frozen(START):
        first, second = person(), person()
        old = appointed(office, first, valid_until=day(300), basis="Board, 1 March")
        new = actions.hand_over(old, second, by=office, at=day(10))
        assert (old.valid_until, new.valid_from, new.valid_until) == (day(10), day(10), day(300))
        assert (new.follows_id, new.basis, new.holder_title) == (old.pk, "Board, 1 March", "Director")
        holders = []
        for moment in (day(10) - timedelta(microseconds=1), day(10), day(10) + timedelta(microseconds=1)):
            with clock.frozen(moment):
                holders.append(queries.holder_of(SUBJECT).user_id)
        assert holders == [first.pk, second.pk, second.pk]
        assert [a for a in queries.all_alarms() if a.subject == SUBJECT] == []
    named = Event.objects.filter(name__startswith="mandate:").order_by("pk").values_list("name", flat=True)
    assert list(named) == ["mandate:give", "mandate:hand_over", "mandate:give"]


def test_a_mandate_is_handed_over_once_not_in_the_past_and_not_to_the_holder(office):
    with clock.frozen(START):
        holder = person()
        mandate = appointed(office, holder, valid_until=day(20))
        with pytest.raises(Invalid):
            actions.hand_over(mandate, holder, by=office)
        with pytest.raises(Invalid):
            actions.hand_over(mandate, person(), by=office, at=day(-1))
        with pytest.raises(NotPossibleNow):
            actions.hand_over(mandate, person(), by=office, at=day(20))
        with pytest.raises(NotAllowed):
            actions.hand_over(mandate, person(), by=person(Role.APPLICANT))
        actions.hand_over(mandate, person(), by=office, at=day(5))
        with pytest.raises(NotPossibleNow):
            actions.hand_over(mandate, person(), by=office, at=day(6))
    assert Mandate.objects.count() == 2


def test_nobody_makes_themself_accountable(office):
    with pytest.raises(Invalid):
        appointed(office, office)
    mandate = appointed(office, person())
    with pytest.raises(Invalid):
        actions.hand_over(mandate, office, by=office)


def test_an_end_without_successor_is_an_alarm_at_that_moment(office):
    with clock.frozen(START):
        mandate = appointed(office, person())
        actions.end(mandate, by=office, at=day(7))
        told = [a for a in queries.all_alarms() if a.subject == SUBJECT]
    assert told == [Alarm("gap", SUBJECT, "", day(7))]


def test_functions_are_public_names_only_when_the_holder_says_so(office):
    holder = person(name="Ina Holder")
    mandate = appointed(office, holder)
    stranger = person()
    seen = [
        queries.mandate_facts(mandate, who)["name"] for who in (None, stranger, office, person(Role.AUDITOR))
    ]
    assert seen == ["", "", "Ina Holder", "Ina Holder"]
    with pytest.raises(NotAllowed):
        actions.publish_name(mandate, by=office)
    actions.publish_name(mandate, by=holder)
    assert queries.mandate_facts(mandate, None)["name"] == "Ina Holder"


def test_who_is_involved_is_named_once_and_can_end(office):
    wish = {"part": "consulted", "function": "Security officer"}
    one = actions.involve(SUBJECT, by=office, **wish)
    assert actions.involve(SUBJECT, by=office, **wish) == one
    assert [i.function for i in queries.find_row(SUBJECT).involved["consulted"]] == ["Security officer"]
    actions.end_involvement(one, by=office)
    assert queries.find_row(SUBJECT).involved["consulted"] == []
    with pytest.raises(Invalid):
        actions.involve(SUBJECT, by=office, part="boss", function="")
    with pytest.raises(NotFound):
        actions.involve("no:duty", by=office, **wish)


def test_the_matrix_costs_the_same_for_many_mandates(office, django_assert_num_queries):
    for number in range(5):
        give_mandate(person(), by=INSTALLER, subject="register:publish", holder_title=f"H{number}")
    with django_assert_num_queries(3):  # mandates, parts, and the modes that the office wrote
        queries.matrix()
