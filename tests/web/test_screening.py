"""Pages of size, aid, supervision and screening, as people use them."""

import re

import pytest
from django.test import Client

from aifactory.access import actions
from aifactory.access.models import Application, LawGate, Supervision, TechnicalCheck
from aifactory.access.screening.steps import USUAL
from aifactory.awards.state_aid.models import AidEntry
from aifactory.people.actions import join
from aifactory.people.actors import INSTALLER
from aifactory.people.enterprises.models import Shareholding
from aifactory.people.models import Role
from tests.access import factories
from tests.people.factories import organisation, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store", "during")]


@pytest.fixture
def store(tmp_path):
    from aifactory.adapters.object_store.folder import FolderStore
    from aifactory.ports.object_store import ObjectStore
    from aifactory.ports.registry import provide

    provide(ObjectStore, FolderStore(tmp_path / "objects"))


@pytest.fixture
def during():
    from aifactory.kit import clock

    with clock.frozen(factories.DURING):
        yield


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer) -> str:
    """Return what stands on a page, without its tags."""
    assert answer.status_code == 200, answer.status_code
    main = answer.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def test_a_representative_declares_and_reads_the_class():
    company = organisation(name="Acme")
    boss = person(organisation=company)
    client, page = signed_in(boss), f"/organisations/{company.pk}/size/"
    assert "The class can't be told yet" in text(client.get(page)).replace("&#39;", "'")
    client.post(page, {"form": "begin"})
    own = company.enterprises.get(own=True)
    figures = {"year": 2026, "staff": "8.5", "turnover_eur": 900000, "balance_eur": 400000}
    assert client.post(page, {"form": "accounts", "enterprise": own.pk} | figures).status_code == 302
    client.post(page, {"form": "enterprise", "name": "Parent", "kind": "enterprise"})
    parent = company.enterprises.get(own=False)
    figures |= {"staff": "100", "turnover_eur": 20_000_000, "balance_eur": 20_000_000}
    client.post(page, {"form": "accounts", "enterprise": parent.pk} | figures)
    holding = {"form": "holding", "owner": parent.pk, "held": own.pk, "capital": "30"}
    assert client.post(page, holding).status_code == 302
    shown = text(client.get(page))
    assert "Small enterprise" in shown
    assert "A partner enterprise: 30 % of its figures is added (Articles 3(2) and 6(2))." in shown
    over = client.post(page, holding | {"owner": parent.pk, "capital": "130"})
    assert "There is something to correct" in text(over)
    held = Shareholding.objects.get()
    assert client.post(f"/holdings/{held.pk}/end/").status_code == 302
    assert "Micro enterprise" in text(client.get(page))


def test_a_stranger_sees_no_size_and_a_member_cannot_declare():
    company = organisation()
    member = person()
    join(member, company, by=INSTALLER)
    page = f"/organisations/{company.pk}/size/"
    assert signed_in(person()).get(page).status_code == 404
    assert "Begin your declaration" not in text(signed_in(member).get(page)).replace(
        "Begin your declaration, and", ""
    )


def test_aid_is_declared_registered_and_annulled():
    company = organisation()
    boss, office = person(organisation=company), person(Role.OFFICE)
    page = f"/organisations/{company.pk}/aid/"
    declared = {
        "granted_on": "2026-01-10",
        "euros": "120000",
        "authority": "Province",
        "member_state": "NL",
    }
    assert signed_in(boss).post(page, declared).status_code == 302
    assert "EUR 120,000 was granted in the three years" in text(signed_in(boss).get(page))
    entry = AidEntry.objects.get()
    client = signed_in(office)
    assert client.post(f"/aid/{entry.pk}/", {"reference": "NL-7"}).status_code == 302
    assert "NL-7" in text(client.get(page))
    client.post(f"/aid/{entry.pk}/annul/")
    assert "No aid is known." in text(client.get(page))


def test_a_student_names_a_supervisor_who_confirms(tmp_path):
    student = person()
    join(student, factories.company(kind="research"), student=True, by=INSTALLER)
    made = factories.draft(factories.call(), tmp_path, by=student)
    professor = person(organisation=made.organisation)
    client = signed_in(student)
    assert "Supervisor" in text(client.get(f"/applications/{made.pk}/"))
    client.post(f"/applications/{made.pk}/supervisor/", {"email": professor.email})
    asked = Supervision.objects.get()
    office = signed_in(professor)
    assert made.title in text(office.get("/supervisions/"))
    assert "Your answer" in text(office.get(f"/supervisions/{asked.pk}/"))
    assert office.post(f"/supervisions/{asked.pk}/", {"confirm": "yes"}).status_code == 302
    assert "Confirmed" in text(client.get(f"/applications/{made.pk}/supervisor/"))
    assert client.post(f"/applications/{made.pk}/check/").status_code == 302
    made.refresh_from_db()
    assert made.state == "submitted"


def test_a_supervisor_says_no_with_a_reason(tmp_path):
    student = person()
    join(student, factories.company(), student=True, by=INSTALLER)
    made = factories.draft(factories.call(), tmp_path, by=student)
    professor = person(organisation=made.organisation)
    asked = actions.ask_supervisor(made, professor.email, by=student)
    office = signed_in(professor)
    assert "There is something to correct" in text(
        office.post(f"/supervisions/{asked.pk}/", {"decline": "yes"})
    )
    office.post(f"/supervisions/{asked.pk}/", {"decline": "yes", "reason": "No time this year."})
    assert "No time this year." in text(signed_in(student).get(f"/applications/{made.pk}/supervisor/"))


def test_earlier_answers_are_offered_and_doubts_asked_before_submission(tmp_path):
    call = factories.call()
    first = factories.submitted(call, tmp_path)
    boss = first.applicant
    client = signed_in(boss)
    fresh = actions.start(call, organisation=first.organisation, title="Again", by=boss)
    step = call.mode.steps[0]
    page = f"/applications/{fresh.pk}/step/{step.id}/"
    assert f"From {first.reference}." in text(client.get(page))
    assert client.post(page, {"reuse": "need"}).headers["Location"] == page
    fresh.refresh_from_db()
    assert fresh.answers["need"] == first.answers["need"]
    assert client.post(f"/applications/{fresh.pk}/fill-in/").status_code == 302
    shown = text(client.get(f"/applications/{fresh.pk}/check/"))
    assert f"of the text also stands in {first.reference}" in shown
    assert "you can submit anyway" in shown


def test_the_office_screens_a_whole_call(tmp_path, django_assert_num_queries):
    call = factories.call("playground-v1")
    made = [factories.submitted(call, tmp_path) for _ in range(3)]
    refused = factories.submitted(call, tmp_path, answers={"civil_use": "no"})
    client, page = signed_in(person(Role.OFFICE)), f"/calls/{call.pk}/screening/"
    assert "4 applications: 4 wait for the rules" in text(client.get(page))
    assert client.post(f"{page}judge/").status_code == 302
    with django_assert_num_queries(6, exact=False):
        shown = text(client.get(page))
    assert "4 applications: 0 wait for the rules" in shown
    assert "Not met The work serves civilian purposes only." in shown
    assert Application.objects.filter(state="eligible").count() == len(made)
    refused.refresh_from_db()
    assert refused.state == "ineligible"
    assert signed_in(made[0].applicant).get(page).status_code == 403


def test_the_technical_check_and_the_gate_on_their_pages(tmp_path):
    made = factories.eligible(factories.call("playground-v1"), tmp_path)
    operator, office = person(Role.OPERATOR), person(Role.OFFICE)
    client, page = signed_in(office), f"/office/applications/{made.pk}/screening/"
    assert client.post(page, {"form": "ask", "assessor": operator.pk}).status_code == 302
    check = TechnicalCheck.objects.get()
    works = signed_in(operator)
    assert made.title in text(works.get("/technical-checks/"))
    answers = {f"answer_{question.id}": "yes" for question in USUAL}
    sent = answers | {"result": "adjust", "reasons": "One GPU is enough.", "proposed_gpu": "50"}
    assert works.post(f"/technical-checks/{check.pk}/", sent).status_code == 302
    check.refresh_from_db()
    assert (check.state, check.proposed) == ("given", {"gpu": 180_000})
    one_language = {
        "form": "gate",
        "result": "conditions",
        "reasons": "Care.",
        "conditions_en": "Tell users.",
    }
    assert "Write each condition in both languages." in text(client.post(page, one_language))
    assert client.post(page, one_language | {"conditions_nl": "Vertel het gebruikers."}).status_code == 302
    assert LawGate.objects.get().conditions == [{"en": "Tell users.", "nl": "Vertel het gebruikers."}]
    shown = text(client.get(page))
    assert "Fits with other amounts" in shown
    assert "Pass on conditions" in shown
    assert signed_in(made.applicant).get(page).status_code == 403


def test_colleagues_are_added_by_who_may_sign():
    company = organisation()
    boss, fellow = person(organisation=company), person()
    page = f"/organisations/{company.pk}/colleagues/"
    assert "Nobody has an account with this address" in text(
        signed_in(boss).post(page, {"email": "x@example.org"})
    )
    assert signed_in(boss).post(page, {"email": fellow.email, "student": "on"}).status_code == 302
    assert "Student" in text(signed_in(boss).get(f"/organisations/{company.pk}/"))
    refused = signed_in(fellow).post(page, {"email": person().email})
    assert "Who may sign for the organisation adds its people." in text(refused)
