"""The model card: written from the records, so that nothing in it has to be believed."""

import json
from typing import Any

from aifactory.assurance.queries import of
from aifactory.datasets.models import DatasetVersion
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer import recipes
from aifactory.supercomputer.models import Attempt

LARGEST_DOCUMENT = 2_000_000


def card(attempt: Attempt, *, name: str, intended_use: str) -> dict[str, Any]:
    """Return the card of what an attempt made, in the sections of Mitchell et al. (2019) and AI Act Annex IV."""
    job = attempt.job
    facts = document(attempt, "model_facts.json")
    return {
        "name": name,
        "intended_use": intended_use,
        "limits": facts.get("limits", []),
        "made_by": {"project": job.project_id, "organisation": job.project.organisation.name, "job": job.pk},
        "recipe": {
            "id": job.recipe,
            "version": job.recipe_version,
            "digest": job.recipe_digest,
            "title": recipes.find(job.recipe).title,
        },
        "parameters": job.parameters,
        "data": [_dataset(given) for given in job.inputs],
        "facts": facts,
        "metrics": document(attempt, "metrics.json"),
        "law": _law(job.project.application),
        "energy": energy(attempt),
    }


def document(attempt: Attempt, path: str) -> dict[str, Any]:
    """Return one JSON result of an attempt; what a job writes is hostile until read, so only a small object counts."""
    file = next((file for file in attempt.outputs if file["path"] == path), None)
    if file is None or file["size"] > LARGEST_DOCUMENT:
        return {}
    try:
        told = json.loads(b"".join(get(ObjectStore).open(file["key"])))
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def energy(attempt: Attempt) -> dict[str, Any]:
    """Return what making it took: kWh and gCO2eq with their bounds, method and signal; None is "no reading"."""
    used = attempt.usage
    return {
        "core_seconds": used.core_seconds,
        "gpu_seconds": used.gpu_seconds,
        "kwh": _range(used.kwh, used.kwh_low, used.kwh_high),
        "method": used.method,
        "grams_co2eq": _range(used.grams, used.grams_low, used.grams_high),
        "signal": used.signal,
    }


def _law(application: str) -> dict[str, Any]:
    """Return what the AI Act says of the work, as assessed in its application; empty where nobody asked."""
    found = of(f"access.application:{application}").get("ai_act")
    if found is None:
        return {}
    outcomes = [outcome for outcome in (found.outcome, found.outcome.get("later")) if outcome]
    return {
        "result": found.result,
        "later_result": found.later_result,
        "rules": found.rule_version,
        "titles": {outcome["result"]: outcome["titles"][0] for outcome in outcomes},
    }


def _range(value: float | None, low: float | None, high: float | None) -> dict[str, float | None] | None:
    return None if value is None else {"value": value, "low": low, "high": high}


def _dataset(given: dict[str, Any]) -> dict[str, Any]:
    if "dataset_version" not in given:
        return {key: given[key] for key in ("role", "attempt", "upload") if key in given}
    version = DatasetVersion.objects.select_related("dataset").get(pk=given["dataset_version"])
    return {
        "role": given["role"],
        "dataset": version.dataset_id,
        "title": {"en": version.dataset.title, "nl": version.dataset.title_nl},
        "version": version.number,
        "digest": version.digest,
        "licence": version.dataset.licence,
        "agreement": given["agreement"],
    }
