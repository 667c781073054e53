"""An applicant objects, somebody without a part in the decision hears them and decides: in both languages."""

from datetime import timedelta

import pytest

from aifactory.access import actions, modes
from aifactory.access.models import Objection
from aifactory.access.permissions import Permission
from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.kit.bilingual import Text
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Role, User
from tests.access import factories
from tests.datasets.factories import store  # noqa: F401 - a fixture
from tests.journeys.conftest import barriers, overflow
from tests.people.factories import organisation, person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store")]


@pytest.fixture
def rejected(tmp_path):
    """An application rejected three days ago: the browser lives in the present."""
    now = clock.now()
    with clock.frozen(now - timedelta(days=40)):
        call = actions.prepare_call(
            mode=modes.named("regional-v1"),
            title=Text(en="Spring call", nl="Oproep voorjaar"),
            opens_at=now - timedelta(days=41),
            cut_off_at=now - timedelta(days=10),
            by=factories.OFFICE,
        )
        made = factories.reviewed(actions.open_call(call, by=factories.OFFICE), tmp_path)
    decider = person(Role.OFFICE, organisation=organisation())
    give_mandate(
        decider, subject=Permission.DECIDE, holder_title="Head of the office", by=INSTALLER,
        valid_from=now - timedelta(days=50),
    )  # fmt: skip
    with clock.frozen(now - timedelta(days=3)):
        actions.decide(made, awarded={}, reasons="No room this time.", by=decider)
    made.refresh_from_db()
    return made


def handler() -> User:
    user = person(Role.OFFICE, name="Independent Ida", organisation=organisation())
    give_mandate(user, subject=Permission.RULE_OBJECTION, holder_title="Chair of objections", by=INSTALLER)
    return user


@pytest.mark.parametrize(("language", "phone"), [("en", False), ("nl", True)])
def test_an_objection_from_the_letter_to_an_award(open_page, rejected, language, phone):
    User.objects.filter(pk=rejected.applicant_id).update(language=language)
    theirs = open_page(rejected.applicant, language=language, phone=phone)
    theirs.goto(f"/applications/{rejected.pk}/letter/")
    theirs.click(f"a[href='/applications/{rejected.pk}/reviews/']")
    assert ("Reviewer B" if language == "en" else "Beoordelaar B") in theirs.inner_text("main")
    assert (barriers(theirs), overflow(theirs)) == ([], 0)
    theirs.go_back()
    theirs.click(f"a[href='/applications/{rejected.pk}/object/']")
    assert (barriers(theirs), overflow(theirs)) == ([], 0)
    theirs.fill("[name=grounds]", "The second criterion was read wrongly.")
    theirs.check("[name=wants_hearing][value=yes]")
    theirs.click("main form button")
    theirs.wait_for_url("**/objections/obj_*/")
    made = Objection.objects.get()
    assert (barriers(theirs), overflow(theirs)) == ([], 0)

    page = open_page(handler(), language=language, phone=phone)
    page.goto("/objections/")
    assert (barriers(page), overflow(page)) == ([], 0)
    page.click(f"main a[href='/objections/{made.pk}/']")
    page.click(f"form[action$='/{made.pk}/take/'] button")
    page.fill("[name=at]", f"{clock.now() + timedelta(days=3):%Y-%m-%dT10:00}")
    page.fill("[name=place]", "Room 1")
    page.click("form[action$='/plan_hearing/'] button")
    page.fill("form[action$='/hear/'] [name=text]", "Both sides explained it.")
    assert (barriers(page), overflow(page)) == ([], 0)
    page.click("form[action$='/hear/'] button")
    page.click(f"a[href='/objections/{made.pk}/decide/']")
    page.check("[name=outcome][value=founded]")
    page.fill("[name=awarded_gpu]", "500")
    page.fill("[name=reasons]", "It was read wrongly.")
    assert (barriers(page), overflow(page)) == ([], 0)
    page.click("main form button")
    page.wait_for_url(f"**/objections/{made.pk}/")

    theirs.goto(f"/objections/{made.pk}/")
    letter = theirs.inner_text("#letter")
    assert ("is well founded" if language == "en" else "is gegrond") in letter
    assert Project.objects.get(application=rejected.pk).lines.get().amount == 500 * 3600
