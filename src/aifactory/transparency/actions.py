"""Drafting and accepting reports, recording outcomes."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire
from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.people.models import User
from aifactory.ports.identity import Actor
from aifactory.transparency import figures
from aifactory.transparency.models import Outcome, Report
from aifactory.transparency.permissions import Permission

LEAST_USE = 0.9  # below this share of an award the report says why


class ReportIsHandedIn(Refused):
    """Only a draft is written in."""


def draft(project: Project, *, by: Actor) -> Report:
    """Draft the final report from the records, or bring the figures of a draft up to date."""
    report = Report.objects.filter(project=project).first() or Report(project=project)
    if report.state != "draft":
        return report
    report.figures = _figures(project)
    report.figures_at = clock.now()
    return enter(
        report, "report:draft", by=by, permission=Permission.REPORT, fields=["figures", "figures_at"]
    )


def _figures(project: Project) -> dict[str, Any]:
    return figures.of_projects(Project.objects.filter(pk=project.pk))


def write(report: Report, *, by: Actor, summary: str, unused: str = "") -> Report:
    """Add the words that only people know. Raises `ReportIsHandedIn`."""
    if report.state != "draft":
        raise ReportIsHandedIn(
            _("This report is handed in: its words stay as they are."),
            next_step=_("Ask the factory office to send it back."),
        )
    report.summary, report.unused = summary.strip(), unused.strip()
    return enter(report, "report:write", by=by, permission=Permission.REPORT, fields=["summary", "unused"])


def submit(report: Report, *, by: Actor) -> Report:
    """Hand the report in with the newest figures. Raises `Invalid` where words are missing."""
    if report.state != "draft":
        return report
    numbers = _figures(report.project)
    errors = []
    if not report.summary:
        errors.append(FieldError("summary", _("Say what came of the project."), "required"))
    if not report.unused and any(award["used"] < LEAST_USE * award["granted"] for award in numbers["awards"]):
        errors.append(FieldError("unused", _("Say why part of the award was not used."), "use below 90 %"))
    if errors:
        raise Invalid(errors)
    return fire(report, "submit", by=by, figures=numbers, figures_at=clock.now())


def accept(report: Report, *, by: Actor) -> Report:
    """Accept a report; from then on it is public."""
    return report if report.state == "accepted" else fire(report, "accept", by=by)


def send_back(report: Report, *, by: Actor) -> Report:
    """Give a report back to its project; one that is a draft already stays so."""
    return report if report.state == "draft" else fire(report, "send_back", by=by)


def record_outcome(
    project: Project,
    *,
    by: User,
    kind: str,
    title: str,
    evidence: str,
    happened_on: date | None = None,
    amount: int | None = None,
) -> Outcome:
    """Record one result of a project; results are followed long after it ended."""
    errors = [
        FieldError(field, _("Please fill this in."), "required")
        for field, text in (("title", title), ("evidence", evidence))
        if not text.strip()
    ]
    if kind not in Outcome.Kind.values:
        errors.append(FieldError("kind", _("Choose one of the list."), "closed list"))
    if errors:
        raise Invalid(errors)
    outcome = Outcome(
        project=project,
        recorded_by=by,
        kind=kind,
        title=title.strip(),
        evidence=evidence.strip(),
        amount=amount,
        happened_on=happened_on or clock.now().date(),
    )
    return enter(outcome, "outcome:record", by=by, permission=Permission.OUTCOME)
