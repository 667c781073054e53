"""The consortium's pages, API and commands."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from aifactory.kit.canonical import digest
from aifactory.people.models import Role
from aifactory.people.partners.models import Contribution, Partner, PartnerAgreement, Party
from tests.people.factories import organisation, person
from tests.web.test_mandates import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    who = person(Role.OFFICE)
    client.force_login(who)
    return who


def joined(client, place):
    form = {"organisation": place.pk, "function": "Hosts the machine", "since": "2026-01-01"}
    client.post("/consortium/partners/new/", form)
    return Partner.objects.get(organisation=place)


def test_the_books_are_kept_on_the_pages(client, office, told, django_assert_max_num_queries):
    place = organisation(name="Hosting Foundation")
    partner = joined(client, place)
    page = f"/consortium/partners/{partner.pk}/"
    promise = {
        "promise": "yes",
        "kind": "money",
        "amount": "1000",
        "description": "The building",
        "due_on": "2026-02-01",
    }
    assert client.post(page, promise).url == page
    contribution = Contribution.objects.get()
    delivery = {
        "deliver": "yes",
        "contribution": contribution.pk,
        "amount": "400",
        "delivered_on": "2026-03-01",
        "evidence": "Bank statement 7",
    }
    client.post(page, delivery)
    words = told(client.get(page))
    assert "The building Money 1,000 EUR 400 EUR 2026-02-01 Late" in words
    assert "Bank statement 7" in words
    client.logout()
    assert "Bank statement 7" not in told(client.get(page))
    with django_assert_max_num_queries(6):
        assert "Hosting Foundation" in told(client.get("/consortium/"))


def test_an_agreement_keeps_the_digest_and_its_signatures(client, office, told):
    partner = joined(client, organisation(name="Hosting Foundation"))
    form = {
        "title": "Hosting agreement",
        "kind": "hosting",
        "starts_on": "2026-01-01",
        "document": SimpleUploadedFile("a.pdf", b"The text."),
        "partners": [partner.pk],
    }
    answer = client.post("/consortium/agreements/new/", form)
    made = PartnerAgreement.objects.get()
    assert (answer.url, made.document_digest) == (f"/consortium/agreements/{made.pk}/", digest(b"The text."))
    assert "Not signed by all" in told(client.get(answer.url))
    party = Party.objects.get()
    client.post(answer.url, {"party": party.pk, "signed_on": "2026-01-02", "signatory": "A. Board"})
    words = told(client.get(answer.url))
    assert ("In force" in words, "A. Board" in words) == (True, True)
    client.logout()
    words = told(client.get(answer.url))
    assert ("In force" in words, "A. Board" in words) == (True, False)


def test_strangers_keep_no_books(client, office):
    partner = joined(client, organisation())
    client.force_login(person())
    page = f"/consortium/partners/{partner.pk}/"
    client.post(page, {"leave": "yes", "until": "2026-05-01"})
    partner.refresh_from_db()
    assert partner.until is None
    body = {"until": "2026-05-01"}
    answer = client.post(f"/api/v1/partners/{partner.pk}/leave", body, content_type="application/json")
    assert answer.status_code == 403


def test_the_commands_keep_the_books(live_remote, tmp_path):
    place = organisation(name="Data Institute")
    paper = tmp_path / "agreement.pdf"
    paper.write_bytes(b"The text.")
    live_remote(person(Role.OFFICE))
    partner = run(
        "partners", "admit", place.pk, "--function", "Brings data", "--since", "2026-01-01", "--json"
    )
    made = run(
        "partners", "agree", "Data agreement", "--document", str(paper), "--partner", partner["id"],
        "--kind", "data", "--from", "2026-01-01", "--json",
    )  # fmt: skip
    assert (made["document_digest"], made["standing"]) == (digest(b"The text."), "unsigned")
    party = made["parties"][0]["id"]
    signed = run("partners", "sign", made["id"], party, "--on", "2026-01-05", "--signatory", "B", "--json")
    assert (signed["standing"], signed["parties"][0]["signatory"]) == ("in_force", "B")
    promised = run(
        "partners", "promise", partner["id"], "Ten sets", "--kind", "data", "--amount", "10", "--json"
    )
    came = run(
        "partners", "deliver", promised["id"], "--amount", "4", "--on", "2026-02-01", "--evidence", "List", "--json"
    )  # fmt: skip
    assert (came["promised"], came["delivered"], came["unit"]) == (10, 4, "datasets")
    left = run("partners", "leave", partner["id"], "--until", "2027-01-01", "--json")
    assert left["until"] == "2027-01-01"
    live_remote(None)
    found = run("partners", "list", "--json")
    assert [one["organisation"] for one in found["partners"]] == ["Data Institute"]
    assert found["agreements"][0]["parties"][0]["signatory"] is None
