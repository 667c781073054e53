"""A reviewer says what they know, both sides commit and show, the office draws, and anybody looks on."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from aifactory.access.matching import actions, seeds
from aifactory.access.matching.models import ReviewerProfile
from aifactory.kit import clock
from aifactory.people.models import Role
from tests.access import factories
from tests.access.conftest import store  # noqa: F401 - the fixture
from tests.access.matching.test_actions import SECRETS, applications, committed, reviewers, shown
from tests.journeys.conftest import barriers, overflow
from tests.people.factories import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store")]
PICTURES = os.environ.get("AIFACTORY_PICTURES")


def seen(page: Page, name: str) -> None:
    """Hold the page to the rules of accessibility, and keep a picture where somebody asked for it."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
    assert (barriers(page), overflow(page)) == ([], 0)


@pytest.mark.parametrize("phone", [False, True])
def test_reviewers_are_drawn_and_everybody_can_look(
    open_page: Callable[..., Page], tmp_path: Path, phone: bool
) -> None:
    size = "phone" if phone else "desk"
    with clock.frozen(factories.DURING):
        call, office, people = factories.call(), person(Role.OFFICE), reviewers()
        made = applications(call, tmp_path)
        both = committed(call, office, people[0])
    page = open_page(people[0], phone=phone)
    page.goto("/reviewing/profile/")
    page.get_by_label("What you wrote").fill("Potato rot\nSeen on leaves.\n\nSteel bridges")
    seen(page, f"profile-{size}")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Your profile is kept.")).to_be_visible()
    assert len(ReviewerProfile.objects.get(person=people[0]).works) == 2
    page.goto(f"/reviewing/calls/{call.pk}/")
    page.get_by_label("I want to read it").first.check()
    seen(page, f"bids-{size}")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Kept. Changed: 1.")).to_be_visible()
    with clock.frozen(factories.AFTER):
        shown(both)
        drawn = actions.match(call, by=office)
    staff = open_page(office, phone=phone)
    staff.goto(f"/office/calls/{call.pk}/reviewers/")
    seen(staff, f"office-{size}")
    staff.goto(f"/office/draws/{drawn.pk}/")
    staff.get_by_role("link", name="Draw again from the seed and compare").click()
    expect(staff.get_by_text("the same came out")).to_be_visible()
    expect(staff.get_by_role("link", name=made[0].title).first).to_be_visible()
    seen(staff, f"draw-{size}")
    public = open_page(phone=phone)
    public.goto(f"/calls/{call.pk}/reviewers/")
    expect(public.get_by_text(seeds.commitment(SECRETS["office"]))).to_be_visible()
    seen(public, f"public-{size}")
