"""Pages and routes of notices, settings and deadlines."""

import pytest
from django.test import Client

from aifactory.access.models import Application
from aifactory.kit import clock
from aifactory.notices.models import Feed, Notice, Wish
from aifactory.people.actions import issue_token
from tests.access import factories as access_factories
from tests.access.factories import DURING
from tests.people.factories import person

pytestmark = pytest.mark.django_db
WISHES = {"language": "nl", "rhythm": "daily", "hour": 7, "weekday": 4, "quiet": ["jobs"]}


@pytest.fixture
def draft(store, tmp_path) -> Application:
    with clock.frozen(DURING):
        return access_factories.draft(access_factories.call(), tmp_path)


def headers(user) -> dict[str, str]:
    return {"authorization": f"Bearer {issue_token(user, label='test')[1]}"}


def test_settings_by_page(client):
    user = person()
    client.force_login(user)
    page = client.get("/notices/settings/").content.decode()
    assert "Always mailed, at once" in page
    assert "Decisions and objections" in page
    assert client.post("/notices/settings/", WISHES).url == "/notices/settings/"
    kept = Wish.objects.get(user=user)
    assert (kept.rhythm, kept.hour, kept.weekday, kept.quiet) == ("daily", 7, 4, ["jobs"])
    bad = client.post("/notices/settings/", WISHES | {"quiet": ["decisions"]})
    assert (bad.status_code, Wish.objects.get(user=user).quiet) == (200, ["jobs"])


def test_settings_by_api(client):
    user = person()
    auth = headers(user)
    assert client.get("/api/v1/notices/settings", headers=auth).json()["rhythm"] == "at_once"
    kept = client.put("/api/v1/notices/settings", WISHES, content_type="application/json", headers=auth)
    assert kept.json() == WISHES | {"mail_refused_at": None}
    wrong = WISHES | {"quiet": ["decisions"]}
    refused = client.put("/api/v1/notices/settings", wrong, content_type="application/json", headers=auth)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "quiet")


def test_the_calendar_address_is_shown_once_read_by_anyone_who_has_it_and_ended(client, draft):
    client.force_login(draft.applicant)
    with clock.frozen(DURING):
        page = client.post("/deadlines/", {"feed": "open"}).content.decode()
        address = page.split("<code")[1].split(">")[1].split("<")[0]
        assert address not in client.get("/deadlines/").content.decode()
        read = Client().get(address)
        assert (read.status_code, read["Content-Type"]) == (200, "text/calendar; charset=utf-8")
        assert (draft.title.encode() in read.content, read["Cache-Control"]) == (True, "private, no-store")
        client.post("/deadlines/", {"feed": "open"})
        assert Client().get(address).status_code == 404
        client.post("/deadlines/", {"feed": "close"})
    assert Feed.objects.count() == 0


def test_somebody_inactive_has_no_calendar(client, draft):
    client.force_login(draft.applicant)
    with clock.frozen(DURING):
        address = client.post("/api/v1/deadlines/feed", headers=headers(draft.applicant)).json()["address"]
    type(draft.applicant).objects.filter(pk=draft.applicant_id).update(is_active=False)
    assert Client().get(address).status_code == 404


def test_deadlines_by_api(client, draft):
    auth = headers(draft.applicant)
    with clock.frozen(DURING):
        # The key was made at another moment than the test's.
        client.force_login(draft.applicant)
        found = client.get("/api/v1/deadlines", headers=auth).json()["items"]
        assert [(d["kind"], d["at"], d["day"]) for d in found] == [
            ("cut_off", "2027-03-01T09:00:00.000000Z", None)
        ]
        assert client.get("/api/v1/deadlines.ics", headers=auth).content.startswith(b"BEGIN:VCALENDAR\r\n")
        assert client.delete("/api/v1/deadlines/feed", headers=auth).status_code == 204


def test_notices_by_api_are_ones_own_and_paged(client):
    user = person()
    for number in range(3):
        Notice.objects.create(
            user=user, cause=f"event:{number}", kind="user:grant_role", thing=user.thing, link="/account/",
            subject=str(number), created_at=clock.now(), try_at=clock.now(),
        )  # fmt: skip
    auth = headers(user)
    first = client.get("/api/v1/notices?limit=2", headers=auth).json()
    assert [item["subject"] for item in first["items"]] == ["2", "1"]
    rest = client.get(f"/api/v1/notices?after={first['next']}", headers=auth).json()
    assert ([item["subject"] for item in rest["items"]], rest["next"]) == (["0"], None)
    assert client.get("/api/v1/notices", headers=headers(person())).json() == {"items": [], "next": None}
    client.post("/api/v1/notices/read", headers=auth)
    assert Notice.objects.filter(read_at=None).count() == 0


def test_the_list_costs_the_same_for_many(client, django_assert_num_queries):
    user = person()
    for number in range(25):
        Notice.objects.create(
            user=user, cause=f"event:{number}", kind="user:grant_role", thing=user.thing, link="/account/",
            subject=str(number), created_at=clock.now(), try_at=clock.now(),
        )  # fmt: skip
    client.force_login(user)
    client.get("/notices/")
    with django_assert_num_queries(5):
        client.get("/notices/")
