"""De minimis aid: three rolling years, one undertaking, nothing beyond the room."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.awards.state_aid import actions, ledger, queries
from aifactory.awards.state_aid.actions import NoRoomForAid
from aifactory.awards.state_aid.ledger import CEILING, Aid, Room
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.enterprises import actions as enterprises
from aifactory.people.models import Role
from tests.people.factories import declared, organisation, person

TODAY = date(2026, 11, 22)


def euros(amount: int) -> int:
    return amount * 100


@pytest.mark.parametrize(
    ("granted", "leaves"),
    [
        (date(2023, 11, 22), date(2026, 11, 23)),
        (date(2024, 2, 29), date(2027, 3, 1)),
        (date(2023, 12, 31), date(2027, 1, 1)),
    ],
)
def test_aid_counts_through_its_third_anniversary(granted, leaves):
    assert ledger.leaves_on(granted) == leaves


def test_room_today_and_from_when_an_amount_fits():
    """EUR 120,000 until today, 100,000 until 10 January 2028: 80,000 left; 200,000 fits from tomorrow."""
    aid = [Aid(date(2023, 11, 22), euros(120_000)), Aid(date(2025, 1, 10), euros(100_000))]
    assert ledger.room(aid, TODAY) == Room(TODAY, euros(220_000), euros(80_000))
    assert [ledger.fits_from(aid, TODAY, euros(n)) for n in (80_000, 200_000, 200_001, 300_001)] == [
        TODAY,
        date(2026, 11, 23),
        date(2028, 1, 11),
        None,
    ]


def test_a_later_entry_bounds_an_earlier_grant():
    """EUR 250,000 granted next year: today there is room for 50,000, though nothing was granted before."""
    later = [Aid(date(2027, 6, 1), euros(250_000))]
    assert ledger.room(later, TODAY) == Room(TODAY, 0, euros(50_000))


def test_a_free_grant_is_worth_its_published_price_rounded_up():
    amounts = {"gpu": 3600 * 1000, "storage": 500 * 10**9, "core": 1, "advice": 0}
    assert ledger.value(amounts, {"gpu": 250, "storage": 3, "core": 1}) == 250_000 + 1_500 + 1
    with pytest.raises(KeyError):
        ledger.value({"advice": 1}, {"gpu": 250})
    assert ledger.value({}, {}) == 0


aid_lists = st.lists(
    st.builds(Aid, st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 20_000_000)), max_size=8
)


@given(aid_lists, st.dates(date(2022, 1, 1), date(2028, 1, 1)))
def test_what_fits_breaks_no_three_years(aid, on):
    """A grant of all that is left leaves each three years with it at the ceiling, or as far over as before."""
    left = ledger.room(aid, on).left
    after = [*aid, Aid(on, left)] if left else aid
    for end in [on + timedelta(days=day) for day in range(0, 1100, 50)]:
        assert ledger.used(after, end) <= max(CEILING, ledger.used(aid, end))
    if left:
        assert ledger.room(after, on).left == 0


@given(aid_lists, st.integers(1, CEILING))
def test_it_fits_on_the_day_told_and_not_the_day_before(aid, cents):
    day = ledger.fits_from(aid, TODAY, cents)
    assert day is not None
    assert cents <= ledger.room(aid, day).left
    if day > TODAY:
        assert cents > ledger.room(aid, TODAY).left


@pytest.fixture
def _today():
    with clock.frozen(datetime(2026, 11, 22, 12, tzinfo=UTC)):
        yield


@pytest.mark.django_db
@pytest.mark.usefixtures("_today")
def test_linked_enterprises_share_one_ceiling():
    child, parent = (organisation(name=name, registration_number=name) for name in ("Child", "Parent"))
    boss, office = person(organisation=child), person(Role.OFFICE)
    own = declared(child, boss)
    above = enterprises.name_enterprise(
        child, name="Parent", country="NL", registration_number="Parent", by=boss
    )
    enterprises.state_holding(above, own, capital=5100, by=boss)
    actions.declare_aid(
        parent, granted_on=date(2024, 5, 1), cents=euros(200_000), authority="Province", by=office
    )
    with pytest.raises(NoRoomForAid) as refusal:
        actions.grant_aid(child, euros(150_000), application="app_1", authority="AI Factory", by=office)
    assert str(refusal.value) == (
        "This grant is worth EUR 150,000.00; there is room for EUR 100,000.00 on 2026-11-22 (counted: Child, Parent). "
        "It fits from 2027-05-02, or grant less."
    )
    granted = actions.grant_aid(child, euros(100_000), application="app_1", authority="AI Factory", by=office)
    again = actions.grant_aid(child, euros(100_000), application="app_1", authority="AI Factory", by=office)
    assert again == granted
    found = queries.standing(parent)
    assert (found.room.used, found.room.left, [e.organisation.name for e in found.entries]) == (
        euros(300_000),
        0,
        ["Parent", "Child"],
    )
    actions.annul_aid(granted, by=office)
    assert queries.standing(parent).room.left == euros(100_000)


@pytest.mark.django_db
@pytest.mark.usefixtures("_today")
def test_aid_of_another_member_state_does_not_count_here():
    company = organisation()
    boss = person(organisation=company)
    actions.declare_aid(
        company, granted_on=TODAY, cents=euros(5), authority="Land", member_state="de", by=boss
    )
    assert queries.standing(company).room.left == CEILING
    assert queries.standing(company, member_state="DE").room.used == euros(5)


@pytest.mark.django_db
@pytest.mark.usefixtures("_today")
def test_who_declares_and_what_is_refused():
    company = organisation()
    with pytest.raises(NotAllowed):
        actions.declare_aid(company, granted_on=TODAY, cents=1, authority="Province", by=person())
    boss = person(organisation=company)
    with pytest.raises(Invalid) as refusal:
        actions.declare_aid(
            company, granted_on=date(2027, 1, 1), cents=0, authority=" ", member_state="Holland", by=boss
        )
    assert [e.field for e in refusal.value.errors] == ["euros", "granted_on", "authority", "member_state"]
    entry = actions.declare_aid(company, granted_on=TODAY, cents=1, authority="Province", by=boss)
    with pytest.raises(NotAllowed):
        actions.register_aid(entry, "NL-1", by=boss)
    assert actions.register_aid(entry, "NL-1", by=person(Role.OFFICE)).register_reference == "NL-1"
