"""Judging whether an application meets the rules."""

from django.db import transaction

from aifactory.access.applications.models import Application
from aifactory.access.screening.models import Eligibility
from aifactory.access.screening.queries import verdicts
from aifactory.audit.actions import enter, fire
from aifactory.ports.identity import Actor


def judge_eligibility(application: Application, *, by: Actor) -> Eligibility:
    """Hold every rule of the mode to the facts submitted, keep the verdicts, and move the application on.

    An application that is not eligible still gets a decision with a letter, and a way to object.
    """
    found = verdicts(application)
    passed = all(verdict.passed for verdict in found)
    with transaction.atomic():
        failed = [verdict.rule for verdict in found if not verdict.passed]
        fire(application, "find_eligible" if passed else "find_ineligible", by=by, data={"failed": failed})
        kept = Eligibility(application=application, verdicts=[v.plain() for v in found], passed=passed)
        return enter(kept, "eligibility:keep", by=by, data={"application": application.pk})
