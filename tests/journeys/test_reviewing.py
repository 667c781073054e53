"""A reviewer, from the statement on conflicts to the changed review, in both languages, with the keyboard."""

from datetime import timedelta
from pathlib import Path

import pytest

from aifactory.access import actions, modes
from aifactory.access.models import Review
from aifactory.kit import clock
from aifactory.kit.bilingual import Text
from tests.access import factories
from tests.access.factories import OFFICE
from tests.datasets.factories import store  # noqa: F401 - a fixture
from tests.journeys.conftest import barriers, overflow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store")]
IDS = ("value", "approach", "feasibility")


@pytest.fixture
def review(tmp_path: Path) -> Review:
    now = clock.now()
    call = actions.open_call(
        actions.prepare_call(
            mode=modes.named("regional-v1"),
            title=Text(en="Spring call", nl="Oproep voorjaar"),
            opens_at=now - timedelta(days=1),
            cut_off_at=now + timedelta(days=30),
            by=OFFICE,
        ),
        by=OFFICE,
    )
    application = factories.eligible(call, tmp_path)
    people = [factories.reviewer(), factories.reviewer()]
    mine, other = actions.assign_reviewers(application, by=OFFICE, reviewers=people)
    factories.scored(other)
    return mine


@pytest.mark.parametrize(("language", "phone"), [("en", False), ("nl", True)])
def test_a_review_from_the_statement_to_the_talk(open_page, review, language, phone):
    reviewer = review.reviewer
    reviewer.language = language
    page = open_page(reviewer, phone=phone, language=language)
    page.goto(f"/reviews/{review.pk}/")
    assert page.url.endswith("/reviews/statement/")
    assert (barriers(page), overflow(page)) == ([], 0)
    page.locator(f"input[name='{review.pk}-answer'][value='free']").check()
    page.locator("main form button").first.click()
    page.wait_for_url(f"**/reviews/{review.pk}/")
    assert (barriers(page), overflow(page)) == ([], 0)

    # Arrows choose a score, and what is typed is kept by itself.
    page.locator("input[name='score_value']").first.focus()
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    with page.expect_response(lambda answer: answer.url.endswith("/draft/") and answer.status == 200):
        page.locator("textarea[name='reason_value']").fill("A gain for farmers.")
    page.reload()
    assert page.locator("input[name='score_value']:checked").input_value() == "4"
    assert page.locator("textarea[name='reason_value']").input_value() == "A gain for farmers."
    assert Review.objects.get(pk=review.pk).state == "assigned"

    for name in IDS:
        page.locator(f"input[name='score_{name}'][value='4']").check()
        page.locator(f"textarea[name='reason_{name}']").fill("Sound.")
    page.locator("#review-form button:not([formaction])").click()
    page.wait_for_url("**/reviews/")
    assert Review.objects.get(pk=review.pk).scores == dict.fromkeys(IDS, 4)

    page.goto(f"/applications/{review.application_id}/discussion/")
    assert (barriers(page), overflow(page)) == ([], 0)
    page.locator("#say textarea").fill("I read page 3 again.")
    page.locator("#say button[value='message']").click()
    page.locator("a[href$='/discussion/revise/']").click()
    page.locator("input[name='score_value'][value='3']").check()
    page.locator("textarea[name='because']").fill("Page 3.")
    page.locator("main form button").first.click()
    page.wait_for_url("**/discussion/")
    given = Review.objects.get(pk=review.pk)
    assert [one.scores["value"] for one in given.revisions.order_by("number")] == [4, 3]
