"""Reading and accepting terms, suspending and lifting: by page, API and commands."""

import pytest

from aifactory.kit.canonical import digest
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Role
from aifactory.people.terms import queries
from aifactory.people.terms.models import Acceptance, Suspension
from tests.awards.factories import project
from tests.people.factories import organisation, person
from tests.web.test_mandates import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def judge():
    who = person(Role.OFFICE)
    give_mandate(who, by=INSTALLER, subject="suspension:impose", holder_title="Director")
    return who


def test_anyone_reads_the_terms_and_only_numbers_of_suspensions(client, told):
    words = told(client.get("/terms/"))
    assert "Neither our organisation, nor who owns or controls it" in words
    assert "In force now: 0. Lifted: 0." in words


def test_a_representative_accepts_on_the_page(client, told):
    place = organisation(terms=False)
    client.force_login(person(organisation=place))
    assert f"{place.name} 3 texts To accept" in told(client.get("/desk/"))
    for text in queries.in_force():
        assert f"Accept for {place.name}" in told(client.get("/terms/"))
        sent = {"organisation": place.pk, "digest": text.digest}
        assert client.post(f"/terms/{text.id}/accept/", sent).url == "/terms/"
    assert "Accept for" not in told(client.get("/terms/"))
    assert Acceptance.objects.filter(organisation=place).count() == 3


def test_a_text_that_changed_since_is_read_again(client):
    place = organisation(terms=False)
    client.force_login(person(organisation=place))
    sent = {"organisation": place.pk, "digest": "sha256:" + "1" * 64}
    assert client.post("/terms/civil-use/accept/", sent).status_code == 409
    assert Acceptance.objects.count() == 0


def test_suspending_and_lifting_on_the_pages(client, told, judge, django_assert_max_num_queries):
    member = project().leader
    client.force_login(judge)
    form = {"kind": "people.user", "who": member.email, "ground": "security", "reasons": "A key leaked."}
    answer = client.post("/suspensions/new/", form)
    made = Suspension.objects.get()
    assert (answer.url, made.subject) == (f"/suspensions/{made.pk}/", member.thing)
    with django_assert_max_num_queries(6):
        assert member.name in told(client.get("/suspensions/"))
    client.force_login(member)
    words = told(client.get(f"/suspensions/{made.pk}/"))
    assert ("A key leaked." in words, "Lift the suspension" in words) == (True, False)
    client.force_login(person(Role.REVIEWER))
    assert client.get(f"/suspensions/{made.pk}/").status_code == 404
    client.force_login(judge)
    client.post(f"/suspensions/{made.pk}/", {"reasons": "Replaced."})
    made.refresh_from_db()
    assert (made.state, made.lift_reasons) == ("lifted", "Replaced.")
    assert "In force now: 0. Lifted: 1." in told(client.get("/terms/"))


def test_what_is_wrong_is_told_on_the_form(client, told, judge):
    client.force_login(judge)
    form = {"kind": "people.user", "who": "nobody@example.org", "ground": "terms", "reasons": "Because."}
    assert "Nobody has an account with this address." in told(client.post("/suspensions/new/", form))
    form["who"] = person().email
    client.force_login(person(Role.OFFICE))
    assert "You have no mandate for this today." in told(client.post("/suspensions/new/", form))
    assert Suspension.objects.count() == 0


def test_the_commands_accept_suspend_and_lift(live_remote, judge, tmp_path):
    place = organisation(terms=False)
    signs = person(organisation=place)
    live_remote(signs)
    texts = run("terms", "list", "--json")["items"]
    for text in texts:
        made = run("terms", "accept", place.pk, text["id"], "--digest", text["digest"], "--json")
        assert (made["by"], made["digest"]) == (signs.pk, text["digest"])
    standing = run("terms", "standing", place.pk, "--json")
    assert ([a["text"] for a in standing["accepted"]], standing["due"]) == ([t["id"] for t in texts], [])
    live_remote(judge)
    wish = ("--ground", "payment", "--reasons", "Two invoices.", "--json")
    suspended = run("terms", "suspend", place.thing, *wish)
    assert (suspended["state"], suspended["mandate"]) == ("in_force", "Director")
    assert [s["id"] for s in run("terms", "suspensions", "--json")["items"]] == [suspended["id"]]
    lifted = run("terms", "lift", suspended["id"], "--reasons", "Paid.", "--json")
    assert (lifted["state"], lifted["lift_reasons"]) == ("lifted", "Paid.")


def test_the_public_is_told_numbers_and_texts_by_the_api(client):
    assert client.get("/api/v1/suspensions/count").json() == {"in_force": 0, "lifted": 0}
    assert len(client.get("/api/v1/terms").json()["items"]) == 3
    assert client.get("/api/v1/suspensions").status_code == 401


def test_the_office_records_what_was_signed_on_paper(live_remote, tmp_path):
    place = organisation(terms=False)
    paper = tmp_path / "signed.pdf"
    paper.write_bytes(b"Signed.")
    live_remote(person(Role.OFFICE))
    made = run("terms", "accept", place.pk, "civil-use", "--paper", str(paper), "--json")
    assert (made["by"], made["paper_digest"]) == (None, digest(b"Signed."))
