"""A real browser: Debian's chromium, driven by playwright, on Django's live server."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from aifactory.people.models import User

# playwright's synchronous API keeps an event loop in this thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# What passes is not listed: gathering that takes longer than the search.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
AXE = Axe()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every journey, so that `-m "not browser"` leaves them out."""
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start chromium once."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not on the PATH, and CI is set")
        pytest.skip("chromium is not on the PATH")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=quiet)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """Give a function that opens a fresh page: open_page(user, phone=False, language="en").

    The page fails the test when a script throws or the content security policy is broken.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def fresh(user: User | None = None, *, phone: bool = False, language: str = "en") -> Page:
        size = PHONE if phone else DESK
        context = browser.new_context(viewport=size, locale=language, base_url=live_server.url)
        context.set_default_timeout(15_000)
        contexts.append(context)
        if user is not None:
            sign_in(context, user, live_server)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None
        )
        return page

    yield fresh
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """Open one page on a desk, signed out, in English."""
    return open_page()


def sign_in(context: BrowserContext, user: User, live_server: LiveServer) -> None:
    """Give the browser the session that signing in would give."""
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])


def barriers(page: Page) -> list[str]:
    """Return what axe finds on this page, one line per element."""
    found = AXE.run(page, options=RULES).response["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
