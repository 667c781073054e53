"""Every page, for whoever it is for: no barrier that axe can find, nothing off the screen of a phone."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from playwright.sync_api import Error, Page

from aifactory.people.models import Role, User
from tests.journeys.conftest import DESK, PHONE, barriers, overflow
from tests.people.factories import person
from tests.rules.conftest import house, plant, store  # noqa: F401 - fixtures
from tests.rules.world import World, pages
from tests.supercomputer.factories import Factory

#: the addresses that need no record, by who visits them; None is somebody who did not sign in
PAGES: dict[Role | None, list[str]] = {
    None: [
        "/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accessibility/",
        "/style-guide/",
    ],
    Role.APPLICANT: ["/", "/accounts/logout/", "/accounts/password/change/"],
}


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.parametrize("role", PAGES, ids=str)
def test_pages_have_no_barriers(
    open_page: Callable[..., Page], role: Role | None, phone: bool, language: str
) -> None:
    user = person(role) if role else None
    page = open_page(user, phone=phone, language=language)
    found = {}
    for address in PAGES[role]:
        answer = page.goto(address)
        found[address] = (
            answer.status,
            page.locator("html").get_attribute("lang"),
            barriers(page),
            overflow(page),
        )
    assert found == {address: (200, language, [], 0) for address in PAGES[role]}


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
def test_no_page_of_the_factory_has_barriers(
    house: Factory,  # noqa: F811
    open_page: Callable[..., Page],
) -> None:
    """Open every page with a record of its kind, as its owner and as somebody of the office, in Dutch.

    The elements are the same on a desk: axe looks at them once, where they are closest together.
    """
    office = person(Role.OFFICE, Role.OPERATOR)
    opened: dict[str, Page] = {}
    found, seen = [], 0
    for address, visitor in visits(World(house), office):
        if visitor.pk not in opened:
            opened[visitor.pk] = open_page(visitor, phone=True, language="nl")
        page = opened[visitor.pk]
        cache.clear()
        try:
            answer = page.goto(address)
        except Error:  # a download
            continue
        if answer is None or answer.status != 200 or "html" not in answer.headers["content-type"]:
            continue
        seen += 1
        spoken, barred, wide = page.locator("html").get_attribute("lang"), barriers(page), overflow(page)
        page.set_viewport_size(DESK)
        if (said := (spoken, barred, wide, overflow(page))) != ("nl", [], 0, 0):
            found.append((address, *said))
        page.set_viewport_size(PHONE)
    assert found == []
    assert seen > 80


def visits(world: World, office: User) -> Iterator[tuple[str, User]]:
    """Yield every address that a browser opens, with who opens it; none twice for the same person."""
    listed = [(address, owner) for route, address, owner in pages(world) if not route.startswith("accounts/")]
    yield from listed
    yield from ((address, office) for address, _owner in listed if address.startswith("/office"))


def test_missing_page_says_so(page: Page) -> None:
    answer = page.goto("/no-such-page/")
    assert (answer.status, page.locator("h1").inner_text(), barriers(page)) == (
        404,
        "There is nothing here",
        [],
    )


def test_keyboard_reaches_the_page_at_once(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_mistakes_are_named_on_top_and_beside_the_field(page: Page) -> None:
    page.goto("/style-guide/")
    page.get_by_role("button", name="Save and go on").click()
    link = page.locator(".af-errors a").first
    assert link.inner_text() == "Name of your project: This field is required."
    link.click()
    assert page.evaluate("document.activeElement.id") == "id_name"
    described = page.locator("#id_name").get_attribute("aria-describedby").split()
    assert [page.locator(f"#{name}").text_content() for name in described] == [
        "A few words that others understand.",
        "Error: This field is required.",
    ]
    assert barriers(page) == []


def test_language_switch_keeps_the_page(page: Page) -> None:
    page.goto("/accessibility/")
    page.get_by_role("button", name="Nederlands").click()
    assert (page.locator("html").get_attribute("lang"), page.url.endswith("/accessibility/")) == ("nl", True)
