"""What came of the use of a dataset: models that were released, reports that were accepted, results."""

from datetime import date, datetime
from typing import Any

from aifactory.awards.models import Project
from aifactory.datasets.models import Dataset
from aifactory.people.rules import visible
from aifactory.registry.lineage import models_from
from aifactory.registry.models import ModelVersion
from aifactory.transparency.models import Outcome, Report
from aifactory.transparency.public_values.energy import runs_of

Facts = dict[str, Any]
MOST = 50


def benefits_of(dataset: Dataset, viewer: Any) -> list[Facts]:
    """Return what came of it, of each kind the newest first, at most fifty each: what is public, with how to check it.

    Models were made of this data; reports and results are of projects whose runs had it. `page` is a path here.
    """
    projects = Project.objects.filter(pk__in=runs_of(dataset).values("agreement__project"))
    versions = list(dataset.versions.values_list("pk", flat=True))
    known = visible(ModelVersion, viewer).filter(state="released").values("pk")
    models = models_from(versions).filter(pk__in=known).order_by("-pk").defer("card", "provenance", "files")
    reports = visible(Report, viewer).filter(state="accepted", project__in=projects).select_related("project")
    results = visible(Outcome, viewer).filter(project__in=projects)
    return [
        *(
            _fact("model", f"{m.model.name} {m.number}", f"/models/{m.pk}/", m.digest, m.created_at)
            for m in models[:MOST]
        ),
        *(
            _fact("report", r.project.title, f"/register/projects/{r.project_id}/", "", r.figures_at)
            for r in reports.order_by("-pk")[:MOST]
        ),
        *(
            _fact(o.kind, o.title, f"/register/projects/{o.project_id}/", o.evidence, o.happened_on)
            for o in results.order_by("-pk")[:MOST]
            if o.kind != "model"  # it stands above, with its digest
        ),
    ]


def _fact(kind: str, name: str, page: str, evidence: str, on: date) -> Facts:
    day = on.date() if isinstance(on, datetime) else on
    return {"kind": kind, "name": name, "page": page, "evidence": evidence, "on": day}
