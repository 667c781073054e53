"""Paid use: exact cents, no number missing, nothing billed twice, and documents that keep the standard's rules."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.audit.actions import NotPossibleNow
from aifactory.awards import actions as awards
from aifactory.awards.billing import actions, checks, prices, queries, ubl, writing
from aifactory.awards.billing.document import Company, rounded
from aifactory.awards.billing.models import Invoice, InvoicedHold
from aifactory.awards.billing.vat import treatment
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.kit.units import UNITS, Resource
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER
from aifactory.people.mandates.queries import NoMandate
from aifactory.people.models import Role
from aifactory.people.rules import can_view, visible
from aifactory.people.terms.models import Acceptance
from aifactory.people.terms.standing import TermsNotAccepted
from tests.awards.factories import GRANTOR, project
from tests.people.factories import organisation, person

MARCH = datetime(2027, 3, 1, 9, tzinfo=UTC)
LIST = prices.known()["example-v1"]
BUYERS = {
    "S": Company(name="Groot B.V.", country="NL", vat_number="NL123456789B01"),
    "AE": Company(name="Gross GmbH", country="DE", vat_number="DE123456789"),
    "O": Company(name="Big Inc.", country="US"),
}
ADDRESS = {
    "street": "Kade 1",
    "postcode": "9712 AA",
    "city": "Groningen",
    "endpoint_scheme": "EM",
    "endpoint": "invoices@example.org",
    "buyer_reference": "PO-7",
}


def frame(buyer: Company, kind: str = "380") -> writing.Frame:
    full = buyer.model_copy(
        update={
            "street": "Kade 1",
            "postcode": "1",
            "city": "X",
            "endpoint_scheme": "EM",
            "endpoint": "a@example.org",
        }
    )
    return writing.Frame(
        "2027-000001",
        kind,
        date(2027, 4, 1),
        date(2027, 5, 1),
        (date(2027, 3, 1), date(2027, 3, 31)),
        full,
        "PO-7",
    )


uses = st.lists(
    st.builds(
        writing.Use,
        line=st.uuids().map(str),
        project=st.sampled_from(["Potatoes", "Cows & <grass>"]),
        resource=st.sampled_from(list(Resource)),
        amount=st.integers(1, 10**13),
        prices=st.just(LIST),
    ),
    min_size=1,
    max_size=6,
)


@given(uses, st.sampled_from(sorted(BUYERS)), st.sampled_from(["380", "381"]))
def test_every_document_we_write_keeps_the_rules_and_survives_the_trip(those, category, kind):
    made = writing.compose(frame(BUYERS[category], kind), those)
    if kind == "381":
        made = replace(made, preceding=("2027-000000", date(2027, 3, 1)), note="Wrong address.")
    assert checks.problems(made) == []
    assert {line.category for line in made.lines} == {category}
    assert ubl.read(ubl.write(made)) == made
    assert writing.again(writing.kept(made)) == made


@given(st.sampled_from(list(Resource)), st.integers(0, 10**15))
def test_a_line_costs_the_nearest_cent_and_half_a_cent_goes_up(resource, amount):
    exact = Fraction(amount) * Fraction(LIST.prices[resource]) * 100 / UNITS[resource][1]
    cost = LIST.cost(resource, amount)
    assert -Fraction(1, 2) < cost - exact <= Fraction(1, 2)
    assert rounded(Decimal("0.005")) == Decimal("0.01")


def good():
    lines = [
        writing.Use("awl_1", "Potatoes", Resource.GPU, 36_000, LIST),
        writing.Use("awl_2", "Potatoes", Resource.ADVICE, 5_400, LIST),
    ]
    return writing.compose(frame(BUYERS["S"]), lines)


def test_the_arithmetic_is_that_of_a_hand_calculation():
    made = good()
    # 10 GPU-h × 2.40 = 24.00; 1.5 adviser-h × 95 = 142.50; 21 % of 166.50 = 34.965 → 34.97
    assert [line.net for line in made.lines] == [Decimal("24.00"), Decimal("142.50")]
    assert (made.totals.without_vat, made.totals.vat, made.totals.with_vat) == (
        Decimal("166.50"),
        Decimal("34.97"),
        Decimal("201.47"),
    )


def totals(**change):
    return lambda d: replace(d, totals=replace(d.totals, **{k: Decimal(v) for k, v in change.items()}))


def tax(**change):
    return lambda d: replace(d, taxes=(replace(d.taxes[0], **change),))


def line(**change):
    return lambda d: replace(d, lines=(replace(d.lines[0], **change), *d.lines[1:]))


def seller(**change):
    return lambda d: replace(d, seller=d.seller.model_copy(update=change))


def buyer(**change):
    return lambda d: replace(d, buyer=d.buyer.model_copy(update=change))


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        ("BR-02", lambda d: replace(d, number="")),
        ("BR-16", lambda d: replace(d, lines=())),
        ("BR-29", lambda d: replace(d, period=d.period[::-1])),
        ("BR-CO-04", line(category="")),
        ("BR-CO-09", seller(vat_number="123")),
        ("BR-CO-10", totals(lines="166.51")),
        ("BR-CO-11", totals(allowances="1.00")),
        ("BR-CO-12", totals(charges="1.00")),
        ("BR-CO-13", totals(without_vat="166.49")),
        ("BR-CO-14", totals(vat="34.96")),
        ("BR-CO-15", totals(with_vat="201.48")),
        ("BR-CO-16", totals(due="0.00")),
        ("BR-CO-17", tax(tax=Decimal("34.96"))),
        ("BR-CO-18", lambda d: replace(d, taxes=())),
        ("BR-CO-25", lambda d: replace(d, due_on=None)),
        ("BR-CO-26", seller(registration_number="", vat_number="")),
        ("BR-S-01", tax(percent=Decimal(9))),
        ("BR-S-02", seller(vat_number="")),
        ("BR-S-05", lambda d: line(percent=Decimal(0))(tax(percent=Decimal(0))(d))),
        ("BR-S-08", tax(taxable=Decimal("166.00"))),
        ("BR-S-10", tax(reason="Because")),
        ("BR-DEC-23", line(net=Decimal("24.001"))),
        ("PEPPOL-EN16931-R120", line(net=Decimal("24.01"))),
        ("PEPPOL-EN16931-R003", lambda d: replace(d, buyer_reference="")),
        ("PEPPOL-EN16931-R010", buyer(endpoint="")),
        ("PEPPOL-EN16931-CL008", buyer(endpoint_scheme="XX")),
        ("PEPPOL-EN16931-CL008", lambda d: buyer(endpoint_scheme="0106")(seller(endpoint_scheme="EM")(d))),
        ("NL-R-001", lambda d: replace(d, kind="381")),
        ("NL-R-002", seller(street="")),
        ("NL-R-003", seller(registration_number="1234")),
        ("NL-R-004", buyer(city="")),
        ("NL-R-005", buyer(registration_number="HRB 6")),
        ("NL-R-007", seller(iban="")),
    ],
)
def test_each_broken_rule_is_named(rule, spoil):
    spoiled = spoil(good())
    assert rule in {problem.rule for problem in checks.problems(spoiled)}


@pytest.mark.parametrize(
    ("country", "number", "scheme"),
    [("NL", "01234567", "0106"), ("NL", "0" * 20, "0190"), ("NL", "HRB 6", None), ("DE", "12345678", None)],
)
def test_a_dutch_registration_number_names_its_register(country, number, scheme):
    made = buyer(country=country, registration_number=number)(good())
    path = "cac:AccountingCustomerParty//cac:PartyLegalEntity/cbc:CompanyID"
    found = ET.fromstring(ubl.write(made)).find(path, ubl.NAMESPACES)
    assert (found.text, found.get("schemeID")) == (number, scheme)


def test_what_goes_by_mail_is_a_plain_invoice_and_what_peppol_delivers_is_its_own():
    by_mail, by_peppol = good(), buyer(endpoint_scheme="0106", endpoint="12345678")(good())
    found = [ET.fromstring(ubl.write(made)) for made in (by_mail, by_peppol)]
    assert [root.findtext("cbc:CustomizationID", "", ubl.NAMESPACES) for root in found] == [
        "urn:cen.eu:en16931:2017",
        "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
    ]
    assert [root.find("cbc:ProfileID", ubl.NAMESPACES) is None for root in found] == [True, False]
    assert checks.problems(by_mail) == checks.problems(by_peppol) == []


def test_allowances_and_charges_of_others_are_added_up():
    made = good()
    some = replace(
        made,
        allowances=(Decimal("6.50"),),
        charges=(Decimal("10.00"),),
        totals=replace(
            made.totals,
            allowances=Decimal("6.50"),
            charges=Decimal("10.00"),
            without_vat=Decimal("170.00"),
            vat=Decimal("35.70"),
            with_vat=Decimal("205.70"),
            paid=Decimal("5.70"),
            due=Decimal("200.00"),
        ),
        taxes=(replace(made.taxes[0], taxable=Decimal("170.00"), tax=Decimal("35.70")),),
    )
    assert checks.problems(some) == []


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"tea",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a/>',
        ubl.write(good()).replace(b"2027-04-01", b"yesterday"),
        ubl.write(good()).replace(b"AccountingSupplierParty", b"Nobody"),
    ],
)
def test_what_is_no_invoice_is_said_to_be_none(file):
    with pytest.raises(ubl.NotAnInvoice):
        ubl.read(file)


@pytest.mark.parametrize(
    ("buyer", "number", "category", "percent"),
    [
        ("NL", "NL1", "S", 21),
        ("NL", "", "S", 21),
        ("DE", "DE1", "AE", 0),
        ("DE", "", "S", 21),
        ("US", "", "O", None),
    ],
)
def test_vat_follows_where_the_buyer_is(buyer, number, category, percent):
    found = treatment("NL", buyer, number, Decimal(21))
    assert (found.category, found.percent) == (category, percent)


# ---- selling and billing -----------------------------------------------------------------------------------


@pytest.fixture
def office(db):
    with clock.frozen(MARCH):
        who = person(Role.OFFICE)
        give_mandate(who, by=INSTALLER, subject="invoice:issue", holder_title="Head of finance")
        yield who


@pytest.fixture
def customer(office):
    place = organisation(staff=4000, registration_number="01234567")
    return actions.register_customer(place, by=office, vat_number="NL123456789B01", **ADDRESS)


def sold(office, customer, resource="gpu", amount=36_000):
    work = project(organisation=customer.organisation, title="Potatoes")
    return actions.sell(
        customer,
        work,
        by=office,
        resource=resource,
        amount=amount,
        starts_at=MARCH,
        ends_at=MARCH + timedelta(days=90),
    ).line


def used(line, amount, key, *, day=1):
    with clock.frozen(MARCH + timedelta(days=day)):
        awards.reserve(line, amount, key=key, by=GRANTOR)
        awards.draw(key, amount, by=GRANTOR)


def at(days):
    return clock.frozen(MARCH + timedelta(days=days))


def test_a_sale_stands_under_a_mandate_and_a_price_list(office, customer):
    line = sold(office, customer)
    assert (line.paid.prices, line.paid.prices_digest) == ("example-v1", LIST.digest)
    with pytest.raises(actions.IsGranted):
        actions.sell(
            customer,
            line.project,
            by=office,
            resource="gpu",
            amount=1,
            starts_at=MARCH,
            ends_at=MARCH + timedelta(days=1),
        )
    with pytest.raises(NoMandate):
        sold(person(Role.OFFICE), customer)
    with pytest.raises(Invalid) as refusal:
        actions.sell(customer, project(), by=office, resource="tea", amount=0, starts_at=MARCH, ends_at=MARCH)
    assert [e.field for e in refusal.value.errors] == ["resource", "amount", "ends_at", "project"]
    Acceptance.objects.filter(organisation=customer.organisation).delete()
    with pytest.raises(TermsNotAccepted):
        sold(office, customer, resource="core")


def test_a_customer_is_whole_and_can_be_corrected(office, customer):
    with pytest.raises(Invalid) as refusal:
        actions.register_customer(customer.organisation, by=office, vat_number="DE1")
    assert {e.rule for e in refusal.value.errors} == {"required", "BR-CO-09"}
    again = actions.register_customer(customer.organisation, by=office, **ADDRESS | {"city": "Assen"})
    assert (again.pk, again.city, again.vat_number) == (customer.pk, "Assen", "")
    with pytest.raises(NotAllowed):
        actions.register_customer(organisation(), by=person(), **ADDRESS)


def test_what_was_used_is_billed_once_and_periods_meet(office, customer):
    line = sold(office, customer)
    used(line, 3_600, "a", day=1)
    used(line, 7_200, "b", day=9)
    used(line, 1_800, "c", day=12)
    with at(20):
        first = actions.issue(customer, until=date(2027, 3, 10), by=office)
        assert (first.number, first.net_cents, first.vat_cents, first.gross_cents) == (
            "2027-000001",
            720,
            151,
            871,
        )
        assert (first.period_start, first.period_end) == (date(2027, 3, 2), date(2027, 3, 10))
        with pytest.raises(actions.NothingToBill):
            actions.issue(customer, until=date(2027, 3, 10), by=office)
        assert queries.preview(customer, date(2027, 3, 19)) == [
            {
                "line": line.pk,
                "project": "Potatoes",
                "resource": "gpu",
                "used": "0.5 GPU-h",
                "net_cents": 120,
            }
        ]
        second = actions.issue(customer, until=date(2027, 3, 19), by=office)
        assert (second.number, second.net_cents) == ("2027-000002", 120)
        assert (second.period_start, second.period_end) == (date(2027, 3, 11), date(2027, 3, 19))
    assert InvoicedHold.objects.count() == 3


def test_free_lines_and_released_holds_are_not_billed(office, customer):
    line = sold(office, customer)
    free = awards.grant_line(
        line.project,
        by=GRANTOR,
        resource="core",
        amount=3_600,
        starts_at=MARCH,
        ends_at=MARCH + timedelta(days=9),
    )
    used(free, 3_600, "free")
    with at(1):
        awards.reserve(line, 100, key="given back", by=GRANTOR)
        awards.release("given back", by=GRANTOR)
    with at(5), pytest.raises(actions.NothingToBill):
        actions.issue(customer, until=date(2027, 3, 5), by=office)
    assert Invoice.objects.count() == 0


def test_a_day_that_has_not_ended_and_a_person_without_mandate_bill_nothing(office, customer):
    used(sold(office, customer), 3_600, "a")
    with at(4):
        with pytest.raises(Invalid):
            actions.issue(customer, until=date(2027, 3, 5), by=office)
        with pytest.raises(NoMandate):
            actions.issue(customer, until=date(2027, 3, 4), by=person(Role.OFFICE))


def test_a_refused_invoice_leaves_no_gap_in_the_numbers(office, customer):
    line = sold(office, customer)
    used(line, 3_600, "a")
    with at(20):
        type(customer).objects.filter(pk=customer.pk).update(vat_number="XX1")
        customer.refresh_from_db()
        with pytest.raises(actions.InvoiceIsWrong) as refusal:
            actions.issue(customer, until=date(2027, 3, 10), by=office)
        assert refusal.value.rule == "BR-CO-09"
        type(customer).objects.filter(pk=customer.pk).update(vat_number="")
        customer.refresh_from_db()
        issued = actions.issue(customer, until=date(2027, 3, 10), by=office)
    assert (issued.number, Invoice.objects.count()) == ("2027-000001", 1)


def test_a_credit_note_takes_the_whole_back_and_use_can_be_billed_again(office, customer):
    used(sold(office, customer), 3_600, "a")
    with at(20):
        invoice = actions.issue(customer, until=date(2027, 3, 10), by=office)
        with pytest.raises(Invalid):
            actions.credit(invoice, by=office, reasons=" ")
        note = actions.credit(invoice, by=office, reasons="Wrong order number.", bill_again=True)
        assert (invoice.state, note.number, note.kind, note.credits) == (
            "credited",
            "2027-000002",
            "381",
            invoice,
        )
        document = writing.again(note.content)
        assert (document.preceding, document.totals) == (
            ("2027-000001", date(2027, 3, 21)),
            writing.again(invoice.content).totals,
        )
        assert checks.problems(ubl.read(ubl.write(document))) == []
        with pytest.raises(NotPossibleNow):
            actions.credit(invoice, by=office, reasons="Again.")
        with pytest.raises(NotPossibleNow):
            actions.credit(note, by=office, reasons="No.")
        third = actions.issue(customer, until=date(2027, 3, 10), by=office)
    assert (third.number, third.gross_cents) == ("2027-000003", invoice.gross_cents)


def test_payment_is_noted_and_late_ones_are_listed(office, customer):
    used(sold(office, customer), 3_600, "a")
    with at(20):
        invoice = actions.issue(customer, until=date(2027, 3, 10), by=office)
        assert list(queries.overdue()) == []
        with pytest.raises(Invalid):
            actions.record_payment(invoice, by=office, paid_on=date(2027, 4, 1))
    with at(60):
        assert list(queries.overdue()) == [invoice]
        actions.record_payment(invoice, by=office, paid_on=date(2027, 4, 20))
        assert (invoice.state, list(queries.overdue())) == ("paid", [])


def test_invoices_are_seen_by_staff_and_by_the_customer(office, customer):
    used(sold(office, customer), 3_600, "a")
    with at(20):
        actions.issue(customer, until=date(2027, 3, 10), by=office)
    viewers = {
        "public": None,
        "member": person(organisation=customer.organisation),
        "stranger": person(organisation=organisation()),
        "auditor": person(Role.AUDITOR),
        "operator": person(Role.OPERATOR),
    }
    seen = {name: visible(Invoice, who).count() for name, who in viewers.items()}
    assert seen == {"public": 0, "member": 1, "stranger": 0, "auditor": 1, "operator": 0}
    for model in (Invoice, type(customer)):
        for who in viewers.values():
            assert {x for x in model.objects.all() if can_view(who, x)} == set(visible(model, who))


def test_an_invoice_costs_the_same_for_many_lines(office, customer, django_assert_max_num_queries):
    for number in range(4):
        used(sold(office, customer), 3_600, f"k{number}")
    with at(20), django_assert_max_num_queries(26):
        invoice = actions.issue(customer, until=date(2027, 3, 10), by=office)
    assert len(invoice.content["lines"]) == 4
