"""A holder proposes other terms, who asked accepts and signs, and both see how the duties stand; in both languages."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from tests.datasets import factories as make
from tests.datasets.factories import store  # noqa: F401 - a fixture
from tests.journeys.conftest import barriers, overflow

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("store"),
    pytest.mark.thorough,
]
PICTURES = os.environ.get("AIFACTORY_PICTURES")


def seen(page: Page, name: str) -> None:
    """Hold the page to the rules of accessibility, and keep a picture where somebody asked for it."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
    assert (barriers(page), overflow(page)) == ([], 0)


@pytest.mark.parametrize(("language", "phone"), [("en", False), ("nl", True)])
def test_terms_are_proposed_accepted_and_signed(
    open_page: Callable[..., Page], language: str, phone: bool
) -> None:
    def say(text: str) -> str:
        with translation.override(language):
            return gettext(text)

    size, most = ("phone", "Voor hoogstens 20 taken.") if phone else ("desk", "For at most 20 runs.")
    agreement = make.requested(make.offer(make.published()))
    holder = open_page(agreement.offer.offered_by, phone=phone, language=language)
    holder.goto(f"/agreements/{agreement.pk}/")
    holder.get_by_role("link", name=say("Propose other terms")).click()
    holder.get_by_label(say("How many runs may use it at most?")).fill("20")
    seen(holder, f"terms-{size}")
    holder.get_by_role("button", name=say("Send the proposal")).click()
    sent = say("Your proposal is sent. Now it is the other party's turn.")
    expect(holder.get_by_text(sent)).to_be_visible()
    user = open_page(agreement.requested_by, phone=phone, language=language)
    user.goto(f"/agreements/{agreement.pk}/")
    expect(user.get_by_text(most)).to_be_visible()
    seen(user, f"answer-{size}")
    user.get_by_role("button", name=say("Accept these terms")).click()
    user.get_by_role("button", name=say("Sign for your organisation")).click()
    holder.reload()
    holder.get_by_text(say("Say how a duty stands")).click()
    holder.get_by_label(say("What was done, or why it was not")).fill("The paper does not name us.")
    holder.get_by_role("button", name=say("It was not met")).click()
    expect(holder.get_by_text("The paper does not name us.")).to_be_visible()
    seen(holder, f"duties-{size}")
