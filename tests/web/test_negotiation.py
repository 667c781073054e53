"""Other terms and renewals, through the pages, the API and the command's words."""

import pytest

from aifactory.datasets.models import Agreement
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.people.models import User
from tests.datasets import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


def test_other_terms_are_proposed_on_a_page_and_accepted_on_another(client):
    agreement = make.requested(make.offer(make.published()))
    steward, asker = agreement.offer.offered_by, agreement.requested_by
    page = f"/agreements/{agreement.pk}/"
    client.force_login(asker)
    assert client.get(f"{page}terms/").status_code == 403
    client.force_login(steward)
    shown = client.get(f"{page}terms/").content.decode()
    assert 'name="count"' in shown
    terms = make.TERMS | {"count": "3", "until": "2001-01-01"}
    refused = client.post(f"{page}terms/", terms)
    assert "The terms ended after 2001-01-01." in refused.content.decode()
    answer = client.post(f"{page}terms/", make.TERMS | {"count": "3", "until": ""})
    assert (answer.status_code, answer.url) == (302, page)
    assert "For at most 3 runs." in client.get(page).content.decode()
    client.force_login(asker)
    shown = client.get(page).content.decode()
    assert "Accept these terms" in shown
    assert client.post(f"{page}accept/", {"seen": digest(make.TERMS)}).status_code == 409
    agreement.refresh_from_db()
    assert f'name="seen" value="{digest(agreement.terms)}"' in shown
    assert client.post(f"{page}accept/", {"seen": digest(agreement.terms)}).url == page
    client.post(f"{page}sign/")
    agreement.refresh_from_db()
    assert (agreement.state, agreement.terms["count"]) == ("in_force", 3)


def test_the_same_over_the_api_and_a_renewal(client):
    soon = (clock.now().date()).isoformat()
    agreement = make.requested(make.offer(make.published(), until=soon))
    steward, asker = agreement.offer.offered_by, agreement.requested_by
    address = f"/api/v1/agreements/{agreement.pk}"

    def call(user: User, method: str, path: str, body: dict) -> dict:
        client.force_login(user)
        return getattr(client, method)(address + path, body, content_type="application/json").json()

    assert call(steward, "put", "/terms", {"terms": make.TERMS | {"until": soon}})["state"] == "countered"
    first = call(steward, "get", "", {})["terms_digest"]
    other = call(asker, "put", "/terms", {"terms": make.TERMS | {"until": soon, "count": 4}})
    assert other["terms"]["count"] == 4
    for unread in ({}, {"seen": first}):
        refused = call(steward, "post", "/agree", unread)
        assert (refused["status"], refused["detail"]) == (409, "These are not the terms that you read.")
    assert call(steward, "post", "/agree", {"seen": other["terms_digest"]})["state"] == "agreed"
    assert call(asker, "post", "/sign", {"reason": ""})["state"] == "in_force"
    make.offer(agreement.offer.dataset)
    renewal = call(asker, "post", "/renew", {"reason": ""})
    assert (renewal["renews"], renewal["state"]) == (agreement.pk, "requested")
    assert Agreement.objects.get(renews=agreement).terms["until"] is None
    client.force_login(asker)
    assert "Its renewal" in client.get(f"/agreements/{agreement.pk}/").content.decode()


def test_how_a_duty_stands_is_said_on_the_page_and_over_the_api(client):
    agreement = make.in_force(make.offer(make.published()))
    client.force_login(agreement.offer.offered_by)
    page, address = f"/agreements/{agreement.pk}/", f"/api/v1/agreements/{agreement.pk}"
    told = {"duty": "attribute", "met": "no", "reason": "The paper does not name us"}
    assert client.post(f"{page}duties/", told).url == page
    shown = client.get(page).content.decode()
    assert "Not met" in shown
    assert "The paper does not name us" in shown
    said = {"duty": "attribute", "met": True}
    answer = client.post(f"{address}/duties", said, content_type="application/json")
    assert (answer.status_code, answer.json()) == (201, said | {"reason": ""})
    assert client.get(address).json()["duties"] == [
        said | {"reason": ""},
        {"duty": "delete-at-end", "met": None, "reason": ""},
    ]


def test_the_profile_is_published_for_everyone(client):
    for address in ("/odrl/profile.ttl", "/api/v1/vocabulary/odrl"):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/turtle; charset=utf-8")
        assert "<urn:aifactory:terms:1> a odrl:Profile" in answer.content.decode()
