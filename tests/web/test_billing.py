"""Paid use on the pages, by the API and the commands."""

import json
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from aifactory.awards.billing import actions, ubl
from aifactory.awards.billing.models import Customer, Invoice
from aifactory.awards.models import AwardLine, Project
from aifactory.kit import clock
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Role
from tests.awards.test_billing import ADDRESS, MARCH, used
from tests.people.factories import organisation, person
from tests.web.test_mandates import run

pytestmark = pytest.mark.django_db
APRIL = MARCH + timedelta(days=31)


@pytest.fixture
def office():
    with clock.frozen(MARCH):
        who = person(Role.OFFICE)
        give_mandate(who, by=INSTALLER, subject="invoice:issue", holder_title="Head of finance")
        yield who


@pytest.fixture
def customer(office):
    place = organisation(name="Groot B.V.", registration_number="01234567")
    return actions.register_customer(place, by=office, vat_number="NL123456789B01", **ADDRESS)


def billed(office, customer):
    leader = person(organisation=customer.organisation)
    project = actions.open_paid_project(
        customer, by=office, title="Potatoes", leader=leader, ends_at=APRIL + timedelta(days=60)
    )
    line = actions.sell(
        customer,
        project,
        by=office,
        resource="gpu",
        amount=36_000,
        starts_at=MARCH,
        ends_at=APRIL + timedelta(days=60),
    ).line
    used(line, 36_000, "a")
    with clock.frozen(APRIL):
        return actions.issue(customer, until=date(2027, 3, 31), by=office)


def test_anyone_reads_the_prices(client, told):
    words = told(client.get("/prices/"))
    assert "GPU time EUR 2.40 GPU-h" in words
    assert client.get("/api/v1/prices").json()["currency"] == "EUR"


def test_from_customer_to_paid_on_the_pages(client, told, office, django_assert_max_num_queries):
    place = organisation(name="Groot B.V.", registration_number="01234567")
    leader = person(organisation=place)
    client.force_login(office)
    client.post("/customers/new/", {"organisation": place.pk, "vat_number": "NL123456789B01", **ADDRESS})
    page = f"/customers/{Customer.objects.get().pk}/"
    end = (APRIL + timedelta(days=60)).strftime("%Y-%m-%dT%H:%M")
    client.post(page, {"project_now": "y", "title": "Potatoes", "leader": leader.email, "ends_at": end})
    sale = {"sell_now": "y", "project": Project.objects.get().pk, "resource": "gpu", "amount": "10"}
    client.post(page, sale | {"starts_at": MARCH.strftime("%Y-%m-%dT%H:%M"), "ends_at": end})
    line = AwardLine.objects.get()
    assert line.amount == 36_000
    used(line, 36_000, "a")
    with clock.frozen(APRIL):
        assert "Potatoes GPU time 10 GPU-h 24.00" in told(client.get(page))
        answer = client.post(page, {"issue_now": "y", "until": "2027-03-31"})
        invoice = Invoice.objects.get()
        assert answer.url == f"/invoices/{invoice.pk}/"
        words = told(client.get(answer.url))
        assert "VAT 21% of EUR 24.00 EUR 5.04 To pay EUR 29.04" in words
        with django_assert_max_num_queries(6):
            assert "2027-000001" in told(client.get("/invoices/"))
        client.post(answer.url, {"pay": "y", "paid_on": "2027-04-01"})
    invoice.refresh_from_db()
    assert invoice.state == "paid"


def test_a_correction_of_the_customer_is_no_second_one(client, office, customer):
    client.force_login(office)
    facts = {"organisation": customer.organisation_id, **ADDRESS, "city": "Assen"}
    client.post("/customers/new/", facts)
    assert [c.city for c in Customer.objects.all()] == ["Assen"]


def test_the_customer_reads_its_invoice_and_takes_the_file(client, told, office, customer):
    invoice = billed(office, customer)
    client.force_login(person(organisation=customer.organisation))
    words = told(client.get(f"/invoices/{invoice.pk}/"))
    assert ("Note the payment" in words, "Take this invoice back" in words) == (False, False)
    file = client.get(f"/invoices/{invoice.pk}/ubl.xml")
    assert ubl.read(file.content).number == invoice.number
    client.force_login(person(organisation=organisation()))
    assert client.get(f"/invoices/{invoice.pk}/").status_code == 404
    assert client.get(f"/invoices/{invoice.pk}/ubl.xml").status_code == 404


def test_the_office_takes_an_invoice_back_on_the_page(client, told, office, customer):
    invoice = billed(office, customer)
    client.force_login(office)
    with clock.frozen(APRIL):
        answer = client.post(f"/invoices/{invoice.pk}/", {"reasons": "Wrong order.", "bill_again": "on"})
        words = told(client.get(answer.url))
        assert "Credit note 2027-000002" in words
        assert "Takes back invoice 2027-000001" in words
        assert "Taken back by 2027-000002" in told(client.get(f"/invoices/{invoice.pk}/"))
        assert "Potatoes GPU time 10 GPU-h" in told(client.get(f"/customers/{customer.pk}/"))


def test_late_invoices_stand_on_the_desk(client, told, office, customer):
    billed(office, customer)
    client.force_login(office)
    with clock.frozen(APRIL + timedelta(days=40)):
        assert "2027-000001 Groot B.V. Late" in told(client.get("/desk/"))


def test_the_commands_sell_bill_and_take_back(live_remote, office, tmp_path):
    place = organisation(name="Groot B.V.", registration_number="01234567")
    leader = person(organisation=place)
    live_remote(office)
    made = run(
        "invoices", "register", place.pk, "--street", "Kade 1", "--postcode", "9712 AA", "--city", "Groningen",
        "--endpoint", "a@example.org", "--reference", "PO-7", "--json",
    )  # fmt: skip
    end = "2027-06-01T00:00:00Z"
    opened = run(
        "invoices", "open-project", made["id"], "Potatoes", "--leader", leader.email, "--until", end, "--json"
    )  # fmt: skip
    sold = run(
        "invoices", "sell", made["id"], opened["id"], "--resource", "gpu", "--amount", "36000",
        "--from", "2027-03-01T09:00:00Z", "--until", end, "--json",
    )  # fmt: skip
    used(AwardLine.objects.get(pk=sold["line"]), 3_600, "a")
    with clock.frozen(APRIL):
        (waiting,) = run("invoices", "unbilled", made["id"], "--json")["items"]
        assert (waiting["used"], waiting["net_cents"]) == ("1 GPU-h", 240)
        invoice = run("invoices", "issue", made["id"], "--until", "2027-03-31", "--json")
        assert (invoice["number"], invoice["gross_cents"]) == ("2027-000001", 290)
        whole = run("invoices", "show", invoice["id"], "--json")
        assert whole["content"]["totals"]["due"] == "2.90"
        file = tmp_path / "invoice.xml"
        CliRunner().invoke(app(), ["invoices", "ubl", invoice["id"], str(file)])
        checked = run("invoices", "check", str(file), "--json")
        assert (checked["number"], checked["problems"]) == ("2027-000001", [])
        note = run("invoices", "credit", invoice["id"], "--reasons", "Wrong.", "--json")
        assert (note["kind"], note["credits"]) == ("credit_note", invoice["id"])
        paid = run("invoices", "pay", note["id"], "--on", "2027-04-01", "--json")
        assert paid["state"] == "paid"
        numbers = [i["number"] for i in run("invoices", "list", "--json")["items"]]
        assert numbers == ["2027-000002", "2027-000001"]
        assert run("invoices", "prices", "--json")["name"] == "example-v1"
        assert [c["id"] for c in run("invoices", "customers", "--json")["items"]] == [made["id"]]


def app():
    from aifactory.cli import assemble

    return assemble()


def test_a_file_that_breaks_a_rule_is_told_by_name_and_ends_with_1(office, customer, tmp_path, monkeypatch):
    from aifactory.awards.billing import writing

    invoice = billed(office, customer)
    xml = ubl.write(writing.again(invoice.content))
    file = tmp_path / "wrong.xml"
    file.write_bytes(xml.replace(b"29.04", b"29.05"))
    monkeypatch.setattr("sys.argv", ["aifactory", "invoices"])
    done = CliRunner().invoke(app(), ["invoices", "check", str(file), "--json"])
    rules = {problem["rule"] for problem in json.loads(done.output)["problems"]}
    assert (done.exit_code, rules) == (1, {"BR-CO-15"})
