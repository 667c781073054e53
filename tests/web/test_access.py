"""Applying, reviewing and deciding on the pages, without JavaScript."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from aifactory.access import actions
from aifactory.access.models import Application, Call, Decision, Review
from aifactory.adapters.object_store.folder import FolderStore
from aifactory.audit.models import Event
from aifactory.kit import clock
from aifactory.people.models import Role, User
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import provide
from tests.access import factories
from tests.access.factories import AFTER, DURING, OFFICE
from tests.people.factories import organisation, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _during(tmp_path: Path) -> Iterator[None]:
    provide(ObjectStore, FolderStore(tmp_path / "objects"))
    with clock.frozen(DURING):
        yield


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content[:2000]
    return answer.content.decode() if not answer.streaming else ""


def sends(client: Client, address: str, **data: Any) -> str:
    """Post and give where it leads; a page that comes back instead shows its errors."""
    answer = client.post(address, data)
    assert answer.status_code == 302, re.findall(
        r"af-field__error.*?</p>|af-errors.*?</section>", answer.content.decode(), re.DOTALL
    )
    return str(answer.headers["Location"])


def test_everybody_reads_calls_and_their_rules() -> None:
    call = factories.call()
    hidden = factories.call("playground-v1", opened=False)
    assert "Spring call" in text(Client(), "/calls/")
    page = text(Client(), f"/calls/{call.pk}/")
    for words in ("fewer than 250 staff", "30 working days", "20,000", "A clear gain for a named group."):
        assert words in page
    assert f'href="/calls/{call.pk}/apply/"' in page
    text(Client(), f"/calls/{hidden.pk}/", 404)
    assert "Oproep voorjaar" in text(Client(headers={"accept-language": "nl"}), f"/calls/{call.pk}/")


def test_from_call_to_letter_on_the_pages() -> None:
    office = as_(person(Role.OFFICE))
    made = sends(
        office,
        "/calls/new/",
        mode="regional-v1",
        title_en="Spring call",
        title_nl="Oproep voorjaar",
        opens_at="2027-02-01T09:00",
        cut_off_at="2027-03-01T10:00",
    )
    call = Call.objects.get()
    assert call.cut_off_at == factories.CUT_OFF
    assert sends(office, f"{made}open/") == made

    applicant = person(organisation=factories.company())
    client = as_(applicant)
    place = applicant.memberships.get().organisation_id
    page = sends(client, f"{made}apply/", organisation=place, title="Seeing <b>rot</b>")
    application = Application.objects.get()
    assert "Seeing &lt;b&gt;rot&lt;/b&gt;" in text(client, page)
    for step in call.mode.steps:
        answers = {q.id: factories.REGIONAL_ANSWERS.get(q.id, "") for q in step.questions}
        assert sends(client, f"{page}step/{step.id}/", **answers) == page
    unfinished = text(client, f"{page}check/")
    assert "not complete" in unfinished
    assert f'href="{page}document/work_plan/">Work plan</a>: Add this document.' in unfinished
    file = SimpleUploadedFile("plan.pdf", factories.PDF, "application/pdf")
    assert sends(client, f"{page}document/work_plan/", file=file) == page
    factories.assess(application)
    assert "2,000 GPU-h" in text(client, f"{page}check/")
    assert sends(client, f"{page}check/") == page
    assert "14 April 2027" in text(client, page)

    reviewers = [factories.reviewer(), factories.reviewer()]
    desk = f"/office/applications/{application.pk}/"
    assert "Check whether" in text(office, "/office/")
    assert sends(office, f"{desk}judge/") == desk
    assert sends(office, f"{desk}reviewers/") == desk
    for reviewer in reviewers:
        review = Review.objects.get(reviewer=reviewer)
        theirs = as_(reviewer)
        assert "Seeing" in text(theirs, "/reviews/")
        assert theirs.get(f"/reviews/{review.pk}/").headers["Location"] == "/reviews/statement/"
        assert "40,000 photos" not in text(theirs, "/reviews/statement/")
        assert (
            sends(theirs, "/reviews/statement/", **{f"{review.pk}-answer": "free"})
            == f"/reviews/{review.pk}/"
        )
        assert "40,000 photos" in text(theirs, f"/reviews/{review.pk}/")
        ids = ("value", "approach", "feasibility")
        scores = {f"score_{i}": "4" for i in ids} | {f"reason_{i}": "Sound." for i in ids}
        assert sends(theirs, f"/reviews/{review.pk}/", **scores) == "/reviews/"

    panel = as_(factories.decider())
    with clock.frozen(AFTER):
        assert "Together: 4.00. The line is 3.00." in text(panel, f"{desk}decide/")
        outcome = {
            "outcome": "awarded",
            "awarded_gpu": "1500",
            "awarded_storage": "500",
            "awarded_advice": "",
        }
        assert sends(panel, f"{desk}decide/", reasons="Sound and useful.", **outcome) == desk
        letter = text(client, f"{page}letter/")
    assert "1,500 GPU-hours (asked: 2,000 GPU-hours)" in letter
    assert Decision.objects.get().awarded == {"gpu": 5_400_000, "storage": 500_000_000_000}
    assert "Read the letter" in text(client, page)


def test_a_wrong_answer_comes_back_with_what_was_typed(tmp_path: Path) -> None:
    application = factories.draft(factories.call(), tmp_path)
    answer = as_(application.applicant).post(
        f"/applications/{application.pk}/step/amounts/", {"gpu_hours": "many", "storage_gb": "1"}
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<a href="#id_gpu_hours">GPU-hours: Write a number in digits.</a>' in page
    assert 'value="many"' in page


TRICK = "<script>alert('x')</script>{{ 7*7 }}'; DROP TABLE access_application; --"


def test_tricks_are_shown_as_text_everywhere(tmp_path: Path) -> None:
    texts = dict.fromkeys(("need", "approach", "estimate", "leader", "others", "value"), TRICK)
    application = factories.draft(factories.call(), tmp_path, answers=texts)
    actions.save(application, {}, title=TRICK, by=application.applicant)
    own = as_(application.applicant)
    page = f"/applications/{application.pk}/"
    pages = [text(own, page), text(own, f"{page}check/"), text(own, f"{page}step/project/")]
    actions.submit(application, by=application.applicant)
    actions.judge_eligibility(application, by=OFFICE)
    reviewer = factories.reviewer()
    review = actions.assign_reviewers(application, by=OFFICE, reviewers=[reviewer])[0]
    office = as_(person(Role.OFFICE))
    pages.append(text(as_(reviewer), "/reviews/statement/"))
    actions.state_free(review, by=reviewer)
    pages += [text(own, page), text(own, "/applications/"), text(as_(reviewer), f"/reviews/{review.pk}/")]
    pages += [text(office, "/office/"), text(office, f"/office/applications/{application.pk}/")]
    for shown in pages:
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert" in shown
        assert "49" not in re.findall(r"alert.*?DROP", shown)[0]


def test_the_office_names_reviewers_by_hand(
    tmp_path: Path, told: Any, django_assert_max_num_queries: Any
) -> None:
    application = factories.eligible(call := factories.call(), tmp_path)
    tied = person(Role.REVIEWER, organisation=application.organisation, name="Tina Tied")
    names = ("Ada Free", "Bob Free", "Eve Free")
    ada, bob, eve = (person(Role.REVIEWER, organisation=organisation(), name=name) for name in names)
    actions.assign_reviewers(factories.eligible(call, tmp_path), by=OFFICE, reviewers=[bob])
    staff, address = as_(person(Role.OFFICE)), f"/office/applications/{application.pk}/reviewers/name/"
    assert f'href="{address}"' in text(staff, f"/office/applications/{application.pk}/")
    with django_assert_max_num_queries(20):
        shown = told(staff.get(address))
    assert "2 more reviewers are needed for" in shown
    offered = ("Ada Free, 0 open reviews", "Bob Free, 1 open review", "Eve Free, 0 open reviews")
    assert [name in shown for name in offered] == [True, True, True]
    assert "Tina Tied, 0 open reviews" not in shown
    assert shown.index("These people stand too close") < shown.index("Tina Tied")
    for wrong in ([], [tied.pk], [ada.pk, tied.pk]):
        assert staff.post(address, {"reviewers": wrong}).status_code == 200
    assert application.reviews.count() == 0
    assert sends(staff, address, reviewers=[bob.pk, eve.pk]) == f"/office/applications/{application.pk}/"
    assert set(application.reviews.values_list("reviewer__name", flat=True)) == {"Bob Free", "Eve Free"}
    events = Event.objects.filter(name="review:assign", data__application=application.pk)
    assert [event.data for event in events] == [{"application": application.pk, "named": True}] * 2
    assert "This application needs no more reviewers." in told(staff.get(address))
    assert as_(person(Role.PANEL)).get(address).status_code == 403
    found = staff.get(f"/api/v1/applications/{application.pk}/reviewers").json()
    assert found == [
        {"reviewer": ada.pk, "name": "Ada Free", "open_reviews": 0, "free": True},
        {"reviewer": tied.pk, "name": "Tina Tied", "open_reviews": 0, "free": False},
    ]


def test_hidden_things_look_absent(tmp_path: Path) -> None:
    application = factories.reviewed(factories.call(), tmp_path)
    review, file = application.reviews.first(), application.attachments.first()
    assert review is not None
    assert file is not None
    stranger, applicant, office = (
        as_(person(Role.REVIEWER)),
        as_(application.applicant),
        as_(person(Role.OFFICE)),
    )
    for address in (f"/applications/{application.pk}/", f"/reviews/{review.pk}/", f"/attachments/{file.pk}/"):
        text(stranger, address, 404)
        assert Client().get(address).status_code == 302
    text(applicant, f"/reviews/{review.pk}/", 404)
    text(office, f"/reviews/{review.pk}/", 404)
    text(applicant, f"/applications/{application.pk}/letter/", 404)
    text(applicant, f"/applications/{application.pk}/step/../", 404)
    text(applicant, "/office/", 403)
    text(stranger, f"/office/applications/{application.pk}/", 403)


def test_a_document_is_only_ever_downloaded(tmp_path: Path) -> None:
    application = factories.draft(factories.call(), tmp_path)
    file = application.attachments.get()
    answer = as_(application.applicant).get(f"/attachments/{file.pk}/")
    assert b"".join(answer.streaming_content) == factories.PDF  # type: ignore[attr-defined]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{file.pk}.pdf"'


def test_a_lying_document_is_refused_on_its_page(tmp_path: Path) -> None:
    application = factories.draft(factories.call(), tmp_path)
    page = f"/applications/{application.pk}/document/work_plan/"
    file = SimpleUploadedFile("plan.pdf", b"<html><script>alert(1)</script>", "application/pdf")
    answer = as_(application.applicant).post(page, {"file": file})
    assert "plan.pdf should be application/pdf" in answer.content.decode()
    assert application.attachments.count() == 1


def test_declining_with_a_conflict_ends_the_sight_of_it(tmp_path: Path) -> None:
    application = factories.eligible(factories.call(), tmp_path)
    reviewer = factories.reviewer()
    review = actions.assign_reviewers(application, by=OFFICE, reviewers=[reviewer])[0]
    client = as_(reviewer)
    assert sends(client, f"/reviews/{review.pk}/decline/", reason="My sister.", conflict="on") == "/reviews/"
    text(client, f"/reviews/{review.pk}/", 404)
    text(client, f"/applications/{application.pk}/", 404)


def test_the_office_takes_a_late_review_back_and_asks_somebody_else(tmp_path: Path) -> None:
    application = factories.eligible(factories.call(), tmp_path)
    people = [factories.reviewer(), factories.reviewer()]
    review, given = actions.assign_reviewers(application, by=OFFICE, reviewers=people)
    factories.scored(given)
    office, page = as_(person(Role.OFFICE)), f"/office/applications/{application.pk}/"
    there = f"/office/reviews/{review.pk}/take-back/"
    with clock.frozen(factories.soon(review.due_at, days=1)):
        shown = text(office, page)
        assert (shown.count(there), f"/office/reviews/{given.pk}/take-back/" in shown) == (1, False)
        assert review.reviewer.name in text(office, there)
        assert "This field is required" in office.post(there, {"reason": ""}).content.decode()
        assert sends(office, there, reason="Does not answer.") == page
        assert "Does not answer." in text(office, page)
        assert "nothing to take back" in text(office, there)
    text(as_(review.reviewer), there, 403)


def test_deciding_without_a_mandate_says_so(tmp_path: Path) -> None:
    application = factories.reviewed(factories.call(), tmp_path)
    panel = as_(factories.decider(mandate=False))
    answer = panel.post(
        f"/office/applications/{application.pk}/decide/", {"outcome": "rejected", "reasons": "No."}
    )
    assert "You have no mandate for this decision" in answer.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("count", [1, 5])
def test_lists_ask_the_database_as_often_for_many_as_for_one(
    tmp_path: Path, count: int, django_assert_num_queries: Any
) -> None:
    call = factories.call()
    applicant = person(organisation=factories.company())
    reviewers = [factories.reviewer(), factories.reviewer()]
    for _ in range(count):
        application = factories.eligible(call, tmp_path, by=applicant)
        actions.assign_reviewers(application, by=OFFICE, reviewers=reviewers)
    lists = {
        "/calls/": (Client(), 1),
        "/applications/": (as_(applicant), 4),
        "/reviews/": (as_(reviewers[0]), 5),
        "/office/": (as_(person(Role.OFFICE)), 4),
    }
    for address, (client, most) in lists.items():
        with django_assert_num_queries(most):
            text(client, address)
