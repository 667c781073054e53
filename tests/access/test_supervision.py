"""Students apply with a supervisor, who confirms what stands there and becomes accountable."""

import pytest

from aifactory.access import actions
from aifactory.access.supervision.actions import ask_supervisor, confirm_supervision, decline_supervision
from aifactory.access.supervision.queries import SupervisorMissing, accountable, supervision, to_supervise
from aifactory.audit.models import Event
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.actions import join
from aifactory.people.actors import INSTALLER
from tests.access import factories
from tests.people.factories import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store", "during")]


@pytest.fixture
def student():
    user = person()
    join(user, factories.company(kind="research"), student=True, by=INSTALLER)
    return user


@pytest.fixture
def professor(student):
    return person(organisation=student.memberships.get().organisation)


def test_a_student_cannot_submit_alone_and_can_with_a_supervisor(student, professor, tmp_path):
    made = factories.draft(factories.call(), tmp_path, by=student)
    with pytest.raises(SupervisorMissing):
        actions.submit(made, by=student)
    asked = ask_supervisor(made, professor.email.upper(), by=student)
    with pytest.raises(SupervisorMissing):
        actions.submit(made, by=student)
    assert accountable(made) == student
    assert list(to_supervise(professor)) == [asked]
    with pytest.raises(NotAllowed):
        confirm_supervision(asked, by=student)
    confirm_supervision(asked, by=professor)
    submitted = actions.submit(made, by=student)
    assert (submitted.state, accountable(submitted)) == ("submitted", professor)
    assert list(Event.objects.filter(name__startswith="supervision:").values_list("name", flat=True)) == [
        "supervision:ask",
        "supervision:confirm",
    ]


def test_a_change_after_the_confirmation_needs_a_new_one(student, professor, tmp_path):
    made = factories.draft(factories.call(), tmp_path, by=student)
    asked = confirm_supervision(ask_supervisor(made, professor.email, by=student), by=professor)
    made = actions.save(made, {"need": "Something else."}, by=student)
    with pytest.raises(SupervisorMissing):
        actions.submit(made, by=student)
    again = ask_supervisor(made, professor.email, by=student)
    assert (again.pk, again.state) == (asked.pk, "asked")
    confirm_supervision(again, by=professor)
    assert actions.submit(made, by=student).state == "submitted"


def test_a_student_needs_one_also_for_the_draft_of_a_colleague(student, professor, tmp_path):
    made = factories.draft(factories.call(), tmp_path, by=professor)
    with pytest.raises(SupervisorMissing):
        actions.submit(made, by=student)
    assert actions.submit(made, by=professor).state == "submitted"


def test_another_supervisor_replaces_the_first_and_a_no_has_a_reason(student, professor, tmp_path):
    made = factories.draft(factories.call(), tmp_path, by=student)
    first = ask_supervisor(made, professor.email, by=student)
    with pytest.raises(Invalid):
        decline_supervision(first, reason=" ", by=professor)
    assert decline_supervision(first, reason="No time.", by=professor).reason == "No time."
    second = ask_supervisor(made, person(organisation=made.organisation).email, by=student)
    first.refresh_from_db()
    assert (first.state, supervision(made)) == ("replaced", second)


def test_who_can_be_a_supervisor(student, professor, tmp_path):
    made = factories.draft(factories.call(), tmp_path, by=student)
    fellow = person()
    join(fellow, made.organisation, student=True, by=INSTALLER)
    for email in (fellow.email, student.email, person().email, "nobody@example.org"):
        with pytest.raises(Invalid) as refusal:
            ask_supervisor(made, email, by=student)
        assert [error.field for error in refusal.value.errors] == ["email"]
