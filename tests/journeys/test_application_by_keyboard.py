"""The whole application, from the call to the confirmation, without a mouse."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from aifactory.access import actions, modes
from aifactory.access.models import Application
from aifactory.audit.models import Event
from aifactory.kit import clock
from aifactory.kit.bilingual import Text
from tests.access.factories import OFFICE, company
from tests.datasets.factories import store  # noqa: F401 - a fixture
from tests.journeys.conftest import barriers
from tests.people.factories import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store")]
MANY = 150
#: what has the focus: its name, its value, and its words; empty while nothing has
FOCUS = """() => {
    const at = document.activeElement;
    return {name: at.name || "", value: at.value || "", text: (at.textContent || "").trim(), tag: at.tagName,
            outline: getComputedStyle(at).outlineStyle !== "none" || getComputedStyle(at).boxShadow !== "none"};
}"""


class Keyboard:
    """Somebody who has keys only."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, wanted: Callable[[dict], bool], what: str) -> dict:
        """Press Tab until something wanted has the focus, which must be seen."""
        for _ in range(MANY):
            self.page.keyboard.press("Tab")
            if wanted(at := self.page.evaluate(FOCUS)):
                assert at["outline"], f"nobody sees that {what} has the focus"
                return at
        raise AssertionError(f"{what} can't be reached by Tab on {self.page.url}")

    def follow(self, words: str) -> None:
        """Go to a link or button with these words, and press Enter."""
        self.reach(lambda at: at["tag"] in {"A", "BUTTON"} and at["text"].startswith(words), words)
        before = self.page.evaluate("performance.timeOrigin")
        self.page.keyboard.press("Enter")
        self.page.wait_for_function("before => performance.timeOrigin !== before", arg=before)

    def write(self, name: str, words: str) -> None:
        """Go to a field and type."""
        self.reach(lambda at: at["name"] == name, name)
        self.page.keyboard.type(words)

    def choose(self, name: str, value: str) -> None:
        """Go to a group of choices, and along it by arrow to one of them."""
        at = self.reach(lambda at: at["name"] == name, name)
        for _ in range(20):
            if at["value"] == value:
                self.page.keyboard.press("Space")
                return
            self.page.keyboard.press("ArrowDown")
            at = self.page.evaluate(FOCUS)
        raise AssertionError(f"{name} has no {value}")


def test_from_the_call_to_the_confirmation(open_page: Callable[..., Page]) -> None:
    call = actions.prepare_call(
        mode=modes.named("playground-v1"),
        title=Text(en="First steps", nl="Eerste stappen"),
        opens_at=clock.now() - timedelta(hours=1),
        cut_off_at=None,
        by=OFFICE,
    )
    actions.open_call(call, by=OFFICE)
    page = open_page(person(organisation=company()))
    keys = Keyboard(page)
    page.goto(f"/calls/{call.pk}/")
    keys.follow("Apply")
    keys.reach(lambda at: at["name"] == "organisation", "organisation")
    page.keyboard.type("Company")
    keys.write("title", "Counting cows")
    keys.follow("Start")
    draft = Application.objects.get()
    fill_steps(keys, draft)
    assess(keys, draft)
    keys.follow("Check your answers")
    assert barriers(page) == []
    keys.follow("Submit")
    assert "We have received your application." in page.locator("body").inner_text()
    draft.refresh_from_db()
    assert (draft.state, draft.title) == ("submitted", "Counting cows")
    assert Event.objects.filter(name="application:submit").count() == 1


def fill_steps(keys: Keyboard, draft: Application) -> None:
    """Open each page of the form from the list, answer, and come back to the list."""
    words = {"need": "See whether a vision model can count cows.", "gpu_hours": "100", "storage_gb": "10"}
    for step in draft.call.mode.steps:
        keys.follow(step.title.en)
        for question in step.questions:
            if question.id == "civil_use":
                keys.choose(question.id, "yes")
            elif question.id in words:
                keys.write(question.id, words[question.id])
        keys.follow("Save")
        assert keys.page.url.endswith(f"/applications/{draft.pk}/"), keys.page.locator("main").inner_text()


def assess(keys: Keyboard, draft: Application) -> None:
    """Answer the law's first questions with no, which ends both."""
    for kind, questions in {"ai_act": ("ai_system", "trains_generative"), "gdpr": ("personal_data",)}.items():
        keys.page.goto(f"/assurance/about/{draft.thing}/{kind}/")
        waiting = list(questions)
        while waiting:
            asked = [name for name in waiting if keys.page.locator(f'[name="{name}"]').count()]
            for name in asked:
                keys.choose(name, "no")
                waiting.remove(name)
            keys.follow("Save and go on")
    keys.page.goto(f"/applications/{draft.pk}/")
