"""From records to the inputs that are published: names become labels, in an order that nobody chose."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from aifactory.access.applications.models import Application
from aifactory.access.calls.models import Call
from aifactory.access.matching import commitments
from aifactory.access.modes.queries import size_in
from aifactory.access.screening import assessments
from aifactory.access.screening.models import TechnicalCheck
from aifactory.access.selection.draw import seed_of
from aifactory.access.selection.models import Budget
from aifactory.access.selection.procedure import INPUTS
from aifactory.awards.reserves.queries import kept_back
from aifactory.people.enterprises.size import SME


def inputs_of(
    call: Call, budget: Budget, applications: Sequence[Application]
) -> tuple[dict[str, Any], dict[str, Application]]:
    """Return the inputs of the rule as plain JSON, and which application each label stands for."""
    reviewing, rule = call.mode.reviewing, call.mode.selection
    assert reviewing is not None  # noqa: S101 - asked before
    assert rule is not None  # noqa: S101 - the same
    given = {a.pk: [r for r in a.reviews.all() if r.state == "submitted"] for a in applications}
    names = _labels("A", [a.pk for a in applications])
    people = _labels("R", {r.reviewer_id for reviews in given.values() for r in reviews})
    parts = {"factory": budget.secret, "people": _seed_of_people(call)}
    inputs = {
        "format": INPUTS,
        "call": call.pk,
        "mode": call.mode_name,
        "mode_digest": call.mode_digest,
        "rule": {
            "criteria": [{"id": c.id, "weight": c.weight, "minimum": c.minimum} for c in reviewing.criteria],
            "threshold": reviewing.threshold,
            "selection": rule.model_dump(mode="json", exclude_none=True),
        },
        "budget": budget.amounts,
        "kept_back": kept_back(call.thing),
        "commitment": budget.commitment,
        "seed_parts": parts,
        "seed": seed_of(parts),
        "applications": sorted(
            (
                {
                    "id": names[a.pk],
                    "sme": size_in(a.organisation_facts) in SME,
                    "requested": {
                        resource: amount for resource, amount in sorted(a.requested.items()) if amount
                    },
                    "eligible": a.state != "ineligible",
                    "gate": gate(a) if a.state != "ineligible" else "pass",
                    "feasible": feasible(a),
                    "reviews": sorted(
                        ({"reviewer": people[r.reviewer_id], "scores": r.scores} for r in given[a.pk]),
                        key=lambda review: str(review["reviewer"]),
                    ),
                }
                for a in applications
            ),
            key=lambda a: str(a["id"]),
        ),
    }
    return inputs, {names[a.pk]: a for a in applications}


def _seed_of_people(call: Call) -> str:
    """Return the seed that office and reviewers made together for the call; empty where they made none."""
    try:
        return commitments.seed_of(call).value
    except (commitments.SecretsAreAwaited, commitments.SeedNeedsTwoSides):
        return ""


def _labels(kind: str, ids: Iterable[str]) -> dict[str, str]:
    """Give each id a number in an order drawn by the operating system, so that a label tells nothing."""
    mixed = sorted(ids)
    secrets.SystemRandom().shuffle(mixed)
    return {pk: f"{kind}{number:04d}" for number, pk in enumerate(mixed, start=1)}


def feasible(application: Application) -> bool:
    """Say whether the technical check, where one was given, lets the work run here."""
    check = getattr(application, "technical", None)
    return check is None or check.state != "given" or check.result != TechnicalCheck.Result.NOT_FEASIBLE


def gate(application: Application) -> str:
    """Return what law and ethics say: the gate where it was weighed, else the assessments themselves."""
    weighed = getattr(application, "law_gate", None)
    if weighed is not None:
        return str(weighed.result)
    found = assessments.assessments(application).values()
    stopped = any(not assessments.answered(one) or (one and assessments.stops(one)) for one in found)
    return "stop" if stopped else "pass"
