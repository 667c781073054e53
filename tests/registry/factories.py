"""A finished run and the model made of it, by the real verbs on the make-believe engine."""

import json
from pathlib import Path

from aifactory.assurance.actions import answer
from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.registry import actions
from aifactory.registry.models import ModelVersion
from aifactory.supercomputer.models import Attempt
from tests.access import factories as access
from tests.supercomputer.factories import Factory, later

INTERVAL = {"low": 0.97, "high": 0.999}
METRICS = {
    "format": "aifactory-classifier-metrics/1",
    "measure": "roc_auc",
    "target": "malignant",
    "released": "logistic_regression",
    "classes": {"no": 190, "yes": 110},
    "split": {"training": 210, "test": 90, "seed": 7, "test_rows_also_in_training": 0},
    "test": {
        "majority": {"roc_auc": 0.5, "accuracy": 0.63, "interval": {"low": 0.5, "high": 0.5}},
        "logistic_regression": {"roc_auc": 0.99213, "accuracy": 0.96, "interval": INTERVAL},
    },
    "comparison": {"method": "paired bootstrap", "difference": 0.0021, "low": -0.004, "high": 0.009},
    "against_majority": {"difference": 0.4921, "low": 0.47, "high": 0.499},
    "verdict": {"en": "The simpler model is released.", "nl": "Het simpelere model komt vrij."},
}
FACTS = {
    "limits": ["Measured on one table."],
    "features": [{"name": "radius", "kind": "number", "usual_low": 8.5, "usual_high": 22.1}],
    "classes": ["no", "yes"],
}
ROC = {"curves": [{"family": "logistic_regression", "points": [[0, 0], [0.1, 0.95], [1, 1]]}]}
FILES: dict[str, object] = {"metrics.json": METRICS, "model_facts.json": FACTS, "roc.json": ROC}


def trained(plant: Factory, files: dict[str, object] | None = None) -> Attempt:
    """Run one job to its end; `files` are written as JSON beside the model."""
    files = FILES if files is None else files
    plant.behaviour["outputs"] = {name: json.dumps(content).encode() for name, content in files.items()}
    plant.behaviour["outputs"]["model.skops"] = b"weights"
    job = plant.submit()
    with later(hours=6):
        from aifactory.supercomputer.actions import start_due

        start_due()
        plant.turn()
    with later(hours=6, minutes=5):
        plant.turn()
    return Attempt.objects.get(job=job)


def lawful(project: Project, folder: Path) -> None:
    """Give the project the application that it came from, with the AI Act asked and answered."""
    with clock.frozen(access.DURING):
        application = access.draft(access.call("playground-v1"), folder)
    answer(
        subject=application.thing,
        kind="ai_act",
        answers={"ai_system": "no", "trains_generative": "no"},
        by=application.applicant,
    )
    Project.objects.filter(pk=project.pk).update(application=application.pk)
    project.refresh_from_db()


def registered(plant: Factory, name: str = "Tumour finder", **wishes: object) -> ModelVersion:
    """Register what a run made."""
    attempt = trained(plant, **wishes)  # type: ignore[arg-type]
    return actions.register(attempt, by=plant.user, name=name, intended_use="Supports a doctor's judgement.")


def released(plant: Factory, folder: Path) -> ModelVersion:
    """Release a model of a project whose law was asked."""
    lawful(plant.project, folder)
    return actions.release(registered(plant), by=plant.user)
