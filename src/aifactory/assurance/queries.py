"""Reads of assessments that all faces share."""

from typing import Any

from django.db import models

from aifactory.assurance.laws import LAWS, law
from aifactory.assurance.models import Assessment
from aifactory.audit.record import plain
from aifactory.people.rules import visible


def assessments(viewer: Any) -> models.QuerySet[Assessment]:
    """Return the assessments that the viewer sees."""
    return visible(Assessment, viewer)


def of(subject: str) -> dict[str, Assessment]:
    """Return the assessments of one thing by kind; for rooms that have already checked who asks."""
    return {a.kind: a for a in Assessment.objects.filter(subject=subject)}


def standing(subject: str) -> dict[str, str]:
    """Return the state of each law for one thing; `missing` where nobody has answered yet."""
    found = of(subject)
    return {kind: found[kind].state if kind in found else "missing" for kind in LAWS}


def facts(assessment: Assessment) -> dict[str, Any]:
    """Return one assessment as the API shows it."""
    return {
        "id": assessment.pk,
        "created_at": plain(assessment.created_at),
        "subject": assessment.subject,
        "organisation": assessment.subject_organisation,
        "kind": assessment.kind,
        "state": assessment.state,
        "rule_version": assessment.rule_version,
        "result": assessment.result,
        "later_result": assessment.later_result,
        "answers": assessment.answers,
        "outcome": assessment.outcome,
        "ground": assessment.ground,
        "next_questions": [q.id for q in law(assessment.kind).next_questions(assessment.answers)],
    }
