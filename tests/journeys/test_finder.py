"""A newcomer finds the route by keyboard and on a phone, and the office adopts a mode."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from aifactory.access import modes
from aifactory.access.modes import queries
from aifactory.people.models import Role
from tests.access import factories
from tests.journeys.conftest import RULES
from tests.people.factories import person

pytestmark = pytest.mark.django_db(transaction=True)
CHOICES = ("who_0", "place_0", "goal_1", "data_3", "size_1", "hurry_0", "experience_0", "project_1")


def violations(page: Page) -> list[str]:
    """Return what axe finds, by rule and place."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_newcomer_finds_the_route_on_a_phone(open_page: Callable[..., Page], language: str) -> None:
    factories.call("playground-v1")
    page = open_page(phone=True, language=language)
    page.goto("/route/")
    assert violations(page) == []
    for choice in CHOICES:
        page.locator(f"#id_{choice}").focus()
        page.keyboard.press("Space")
    page.locator("main form button").press("Enter")
    page.wait_for_url("**/route/?who=sme**")
    assert page.locator("main h2").first.inner_text() == modes.named("playground-v1").title.of(language)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto("/estimate/?task=lora&parameters=7&tokens=0.04&passes=3&data_gb=2")
    assert page.locator("main table").count() == 1
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_office_adopts_a_mode(open_page: Callable[..., Page]) -> None:
    page = open_page(person(Role.OFFICE))
    page.goto("/modes/write/?from=playground-v1")
    text = page.locator("#id_text")
    text.fill(text.input_value().replace("version = 1", "version = 2", 1))
    page.locator("main form button").click()
    page.wait_for_url("**/modes/drafts/**")
    for summary in page.locator("main summary").all():
        summary.click()
    assert violations(page) == []
    page.locator("form[action$='/adopt/'] button").click()
    page.wait_for_url("**/modes/playground-v2/")
    assert "playground-v2" in [mode.name for mode in queries.all_modes()]
    assert violations(page) == []
