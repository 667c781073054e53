"""The figures of a project or of the whole factory, each drawn from the records."""

from typing import Any

from django.db import models
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from aifactory.awards.models import AwardLine, Project
from aifactory.kit.units import UNITS, Resource, shown
from aifactory.registry.models import ModelVersion
from aifactory.supercomputer.models import Job, Usage


def of_projects(projects: "models.QuerySet[Project]") -> dict[str, Any]:
    """Return what these projects were awarded and used, what it emitted, and what came out.

    Amounts in the unit of the field; energy in kWh and carbon in gCO2eq as value, low, high with how many runs
    they cover: a run without a reading is counted as such, never as zero. Simulated runs are left out.
    """
    runs = Usage.objects.filter(project__in=projects, simulated=False)
    return {
        "projects": projects.count(),
        "awards": [_award(row) for row in _awards(projects)],
        "jobs": dict(
            Job.objects.filter(project__in=projects)
            .values_list("state")
            .annotate(Count("id"))
            .order_by("state")
        ),
        "energy": _energy(runs),
        "models_released": ModelVersion.objects.filter(model__project__in=projects, state="released").count(),
        "methods": sorted(set(runs.exclude(method="").values_list("method", flat=True))),
        "signals": sorted(set(runs.exclude(signal="").values_list("signal", flat=True))),
    }


def _awards(projects: "models.QuerySet[Project]") -> Any:
    lines = AwardLine.objects.filter(project__in=projects).values("resource").order_by("resource")
    return lines.annotate(granted=Sum("amount"), used=Sum("drawn"), set_aside=Sum("held"))


def _award(row: dict[str, Any]) -> dict[str, Any]:
    resource = Resource(row["resource"])
    amounts = {name: float(shown(resource, row[name])) for name in ("granted", "used", "set_aside")}
    return {"resource": resource.value, "unit": UNITS[resource][0], **amounts}


def _energy(runs: "models.QuerySet[Usage]") -> dict[str, Any]:
    sums = {
        name: Coalesce(Sum(name), 0.0)
        for name in ("kwh", "kwh_low", "kwh_high", "grams", "grams_low", "grams_high")
    }
    seconds = {name: Coalesce(Sum(name), 0) for name in ("core_seconds", "gpu_seconds")}
    found = runs.aggregate(
        runs=Count("id"),
        with_energy=Count("id", filter=Q(kwh__isnull=False)),
        with_carbon=Count("id", filter=Q(grams__isnull=False)),
        **sums, **seconds,
    )  # fmt: skip
    return {
        "runs": found["runs"],
        "runs_with_energy": found["with_energy"],
        "runs_with_carbon": found["with_carbon"],
        "core_hours": found["core_seconds"] / 3600,
        "gpu_hours": found["gpu_seconds"] / 3600,
        "kwh": _range(found, "kwh") if found["with_energy"] else None,
        "grams_co2eq": _range(found, "grams") if found["with_carbon"] else None,
    }


def _range(found: dict[str, Any], name: str) -> dict[str, float]:
    return {"value": found[name], "low": found[f"{name}_low"], "high": found[f"{name}_high"]}
