"""The books of the consortium: agreements bind when all signed, promises are held against what came."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.audit.actions import NotPossibleNow
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.models import Role
from aifactory.people.partners import actions, queries
from aifactory.people.partners.models import UNITS, Contribution, standing
from tests.people.factories import organisation, person

DIGEST = "sha256:" + "c" * 64
TODAY = date(2027, 3, 1)
dates = st.dates(date(2026, 1, 1), date(2028, 1, 1))


@pytest.fixture
def office(db):
    with clock.frozen(datetime(2027, 3, 1, 9, tzinfo=UTC)):
        yield person(Role.OFFICE)


def partner(office, **facts):
    return actions.admit(
        organisation(**facts), by=office, function="Hosts the supercomputer", since=date(2026, 1, 1)
    )


@given(dates, st.none() | dates, st.lists(st.none() | dates, max_size=3), dates)
def test_an_agreement_binds_in_its_period_once_everybody_signed(starts, ends, signed, on):
    found = standing(starts, ends, signed, on)
    all_signed = bool(signed) and all(day is not None and day <= on for day in signed)
    assert (found == "in_force") == (all_signed and starts <= on and (ends is None or on <= ends))
    assert (found == "ended") == (ends is not None and ends < on)


def test_an_agreement_waits_for_every_signature(office):
    one, two = partner(office), partner(office)
    made = actions.agree(
        by=office,
        title="Consortium agreement",
        kind="consortium",
        document_digest=DIGEST,
        starts_on=date(2027, 1, 1),
        ends_on=date(2027, 5, 1),
        partners=[one, two, one],
    )
    first, second = made.parties.order_by("pk")
    actions.sign(first, by=office, signed_on=date(2027, 1, 5), signatory="A. Board")
    assert queries.attention() == [("Consortium agreement", "Not signed by all parties")]
    actions.sign(second, by=office, signed_on=date(2027, 1, 9), signatory="B. Board")
    (found,) = queries.agreements()
    facts = queries.agreement_facts(found, details=False)
    assert (facts["standing"], [p["signed_on"] for p in facts["parties"]]) == (
        "in_force",
        ["2027-01-05", "2027-01-09"],
    )
    assert "signatory" not in facts["parties"][0]
    assert queries.agreement_facts(found, details=True)["parties"][0]["signatory"] == "A. Board"
    assert queries.attention() == [("Consortium agreement", "Ends on 2027-05-01")]
    with pytest.raises(NotPossibleNow):
        actions.sign(first, by=office, signed_on=TODAY, signatory="C")


def test_promised_is_held_against_delivered(office):
    one = partner(office)
    money = actions.promise(
        one,
        by=office,
        kind="money",
        amount=Decimal("1000000.50"),
        description="Share of the building",
        due_on=date(2027, 2, 1),
    )
    for amount in ("400000", "0.50"):
        actions.deliver(
            money,
            by=office,
            amount=Decimal(amount),
            delivered_on=TODAY,
            evidence="Bank statement",
        )
    (fact,) = queries.contributions(one)
    assert (fact["unit"], fact["promised"], fact["delivered"], fact["late"]) == (
        "EUR",
        1000000.5,
        400000.5,
        True,
    )
    assert queries.totals() == [
        {"kind": "money", "unit": "EUR", "promised": 1000000.5, "delivered": 400000.5}
    ]
    assert queries.attention() == [("Share of the building", "Promised, and late")]


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "Infinity", "1e20"])
def test_amounts_are_whole_and_above_zero(amount):
    with pytest.raises(Invalid):
        actions.whole("money", Decimal(amount))


@given(st.integers(1, 10**14), st.sampled_from(list(Contribution.Kind)))
def test_amounts_keep_every_cent(kept, kind):
    assert actions.whole(kind, Decimal(kept) / UNITS[kind][1]) == kept


def test_the_office_keeps_the_books_and_an_organisation_is_one_partner(office):
    one = partner(office)
    with pytest.raises(actions.IsPartnerAlready):
        actions.admit(one.organisation, by=office, function="Twice", since=TODAY)
    with pytest.raises(NotAllowed):
        actions.promise(one, by=person(), kind="staff", amount=Decimal(8), description="Two days")
    with pytest.raises(Invalid):
        actions.leave(one, by=office, until=date(2025, 1, 1))
    assert actions.leave(one, by=office, until=TODAY).until == TODAY


def test_what_is_wrong_in_an_agreement_is_said_at_once(office):
    with pytest.raises(Invalid) as refusal:
        actions.agree(
            by=office,
            title="A",
            kind="tea",
            document_digest="x",
            starts_on=TODAY,
            ends_on=date(2026, 1, 1),
            partners=[],
        )
    assert [e.field for e in refusal.value.errors] == ["kind", "document_digest", "ends_on", "partners"]


def test_the_summary_costs_the_same_for_many_partners(office, django_assert_num_queries):
    for _ in range(5):
        actions.promise(partner(office), by=office, kind="staff", amount=Decimal(8), description="Days")
    with django_assert_num_queries(2):
        assert len(queries.partners()) == 5
    with django_assert_num_queries(1):
        queries.agreements()
