"""The whole screening of a call in one list: what each application still needs, read in three queries."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aifactory.access.applications.models import Application
from aifactory.access.calls.models import Call
from aifactory.access.conflicts.rules import in_conflict
from aifactory.access.screening.assessments import answered, stops
from aifactory.access.screening.eligibility import Verdict
from aifactory.access.screening.models import Eligibility, LawGate, TechnicalCheck
from aifactory.assurance.models import Assessment
from aifactory.audit.record import plain
from aifactory.people.models import User
from aifactory.people.rules import visible

MOST = 500
NOT_THERE: dict[str, Promise] = {
    "eligibility": _("Not judged"),
    "technical": _("Not asked"),
    "laws": _("Not answered"),
    "law_gate": _("Not weighed"),
}


@dataclass(frozen=True)
class Row:
    """One application of a call on its way through screening."""

    application: Application
    eligibility: Eligibility | None
    technical: TechnicalCheck | None
    law_gate: LawGate | None
    assessments: dict[str, Assessment]

    @property
    def failed(self) -> list[Verdict]:
        """Return the verdicts that were not met, as they were kept."""
        found = self.eligibility.verdicts if self.eligibility else []
        return [Verdict.from_plain(one) for one in found if not one["passed"]]

    @property
    def laws(self) -> str:
        """Return `stop`, `open` or `clear`: what the mode's assessments come to."""
        wanted = [self.assessments.get(kind) for kind in self.application.call.mode.assessments]
        if any(one is not None and answered(one) and stops(one) for one in wanted):
            return "stop"
        return "clear" if all(answered(one) for one in wanted) else "open"

    @property
    def waits_for(self) -> str:
        """Return the next step: `judge`, `technical`, `law_gate`, or `` when nothing is left to do."""
        if self.application.state == "submitted":
            return "judge"
        if self.application.state != "eligible":
            return ""
        wanted, check = self.application.call.mode.screening, self.technical
        if (check or (wanted and wanted.technical)) and (check is None or check.state != "given"):
            return "technical"
        return "law_gate" if wanted and wanted.law_gate and self.law_gate is None else ""

    def facts(self) -> dict[str, Any]:
        """Return the row as the API shows it."""
        return {
            "application": self.application.pk,
            "reference": self.application.reference,
            "title": self.application.title,
            "organisation": self.application.organisation.name,
            "state": self.application.state,
            "due_at": plain(self.application.due_at),
            "eligible": self.eligibility.passed if self.eligibility else None,
            "failed": [{"rule": v.rule, "found": v.found, "source": v.source.plain()} for v in self.failed],
            "technical": technical_facts(self.technical),
            "law_gate": gate_facts(self.law_gate),
            "laws": self.laws,
            "waits_for": self.waits_for,
        }


def queue(call: Call, viewer: User) -> list[Row]:
    """Return the submitted applications of a call that the viewer may know of, what is due first on top."""
    rows = (
        visible(Application, viewer).filter(call=call).exclude(submitted_at=None).exclude(state="withdrawn")
    )
    rows = rows.exclude(in_conflict(viewer))  # the own organisation's file is seen, but not how it is judged
    found = list(
        rows.select_related("organisation", "eligibility", "technical__assessor", "law_gate").order_by(
            "due_at", "submitted_at", "pk"
        )[:MOST]
    )
    laws: dict[str, dict[str, Assessment]] = {}
    for one in Assessment.objects.filter(subject__in=[application.thing for application in found]):
        laws.setdefault(one.subject, {})[one.kind] = one
    made = []
    for application in found:
        application.call = call
        made.append(
            Row(
                application,
                eligibility=getattr(application, "eligibility", None),
                technical=getattr(application, "technical", None),
                law_gate=getattr(application, "law_gate", None),
                assessments=laws.get(application.thing, {}),
            )
        )
    return made


def technical_facts(check: TechnicalCheck | None) -> dict[str, Any] | None:
    """Return a technical check as the API shows it; amounts in base units."""
    if check is None:
        return None
    named = ("id", "state", "result", "answers", "proposed", "reasons", "read_digest")
    return {name: getattr(check, name) for name in named} | {"assessor": check.assessor_id}


def gate_facts(gate: LawGate | None) -> dict[str, Any] | None:
    """Return what law and ethics came to, as the API shows it."""
    if gate is None:
        return None
    named = ("id", "result", "conditions", "reasons", "read_digest")
    return {name: getattr(gate, name) for name in named} | {
        "weighed_by": gate.weighed_by_id,
        "mandate": gate.mandate_id,
    }


def summary(rows: list[Row]) -> dict[str, int]:
    """Return how many applications wait for which step, and how many are through or out."""
    found = {"all": len(rows), "judge": 0, "technical": 0, "law_gate": 0, "ineligible": 0}
    for row in rows:
        if row.waits_for:
            found[row.waits_for] += 1
        found["ineligible"] += row.eligibility is not None and not row.eligibility.passed
    return found
