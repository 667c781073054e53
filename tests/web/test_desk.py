"""The desk: whose turn is it, for each role."""

import re

import pytest
from django.conf import settings as conf

from aifactory.access import actions as access
from aifactory.access.matching import seeds
from aifactory.access.matching.commitments import TIME_TO_REVEAL, commit
from aifactory.access.models import Conflict, Selection
from aifactory.access.supervision.actions import ask_supervisor, confirm_supervision
from aifactory.adapters.mail import mailer
from aifactory.audit.sealing import seal_all
from aifactory.expertise import actions as expertise
from aifactory.kit import clock
from aifactory.notices.actions import deliver
from aifactory.notices.deadlines import deadlines
from aifactory.notices.models import Notice
from aifactory.people.actions import join
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Role
from aifactory.ports.mail import Mailer
from aifactory.ports.registry import provide
from aifactory.transparency import actions as transparency
from tests.access import factories as applications
from tests.datasets import factories as datasets
from tests.expertise.test_actions import asked
from tests.people.factories import organisation, person
from tests.registry import factories as models

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


def sections(client, user):
    """The headings of a desk with the labels under each."""
    client.force_login(user)
    page = client.get("/desk/").content.decode()
    main = page.split("<h1>")[1].split("<h2>News")[0]
    parts = re.split(r"<h3>([^<]*)</h3>", main)
    link = r'af-tasks__link" href="[^"]*">([^<]*)<'
    return {heading: re.findall(link, body) for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def test_the_desk_is_for_those_who_signed_in(client):
    assert client.get("/desk/").url == "/accounts/login/?next=/desk/"


def test_a_newcomer_is_shown_the_first_step(client, told):
    client.force_login(person())
    words = told(client.get("/desk/"))
    assert ("Register your organisation" in words, "Nothing waits for you" in words) == (True, True)


def test_an_applicant_sees_drafts_and_what_was_sent(client, tmp_path):
    with clock.frozen(applications.DURING):
        call = applications.call()
        user = person(organisation=applications.company())
        draft = applications.draft(call, tmp_path, by=user)
        sent = access.submit(applications.draft(call, tmp_path, by=user), by=user)
        found = sections(client, user)
    assert found == {"Applications to finish": [str(draft)], "Your applications": [str(sent)]}


def test_reviewer_and_office_see_their_turn(client, tmp_path):
    with clock.frozen(applications.DURING):
        call = applications.call()
        sent = applications.submitted(call, tmp_path)
        eligible = applications.eligible(call, tmp_path)
        reader, other, office = applications.reviewer(), applications.reviewer(), person(Role.OFFICE)
        access.assign_reviewers(eligible, by=applications.OFFICE, reviewers=[reader, other])
        assert sections(client, reader) == {"Reviews to give": [str(eligible)]}
        found = sections(client, office)
    assert sorted(found["Applications before the factory"]) == sorted([str(sent), str(eligible)])
    assert len(found["Legal assessments to confirm"]) == 4


def test_the_office_and_the_panel_see_lists_conflicts_checks_and_secrets(client, tmp_path):
    call = applications.call()
    office, operator, panel = person(Role.OFFICE), person(Role.OPERATOR), applications.decider()
    reader = applications.reviewer()
    with clock.frozen(applications.DURING):
        made = applications.eligible(call, tmp_path, checked=False)
        access.ask_technical(made, assessor=operator, by=office)
        commit(call, seeds.commitment("s" * 32), by=reader)
        assert sections(client, operator) == {"Technical checks to give": [str(made)]}
        assert "Secrets to show" not in sections(client, reader)
        assert {d.kind: d.at - applications.CUT_OFF for d in deadlines(reader)} == {
            "secret_due": TIME_TO_REVEAL
        }
    with clock.frozen(applications.AFTER):
        assert sections(client, reader) == {"Secrets to show": ["Spring call"]}
        Conflict.objects.create(application=made, person=reader, kind="declared", state="found")
        assert sections(client, office)["Conflicts of interest to decide on"] == [str(made)]
        selection = Selection.objects.create(call=call, inputs={}, result={}, proposed_by=office)
        assert sections(client, panel)["Lists of calls"] == ["Spring call"]
        Selection.objects.filter(pk=selection.pk).update(state="confirmed")
        assert "Lists of calls" not in sections(client, panel)
        assert sections(client, office)["Lists of calls"] == ["Spring call"]


def test_a_supervisor_sees_the_students_who_ask(client, tmp_path):
    student, home = person(), applications.company(kind="research")
    join(student, home, student=True, by=INSTALLER)
    professor = person(organisation=home)
    with clock.frozen(applications.DURING):
        draft = applications.draft(applications.call(), tmp_path, by=student)
        asked_for = ask_supervisor(draft, professor.email, by=student)
        assert sections(client, professor)["Students who ask you to supervise"] == [str(draft)]
        assert [(d.kind, d.at) for d in deadlines(professor)] == [("supervision_due", applications.CUT_OFF)]
        confirm_supervision(asked_for, by=professor)
        assert (list(sections(client, professor)), deadlines(professor)) == (["Applications to finish"], [])


def test_the_panel_sees_what_is_late(client, tmp_path, told):
    with clock.frozen(applications.DURING):
        made = applications.reviewed(applications.call(), tmp_path)
    client.force_login(person(Role.PANEL))
    with clock.frozen(applications.soon(made.due_at, days=1)):
        assert "Late" in told(client.get("/desk/"))


def test_data_holders_decide_and_users_wait(client):
    offer = datasets.offer(datasets.published())
    agreement = datasets.requested(offer)
    steward = offer.offered_by
    assert sections(client, steward) == {"Requests for your data": [offer.dataset.title]}
    assert sections(client, agreement.requested_by)["Your requests for data"] == [offer.dataset.title]
    from aifactory.datasets import actions

    actions.decide_request(agreement, by=steward, agree=True)
    assert sections(client, agreement.requested_by)["Agreements to sign"] == [offer.dataset.title]


def test_jobs_models_cases_and_reports(client, plant):
    models.registered(plant)
    running = plant.submit(title="Running now")
    case = asked(plant.project)
    found = sections(client, plant.user)
    assert found == {
        "Models to release": ["Tumour finder 1"],
        "Reports to write": ["A classifier"],
        "Your jobs": ["Running now"],
        "Your questions": ["Gaps"],
    }
    adviser = person(Role.ADVISER)
    assert sections(client, adviser) == {"Questions and cases": ["Gaps"]}
    expertise.take(case, by=adviser)
    assert sections(client, person(Role.ADVISER)) == {}
    report = transparency.draft(plant.project, by=plant.user)
    transparency.write(report, by=plant.user, summary="x", unused="y")
    transparency.submit(report, by=plant.user)
    assert sections(client, plant.user)["Your reports"] == ["A classifier"]
    assert sections(client, person(Role.OFFICE))["Reports to accept"] == ["A classifier"]
    assert running.state == "planned"


def test_news_is_read_one_by_one_and_all_at_once(client, plant, tmp_path, told):
    provide(Mailer, mailer("", "factory@example.org", tmp_path / "mail"))
    adviser = person(Role.ADVISER)
    for title in ("One", "Two", "Three"):
        asked(plant.project, title=title)
    seal_all(conf.LOG_ORIGIN)
    deliver()
    client.force_login(adviser)
    assert "A project asks for advice: Two" in told(client.get("/desk/"))
    first = Notice.objects.filter(user=adviser, kind="case:ask").order_by("pk")[0]
    assert client.post(f"/notices/{first.pk}/read/").url == "/desk/"
    assert Notice.objects.filter(user=adviser, kind="case:ask", read_at=None).count() == 2
    client.post("/notices/read/")
    assert "Nothing new." in told(client.get("/desk/"))
    assert "A project asks for advice: Two" in told(client.get("/notices/"))
    assert [client.get(f"/notices/?after={after}").status_code for after in ("x", "9" * 40, "²")] == [200] * 3


def test_a_desk_costs_the_same_however_full(client, plant, django_assert_num_queries):
    user = plant.user
    client.force_login(user)
    client.get("/desk/")
    with django_assert_num_queries(19):
        client.get("/desk/")
    for n in range(3):
        plant.submit(title=f"Job {n}")
        asked(plant.project)
    with django_assert_num_queries(19):
        client.get("/desk/")


def test_every_role_at_once(client):
    client.force_login(person(*Role, organisation=organisation()))
    assert client.get("/desk/").status_code == 200
