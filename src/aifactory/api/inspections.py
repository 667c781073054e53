"""The route by which a steward has a version inspected as a job."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.supercomputer import JobFacts
from aifactory.awards.models import Project
from aifactory.datasets.models import DatasetVersion
from aifactory.people.rules import find
from aifactory.supercomputer import agents, queries
from aifactory.supercomputer.inspections.actions import order

router = Router(tags=["datasets"])


class InspectionWish(Schema):
    """Which project pays, and on how many nodes; cores and memory (bytes) are of each. Time in seconds."""

    project: str
    nodes: int = Field(1, ge=1, le=1000)
    cores: int | None = Field(None, ge=1, le=512)
    memory_bytes: int | None = Field(None, ge=0, le=10**13)
    wall_seconds: int | None = Field(None, ge=1, le=10**9)
    engine: str = Field("", max_length=40)


@router.post("/dataset-versions/{version_id}/inspect-on-cluster", response={201: JobFacts})
def inspect_on_cluster(request: HttpRequest, version_id: str, body: InspectionWish) -> Status[dict[str, Any]]:
    """Have a version inspected as a job, for what is too large for one machine; its report comes to the version."""
    user = caller(request)
    wish = body.dict()
    project = find(Project, wish.pop("project"), user)
    wish["engine"] = agents.chosen(wish["engine"])
    found = find(DatasetVersion, version_id, user)
    return Status(201, queries.job_facts(order(found, project=project, by=user, **wish)))
