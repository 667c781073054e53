"""Two at once: one wins, and nothing is done twice or lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from aifactory.access import actions
from aifactory.access.applications.actions import AlreadySubmitted
from aifactory.access.models import Application, Decision
from aifactory.audit.models import Event
from aifactory.awards.models import AwardLine
from aifactory.kit import clock
from aifactory.kit.errors import Refused
from tests.access import factories
from tests.access.factories import DURING

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "during")]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads, each at DURING, and give results and refusals."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            with clock.frozen(DURING):
                return call()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_submitted_twice_at_once_is_submitted_once(tmp_path: Path) -> None:
    made = factories.draft(factories.call(), tmp_path)
    copies = [Application.objects.get(pk=made.pk) for _ in range(4)]
    results = at_once(*(lambda copy=copy: actions.submit(copy, by=made.applicant) for copy in copies))
    assert {result.state for result in results} == {"submitted"}
    assert Event.objects.filter(name="application:submit").count() == 1


def test_an_edit_and_a_submission_never_cross(tmp_path: Path) -> None:
    made = factories.draft(factories.call(), tmp_path)
    copies = [Application.objects.get(pk=made.pk) for _ in range(4)]
    edits = [
        lambda copy=copy, n=n: actions.save(copy, {"need": f"Edit {n}"}, by=made.applicant)
        for n, copy in enumerate(copies)
    ]
    results = at_once(*edits, lambda: actions.submit(made, by=made.applicant))
    assert all(isinstance(r, Application | AlreadySubmitted) for r in results)
    names = list(Event.objects.filter(thing=made.thing).order_by("pk").values_list("name", flat=True))
    assert names[-1] == "application:submit"
    kept = Application.objects.get(pk=made.pk)
    submit = Event.objects.get(thing=made.thing, name="application:submit")
    from aifactory.audit.actions import digest_of

    assert digest_of(kept) == submit.digest


def test_decided_twice_at_once_is_one_decision_and_one_award(tmp_path: Path) -> None:
    made = factories.reviewed(factories.call(), tmp_path)
    deciders = [factories.decider(), factories.decider()]
    results = at_once(
        *(
            lambda by=by: actions.decide(
                Application.objects.get(pk=made.pk), awarded={"gpu": 3600}, reasons="Good.", by=by
            )
            for by in deciders
        )
    )
    assert sorted(isinstance(r, Decision) for r in results) == [False, True]
    assert Decision.objects.count() == 1
    assert [line.amount for line in AwardLine.objects.all()] == [3600]
