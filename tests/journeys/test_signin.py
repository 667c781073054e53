"""Signing in and out as a person does it, on a desk and on a phone."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from playwright.sync_api import Page

from tests.journeys.conftest import barriers, overflow
from tests.people.factories import person

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_mistake_is_explained_then_one_arrives_where_one_was_going(
    open_page: Callable[..., Page], phone: bool
) -> None:
    cache.clear()
    user = person()
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    page = open_page(phone=phone)
    page.goto("/account/")
    assert page.url.endswith("/accounts/login/?next=/account/")
    page.locator("#id_login").fill(user.email)
    page.locator("#id_password").fill("wrong")
    page.keyboard.press("Enter")
    page.locator(".af-errors").wait_for()
    assert (barriers(page), overflow(page)) == ([], 0)
    page.locator("#id_login").fill(user.email)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: urlsplit(url).path == "/account/")
    assert page.locator("h1").inner_text() == "Your account"
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button").click()
    page.wait_for_url(lambda url: urlsplit(url).path == "/")
    page.goto("/account/")
    assert "/accounts/login/" in page.url


def test_an_account_is_made_by_keyboard(page: Page) -> None:
    cache.clear()
    page.goto("/accounts/signup/")
    page.locator("#id_email").focus()
    page.keyboard.type("new@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: urlsplit(url).path == "/desk/")
    assert barriers(page) == []
