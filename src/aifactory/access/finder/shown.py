"""Advice, estimates and bills as JSON: what API and command line print, and pages read."""

from typing import Any

from aifactory.access.finder.estimate import Estimate, Placed, Range
from aifactory.access.finder.routes import Advice, Line, Route
from aifactory.access.modes import Mode
from aifactory.awards.partitions import Bill, Partition
from aifactory.kit.units import UNITS


def advice_facts(advice: Advice) -> dict[str, Any]:
    """Return advice as JSON; every text in both languages."""
    return {
        "fitting": [_route(route) | {"takes": takes(route.mode)} for route in advice.fitting],
        "others": [_route(route) for route in advice.others],
        "first": [_line(line) for line in advice.first],
        "services": [_line(line) for line in advice.services],
    }


def _route(route: Route) -> dict[str, Any]:
    return {
        "mode": route.mode.name,
        "title": route.mode.title.plain(),
        "reasons": [text.plain() for text in route.reasons],
        "against": [text.plain() for text in route.against],
    }


def _line(line: Line) -> dict[str, Any]:
    return {"id": line.id, "title": line.title.plain(), "reason": line.reason.plain()}


def takes(mode: Mode) -> dict[str, Any]:
    """Return what a mode takes: questions, documents, assessments, days until the decision, and duties."""
    return {
        "questions": len(mode.questions),
        "documents": [slot.label.plain() for slot in mode.slots],
        "assessments": list(mode.assessments),
        "working_days": mode.clock.working_days,
        "counted_from": mode.clock.counted_from,
        "months": mode.months,
        "duties": [
            {"label": duty.label.plain(), "months_after_end": duty.months_after_end} for duty in mode.duties
        ],
        "grants": {
            grant.resource.value: {
                "least": grant.least,
                "most": grant.most,
                "unit": UNITS[grant.resource][0],
            }
            for grant in mode.grants
        },
    }


def significant(value: float) -> float:
    """Return an estimate with three significant figures: more would pretend to know more."""
    return float(f"{value:.3g}")


def span(found: Range) -> dict[str, float]:
    """Return both ends of a range."""
    return {"low": significant(found.low), "high": significant(found.high)}


def estimate_facts(found: Estimate) -> dict[str, Any]:
    """Return an estimate as JSON: `flops` operations; GB for memory, storage and transfer."""
    return {
        "need": found.need.model_dump(mode="json", exclude_none=True),
        "tokens": found.tokens,
        "flops": significant(found.flops),
        "memory_gb": significant(found.memory_gb),
        "core_hours": span(found.core_hours) if found.core_hours else None,
        "storage_gb": span(found.storage_gb),
        "transfer_gb": span(found.transfer_gb),
        "partitions": [_placed(place) for place in found.places],
        "notes": [note.plain() for note in found.notes],
    }


def _placed(place: Placed) -> dict[str, Any]:
    return {
        "partition": place.partition.id,
        "devices_a_job": place.devices,
        "device": place.partition.device,
        "used_gpu_hours": span(place.used_gpu_hours),
        "billed": {
            "gpu_hours": span(place.gpu_hours),
            "node_hours": span(place.node_hours),
            "units": span(place.units),
        },
        "unit": place.partition.unit,
        "storage": {place.partition.storage_unit: span(place.storage_units)}
        if place.partition.storage_unit and place.storage_units
        else None,
        "one_job": bill_facts(place.job),
        "words": [text.plain() for text in place.words],
    }


def partition_facts(partition: Partition) -> dict[str, Any]:
    """Return a partition with how it bills."""
    return partition.model_dump(mode="json", exclude_none=True)


def bill_facts(found: Bill) -> dict[str, Any]:
    """Return what one job is billed, in every unit, and the share that decided it."""
    return {
        "partition": found.partition.id,
        "devices": found.job.devices,
        "cores": found.job.cores,
        "memory_gb": found.job.memory_gb,
        "hours": round(float(found.job.hours), 4),
        "billed_devices": found.slices,
        "decided_by": found.decided_by,
        "times": round(float(found.times), 4) if found.times is not None else None,
        "gpu_hours": round(float(found.gpu_hours), 4),
        "node_hours": round(float(found.node_hours), 4),
        "units": round(float(found.units), 4),
        "unit": found.partition.unit,
    }
