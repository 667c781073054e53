"""Size, aid, supervision and screening from a script."""

import pytest

from aifactory.access import actions
from aifactory.access.screening.steps import USUAL
from aifactory.people.actions import join
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Role
from tests.access import factories
from tests.access.test_api import Script
from tests.people.factories import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store", "during")]


def test_a_size_by_script():
    boss = person(organisation=factories.company(name="Acme"))
    script, place = Script(boss), f"/organisations/{boss.memberships.get().organisation_id}"
    figures = {"year": 2026, "staff": 8.5, "turnover_eur": 900_000, "balance_eur": 400_000}
    own = script.put(f"{place}/accounts", figures)
    parent = script.post(f"{place}/enterprises", {"name": "Parent"}, 201)["id"]
    missing = {"owner": parent, "held": own["enterprise"], "capital": 60.5}
    assert script.put("/holdings", missing)["votes"] == 60.5
    assert script.get(f"{place}/size")["size"] is None
    script.put(f"/enterprises/{parent}/accounts", figures | {"staff": 40})
    found = script.get(f"{place}/size")
    assert (found["size"], found["holdings"][0]["capital"], found["accounts"][0]["staff"]) == (
        "small",
        60.5,
        8.5,
    )
    other = script.post(f"{place}/enterprises", {"name": "Other"}, 201)["id"]
    refused = script.put("/holdings", missing | {"owner": other}, 409)
    assert refused["detail"].startswith("The shares in Acme add up to 121 %")
    script.post(f"/holdings/{found['holdings'][0]['id']}/end")
    assert script.get(f"{place}/size")["size"] == "micro"
    assert Script(person()).get(f"{place}/size", 404)["title"] == "Not found"


def test_aid_by_script():
    boss = person(organisation=factories.company())
    script, place = Script(boss), f"/organisations/{boss.memberships.get().organisation_id}/aid"
    entry = script.post(place, {"granted_on": "2025-06-01", "euros": 250_000, "authority": "Province"}, 201)
    assert (entry["counts_until"], entry["source"]) == ("2028-06-02", "declared")
    found = script.get(f"{place}?euros=60000")
    assert (found["used_euros"], found["left_euros"], found["fits_from"]) == (250_000, 50_000, "2028-06-02")
    script.post(f"/aid/{entry['id']}/annul", status=403)
    office = Script(person(Role.OFFICE))
    assert office.post(f"/aid/{entry['id']}/register", {"reference": "NL-1"})["register_reference"] == "NL-1"
    assert office.post(f"/aid/{entry['id']}/annul")["state"] == "annulled"


def test_screening_by_script(tmp_path):
    call = factories.call("playground-v1")
    made = factories.submitted(call, tmp_path)
    office, operator = Script(person(Role.OFFICE)), person(Role.OPERATOR)
    assert office.post(f"/calls/{call.pk}/screening/judge") == {"judged": 1, "passed": 1}
    path = f"/applications/{made.pk}"
    check = office.post(f"{path}/technical", {"assessor": operator.pk})["id"]
    works = Script(operator)
    assert [one["application"] for one in works.get("/technical-checks")["items"]] == [made.pk]
    given = {
        "answers": {q.id: "yes" for q in USUAL},
        "result": "adjust",
        "reasons": "Half.",
        "proposed": {"gpu": 50},
    }
    assert works.post(f"/technical-checks/{check}/give", given)["proposed"] == {"gpu": 180_000}
    conditions = [{"en": "Tell users.", "nl": "Vertel het gebruikers."}]
    weighed = {"result": "conditions", "reasons": "Care.", "conditions": conditions}
    assert office.post(f"{path}/law-gate", weighed)["conditions"] == conditions
    queue = office.get(f"/calls/{call.pk}/screening")
    assert (queue["summary"]["all"], queue["items"][0]["technical"]["result"]) == (1, "adjust")
    Script(made.applicant).get(f"/calls/{call.pk}/screening", 403)
    Script(made.applicant).post(f"{path}/law-gate", weighed, 403)


def test_a_student_and_earlier_answers_by_script(tmp_path):
    call = factories.call()
    first = factories.submitted(call, tmp_path)
    student = person()
    join(student, first.organisation, student=True, by=INSTALLER)
    made = actions.start(call, organisation=first.organisation, title="Mine", by=student)
    script, path = Script(student), f"/applications/{made.pk}"
    assert script.get(f"{path}/earlier")["leader"] == {
        "answer": "Femke Example",
        "reference": first.reference,
    }
    assert "leader" in script.post(f"{path}/earlier", {"questions": None})["filled"]
    assert [doubt["kind"] for doubt in script.get(f"{path}/doubts")["items"]] == ["text"]
    asked = script.post(f"{path}/supervisor", {"email": first.applicant.email})
    assert asked["state"] == "asked"
    professor = Script(first.applicant)
    assert [one["id"] for one in professor.get("/supervisions")["items"]] == [asked["id"]]
    assert professor.post(f"/supervisions/{asked['id']}/decline", {"reason": "No."})["reason"] == "No."
    again = script.post(f"{path}/supervisor", {"email": first.applicant.email})
    assert professor.post(f"/supervisions/{again['id']}/confirm")["state"] == "confirmed"
