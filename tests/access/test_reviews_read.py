"""Reading the reviews of one's own application; amounts that a check proposed; large draws; aid on objection."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aifactory.access import actions
from aifactory.access.matching import actions as matching
from aifactory.awards.state_aid.models import AidEntry
from aifactory.cli.applications import app
from aifactory.kit import clock
from aifactory.people.models import Role
from tests.access import factories
from tests.access.factories import AFTER, DURING
from tests.access.objection_factories import granted, mandated, objection
from tests.access.test_api import Script
from tests.people.factories import person
from tests.web.test_access import as_, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


def test_reviews_by_page_api_and_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.frozen(DURING):
        made = factories.reviewed(factories.call(), tmp_path, scores=(4, 3))
    applicant, page = as_(made.applicant), f"/applications/{made.pk}/reviews/"
    script = Script(made.applicant)
    text(applicant, page, 404)
    script.get(f"/applications/{made.pk}/reviews", 404)
    with clock.frozen(AFTER):
        actions.decide(made, awarded={}, reasons="No room.", by=factories.decider())
    assert f'href="{page}"' in text(applicant, f"/applications/{made.pk}/letter/")
    shown = text(applicant, page)
    words = made.call.mode.reviewing.criteria[0].words[4].en  # type: ignore[union-attr]
    assert ("Reviewer A" in shown, "Reviewer B" in shown, "Value: 4" in shown, words in shown) == (True,) * 4
    assert not any(review.reviewer.name in shown for review in made.reviews.all())
    found = script.get(f"/applications/{made.pk}/reviews")["items"]
    ids = ("value", "approach", "feasibility")
    because = dict.fromkeys(ids, "Because.")
    assert found == [
        {"by": "Reviewer A", "scores": dict.fromkeys(ids, 4), "reasons": because},
        {"by": "Reviewer B", "scores": dict.fromkeys(ids, 3), "reasons": because},
    ]
    monkeypatch.setattr("aifactory.cli.applications.Remote", lambda: script)
    told = CliRunner().invoke(app, ["reviews", made.pk, "--json"])
    assert json.loads(told.stdout)["items"] == found
    text(as_(made.reviews.earliest("pk").reviewer), page, 404)


def test_the_form_to_decide_starts_from_what_the_check_proposes(tmp_path: Path) -> None:
    with clock.frozen(DURING):
        made = factories.eligible(factories.call("playground-v1"), tmp_path, checked=False)
        factories.technically_checked(made, "adjust", proposed={"gpu": 60 * 3600})
        decider = factories.decider()
        shown = text(as_(decider), f"/office/applications/{made.pk}/decide/")
    assert 'name="awarded_gpu" value="60"' in shown
    assert 'name="awarded_storage" value="10"' in shown
    assert shown.count("The technical check proposes another amount") == 1


def test_a_large_draw_is_for_the_operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.frozen(DURING):
        call, office = factories.call(), person(Role.OFFICE)
        for _ in range(2):
            factories.eligible(call, tmp_path)
        for _ in range(3):
            factories.reviewer()
    monkeypatch.setattr(matching, "MOST_PAIRS", 5)
    with pytest.raises(matching.DrawIsLarge) as refused:
        matching.require_quick(call)
    assert refused.value.message == "This draw weighs 6 pairs; a page or a request draws up to 5."
    assert (
        refused.value.next_step == f"The operator runs it beside the factory: aifactory admin draw {call.pk}."
    )
    with clock.frozen(AFTER):
        problem = Script(office).post(f"/matching/calls/{call.pk}/draws", {"cap_percent": 50}, 409)
        page = as_(office).post(f"/office/calls/{call.pk}/reviewers/", {"cap_percent": "50", "reason": ""})
    assert problem["detail"] == refused.value.message
    assert refused.value.message in page.content.decode()


def test_what_an_objection_brings_is_aid_too(tmp_path: Path) -> None:
    with clock.frozen(DURING):
        made = factories.reviewed(factories.call(), tmp_path)
    with clock.frozen(AFTER):
        actions.decide(made, awarded={"gpu": 1_000 * 3600}, reasons="Half.", by=factories.decider())
    assert [(entry.cents, entry.application) for entry in AidEntry.objects.all()] == [(250_000, made.pk)]
    handler, filed = mandated(), objection(made)
    with clock.frozen(factories.soon(AFTER, days=50)):
        granted(filed, handler, gpu=1_500 * 3600)
    added = AidEntry.objects.latest("pk")
    assert (added.cents, added.application, AidEntry.objects.count()) == (125_000, filed.pk, 2)
