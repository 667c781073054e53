"""The laws in a browser: a person answers by keyboard and mouse, and no page has a barrier."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from aifactory.people.models import Role
from tests.assurance.case_readings import PLAIN, practice
from tests.assurance.factories import assessment
from tests.awards.factories import project as make_project
from tests.journeys.conftest import barriers, overflow
from tests.people.factories import person

pytestmark = pytest.mark.django_db(transaction=True)


def sound(page: Page, name: str) -> None:
    """Fail on barriers or overflow; keep a picture where AIFACTORY_PICTURES names a folder."""
    if folder := os.environ.get("AIFACTORY_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
    assert (barriers(page), overflow(page)) == ([], 0)


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_civil_use_is_answered_in_two_steps(open_page: Callable[..., Page], phone: bool) -> None:
    project = make_project()
    page = open_page(project.leader, phone=phone)
    page.goto(f"/assurance/about/{project.thing}/")
    sound(page, "assurance-about")
    page.get_by_role("link", name="Civil use and ethics").click()
    sound(page, "assurance-questions")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Yes").check()
    page.get_by_role("button", name="Save and go on").click()
    for group in page.get_by_role("group").all():
        group.get_by_label("Yes").check()
    page.get_by_role("group").last.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Save and go on").click()

    assert "Civil use, with conditions" in page.locator("main").inner_text()
    assert "Name somebody who answers for it." in page.locator("main").inner_text()
    sound(page, "assurance-outcome")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_outcome_reads_well_for_everybody(open_page: Callable[..., Page], language: str) -> None:
    project = make_project()
    found = assessment(project=project)
    stopped = assessment(answers=PLAIN | practice("scores", unfair_score="yes"))
    page = open_page(project.leader, language=language)
    page.goto(f"/assurance/{found.pk}/")
    for more in page.locator("summary").all():
        more.click()
    sound(page, f"assurance-research-{language}")
    office = open_page(person(Role.OFFICE), phone=True, language=language)
    for name, address in {"list": "/assurance/", "stop": f"/assurance/{stopped.pk}/"}.items():
        office.goto(address)
        sound(office, f"assurance-{name}-{language}")
