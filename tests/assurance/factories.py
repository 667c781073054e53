"""Assessments for tests, made the way people make them."""

from typing import Any

from aifactory.assurance.actions import answer
from aifactory.assurance.models import Assessment
from aifactory.awards.models import Project
from aifactory.people.actors import SystemActor
from tests.awards.factories import project as make_project

from .case_readings import PLAIN

ASSESSOR = SystemActor("test", frozenset({"assessment:answer", "assessment:confirm", "assessment:ask_again"}))
RESEARCH = PLAIN | {
    "stage": "research",
    "product_law": "medical_device",
    "product_part": "product",
    "third_party": "yes",
}


def assessment(
    *, project: Project | None = None, kind: str = "ai_act", answers: dict[str, Any] | None = None
) -> Assessment:
    """Answer about a project; completely, unless told otherwise."""
    project = project or make_project()
    answers = RESEARCH if answers is None else answers
    return answer(subject=project.thing, kind=kind, answers=answers, by=ASSESSOR)
