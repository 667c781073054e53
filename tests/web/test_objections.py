"""Pages and routes of objections, step by step."""

from datetime import timedelta

import pytest

from aifactory.access.models import Objection
from aifactory.kit import clock
from aifactory.people.actions import issue_token
from tests.access.conftest import store  # noqa: F401 - a fixture
from tests.access.factories import AFTER
from tests.access.objection_factories import heard, mandated, objection, rejected
from tests.people.factories import person

pytestmark = pytest.mark.django_db
WEEK = AFTER + timedelta(days=7)


@pytest.fixture
def application(store, tmp_path):  # noqa: F811
    return rejected(tmp_path)


def post(client, path, **fields):
    answer = client.post(path, fields)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return answer.url


def test_an_applicant_objects_and_somebody_else_decides_by_page(client, application):
    handler = mandated()
    client.force_login(application.applicant)
    with clock.frozen(WEEK):
        assert (
            f"/applications/{application.pk}/object/"
            in client.get(f"/applications/{application.pk}/letter/").content.decode()
        )
        page = client.get(f"/applications/{application.pk}/object/").content.decode()
        assert "You can object until 13 April 2027." in page
        assert "late_reason" not in page
        where = post(
            client, f"/applications/{application.pk}/object/", grounds="It was misread.", wants_hearing="yes",
            paper_name="Note", paper_text="A second opinion.",
        )  # fmt: skip
        mine = client.get(where).content.decode()
        assert "We received your objection about" in mine
        assert "A second opinion." in mine
        assert "Take it in hand" not in mine
        assert client.get(f"/applications/{application.pk}/object/").status_code == 404
        client.force_login(handler)
        assert "Take it in hand" in client.get(where).content.decode()
        post(client, f"{where}take/")
        bad = client.post(f"{where}plan_hearing/", {"at": "2027-01-01T10:00", "place": "Room 1"})
        assert "Choose a moment that is still to come." in bad.content.decode()
        post(client, f"{where}plan_hearing/", at="2027-03-20T10:00", place="Room 1")
        post(client, f"{where}hear/", text="All was said.")
        post(client, f"{where}extend/", text="An expert is asked.")
        assert "Decide on the objection" in client.get(where).content.decode()
        unfit = {"outcome": "unfounded", "reasons": "So.", "awarded_gpu": "2000"}
        asked = {f"awarded_{n}": "0" for n, a in application.requested.items() if a}
        wrong = client.post(f"{where}decide/", asked | unfit).content.decode()
        assert "Only a well-founded objection changes what is awarded." in wrong
        post(client, f"{where}decide/", **asked | unfit | {"outcome": "founded"})
        done = client.get(where).content.decode()
        assert "is well founded" in done
        assert "2,000 GPU-hours (before: 0 GPU-hours)" in done
        pdf = client.get(f"{where}letter.pdf")
        assert (pdf.headers["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
        figures = client.get("/register/objections/").content.decode()
    assert "How objections end" in figures


def test_grounds_come_later_by_page(client, application):
    made = objection(application, grounds="")
    client.force_login(application.applicant)
    with clock.frozen(WEEK):
        assert "Give your grounds" in client.get(f"/objections/{made.pk}/").content.decode()
        post(client, f"/objections/{made.pk}/give_grounds/", text="Here they are.")
        post(client, f"/objections/{made.pk}/withdraw/")
    made.refresh_from_db()
    assert (made.grounds, made.state) == ("Here they are.", "withdrawn")


def test_a_stranger_finds_nothing(client, application):
    made = objection(application)
    client.force_login(person())
    for path in (
        f"/objections/{made.pk}/",
        f"/objections/{made.pk}/decide/",
        f"/applications/{application.pk}/object/",
    ):
        assert client.get(path).status_code == 404
    assert client.post(f"/objections/{made.pk}/take/").status_code == 404
    assert client.get(f"/api/v1/objections/{made.pk}").status_code == 404


def test_by_api_from_filing_to_the_letter(client, application):
    handler = mandated()

    def headers(user):
        return {"authorization": f"Bearer {issue_token(user, label='test')[1]}"}

    def send(user, path, body=None):
        return client.post(
            f"/api/v1{path}", body or {}, content_type="application/json", headers=headers(user)
        )

    with clock.frozen(WEEK):
        wish = {"grounds": "Misread.", "papers": [{"name": "a", "text": "b"}], "wants_hearing": False}
        made = send(application.applicant, f"/applications/{application.pk}/objections", wish).json()
        assert (made["state"], made["due_on"], made["papers"]) == (
            "filed",
            "2027-05-25",
            [{"name": "a", "text": "b"}],
        )
        path = f"/objections/{made['id']}"
        assert send(application.decision.decided_by, f"{path}/take").status_code == 403
        assert send(handler, f"{path}/take").json()["handler"] == handler.name
        assert send(handler, f"{path}/hearing", {"not_heard": "waived"}).json()["hearing"] == "not_held"
        assert send(handler, f"{path}/extend", {"because": "Time."}).json()["due_on"] == "2027-07-06"
        refused = send(handler, f"{path}/ruling", {"outcome": "founded", "reasons": "", "awarded": {}})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "reasons")
        ruled = send(
            handler, f"{path}/ruling", {"outcome": "founded", "reasons": "So.", "awarded": {"gpu": 10}}
        ).json()
        assert (ruled["effect"], ruled["awarded"]) == (
            "replaced",
            [{"resource": "gpu", "amount": 10.0, "unit": "GPU-h"}],
        )
        pdf = client.get(f"/api/v1{path}/letter.pdf", headers=headers(application.applicant))
        assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf.content
        listed = client.get("/api/v1/objections", headers=headers(application.applicant)).json()["items"]
        assert [one["id"] for one in listed] == [made["id"]]
        assert client.get("/api/v1/register/objections").json()["effects"]["replaced"] == 1


def test_the_list_costs_the_same_for_many(client, application, tmp_path, django_assert_num_queries):
    handler = mandated()
    made = objection(application)
    with clock.frozen(WEEK):
        heard(made, handler)
    client.force_login(handler)
    client.get("/objections/")
    for number in range(20):
        Objection.objects.filter(pk=made.pk).update(state="withdrawn")
        copy = Objection.objects.get(pk=made.pk)
        copy.pk, copy.id, copy.state = None, f"obj_{number}", "withdrawn"
        Objection.objects.bulk_create([copy])
    with django_assert_num_queries(4):
        client.get("/objections/")
