"""Reads of the public register: what the factory gave and what came of it. Only what records hold in public.

Everything here is for everyone: it starts from what was decided, so that no draft and nothing undecided can
show up, and it shows no field of a record that the record itself does not publish (`PUBLIC_FIELDS`), but for
the names of awarded organisations and projects, which an award makes public.
"""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Q, Sum

from aifactory.access.models import Application, Call, Decision
from aifactory.audit.record import plain
from aifactory.awards.models import AwardLine, Project
from aifactory.awards.queries import amounts
from aifactory.datasets.models import Agreement, Dataset
from aifactory.kit.units import UNITS, Resource, shown
from aifactory.people.rules import visible
from aifactory.registry.models import ModelVersion
from aifactory.supercomputer.models import Usage
from aifactory.transparency import figures
from aifactory.transparency.models import Outcome, Report


def totals() -> dict[str, Any]:
    """Return the figures of the whole factory."""
    return figures.of_projects(Project.objects.all()) | {
        "organisations": Project.objects.values("organisation").distinct().count(),
        "outcomes": Outcome.objects.count(),
    }


def calls() -> list[dict[str, Any]]:
    """Return every public call with its applications by state and the days from submission to decision."""
    rows = list(visible(Call, None).order_by("-pk"))
    states: dict[str, dict[str, int]] = {}
    counted = (
        Application.objects.exclude(state__in=("draft", "withdrawn"))
        .order_by("call", "state")
        .values_list("call", "state")
        .annotate(Count("pk"))
    )
    for call, state, number in counted:
        states.setdefault(call, {})[state] = number
    took = ExpressionWrapper(F("decided_at") - F("application__submitted_at"), output_field=DurationField())
    clocks = {
        row["application__call"]: dict(row)
        for row in Decision.objects.values("application__call").annotate(mean=Avg(took), longest=Max(took))
    }
    return [_call(call, states.get(call.pk, {}), clocks.get(call.pk)) for call in rows]


def _call(call: Call, states: dict[str, int], took: Any) -> dict[str, Any]:
    return {
        "id": call.pk,
        "title": {"en": call.title_en, "nl": call.title_nl},
        "state": call.state,
        "mode": call.mode_name,
        "mode_digest": call.mode_digest,
        "cut_off_at": plain(call.cut_off_at),
        "applications": states,
        "submitted": sum(states.values()),
        "awarded": states.get("awarded", 0),
        "days_to_decision": {"mean": _days(took["mean"]), "longest": _days(took["longest"])}
        if took
        else None,
    }


def _days(span: timedelta) -> float:
    return round(span / timedelta(days=1), 1)


def awards() -> "models.QuerySet[AwardLine]":
    """Return every award line with its project and organisation."""
    return AwardLine.objects.select_related("project__organisation")


def award_facts(line: AwardLine) -> dict[str, Any]:
    """Return one award as the register shows it, amounts in `unit`."""
    project = line.project
    return {
        "id": line.pk,
        "project": project.pk,
        "title": project.title,
        "organisation": project.organisation.name,
        "resource": line.resource,
        **amounts(line),
        "starts_at": plain(line.starts_at),
        "ends_at": plain(line.ends_at),
    }


def decisions() -> "models.QuerySet[Decision]":
    """Return every decision with its application's call and the mandate it rests on."""
    return Decision.objects.select_related("application__call", "mandate")


def decision_facts(decision: Decision, project: Project | None) -> dict[str, Any]:
    """Return one decision; who asked is named only where something was awarded."""
    application = decision.application
    return {
        "id": decision.pk,
        "reference": application.reference,
        "call": {"en": application.call.title_en, "nl": application.call.title_nl},
        "outcome": decision.outcome,
        "awarded": [_amount(name, given) for name, given in sorted(decision.awarded.items())],
        "mandate": decision.mandate.holder_title,
        "submitted_at": plain(application.submitted_at),
        "decided_at": plain(decision.decided_at),
        "project": project.pk if project else None,
        "organisation": project.organisation.name if project else None,
    }


def _amount(name: str, given: int) -> dict[str, Any]:
    resource = Resource(name)
    return {"resource": name, "amount": float(shown(resource, given)), "unit": UNITS[resource][0]}


def with_projects(found: list[Decision]) -> list[dict[str, Any]]:
    """Return these decisions as facts, each with its project, in one query."""
    ids = [decision.application_id for decision in found]
    projects = {
        project.application: project
        for project in Project.objects.filter(application__in=ids).select_related("organisation")
    }
    return [decision_facts(decision, projects.get(decision.application_id)) for decision in found]


def by_organisation(resource: str, limit: int = 8) -> list[tuple[str, float]]:
    """Return the organisations with the largest awards of one resource, in its shown unit."""
    rows = (
        AwardLine.objects.filter(resource=resource)
        .values_list("project__organisation__name")
        .annotate(granted=Sum("amount"))
        .order_by("-granted", "project__organisation__name")[:limit]
    )
    return [(name, float(shown(resource, granted))) for name, granted in rows]


def outcomes_by_kind() -> list[tuple[str, int]]:
    """Return how many results of each kind were recorded, most first."""
    rows = Outcome.objects.values_list("kind").annotate(n=Count("pk")).order_by("-n", "kind")
    return [(str(Outcome.Kind(kind).label), number) for kind, number in rows]


def project(project_id: str) -> dict[str, Any] | None:
    """Return everything public of one project, from decision to results; None where there is no such project."""
    found = Project.objects.select_related("organisation").filter(pk=project_id).first()
    if found is None:
        return None
    decision = decisions().filter(application=found.application).first() if found.application else None
    return {
        "id": found.pk,
        "title": found.title,
        "organisation": found.organisation.name,
        "country": found.organisation.country,
        "state": found.state,
        "started_at": plain(found.created_at),
        "ends_at": plain(found.ends_at),
        "decision": decision_facts(decision, found) if decision else None,
        "awards": [award_facts(line) for line in awards().filter(project=found).order_by("pk")],
        "figures": figures.of_projects(Project.objects.filter(pk=found.pk)),
        "simulated_runs": Usage.objects.filter(project=found, simulated=True).count(),
        "agreements": _agreements(found),
        "models": _models(found),
        "outcomes": [outcome_facts(outcome) for outcome in found.outcomes.order_by("-happened_on", "-pk")],
        "report": _report(found),
    }


def _agreements(found: Project) -> list[dict[str, Any]]:
    """Data agreements that are or were in force; a dataset is named only where everyone sees it."""
    rows = Agreement.objects.filter(project=found.pk).exclude(valid_from=None).exclude(digest="")
    rows = rows.exclude(state__in=("requested", "agreed", "refused")).select_related("version")
    listed = list(rows.order_by("pk"))
    seen = visible(Dataset, None).in_bulk([agreement.version.dataset_id for agreement in listed])
    return [
        {
            "id": agreement.pk,
            "dataset": agreement.version.dataset_id if agreement.version.dataset_id in seen else None,
            "title": {"en": public.title, "nl": public.title_nl}
            if (public := seen.get(agreement.version.dataset_id))
            else None,
            "version_digest": agreement.version.digest,
            "purpose": agreement.purpose,
            "state": agreement.state,
            "valid_from": plain(agreement.valid_from),
            "valid_until": plain(agreement.valid_until),
        }
        for agreement in listed
    ]


def _models(found: Project) -> list[dict[str, Any]]:
    rows = ModelVersion.objects.filter(model__project=found).exclude(state="candidate")
    rows = rows.select_related("model").defer("card", "provenance", "files").order_by("-pk")
    return [
        {"id": v.pk, "name": v.model.name, "number": v.number, "state": v.state, "digest": v.digest}
        for v in rows
    ]


def _report(found: Project) -> dict[str, Any] | None:
    report = Report.objects.filter(project=found, state="accepted").first()
    return report_facts(report) if report else None


def report_facts(report: Report) -> dict[str, Any]:
    """Return a final report."""
    return {
        "id": report.pk,
        "project": report.project_id,
        "state": report.state,
        "figures": report.figures,
        "figures_at": plain(report.figures_at),
        "summary": report.summary,
        "unused": report.unused,
    }


def outcome_facts(outcome: Outcome) -> dict[str, Any]:
    """Return one recorded result."""
    return {
        "id": outcome.pk,
        "project": outcome.project_id,
        "kind": outcome.kind,
        "title": outcome.title,
        "amount": outcome.amount,
        "evidence": outcome.evidence,
        "happened_on": plain(outcome.happened_on),
    }


def reports_to_accept() -> "models.QuerySet[Report]":
    """Return the reports that wait for the office."""
    return Report.objects.filter(state="submitted").select_related("project__organisation").order_by("pk")


def reports_due(projects: "models.QuerySet[Project]", *, soon: Any) -> "models.QuerySet[Project]":
    """Return those of these projects that end before `soon` (a moment) and have no report handed in."""
    missing = Q(report=None) | Q(report__state="draft")
    return projects.filter(missing, ends_at__lt=soon).order_by("ends_at")
