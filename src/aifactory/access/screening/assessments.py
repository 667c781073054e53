"""What the assessments of a mode (AI Act, GDPR, ethics) must say before an application goes on."""

from typing import Any

from django.utils.translation import gettext as _

from aifactory.access.applications.models import Application
from aifactory.access.screening.gate import require_screened
from aifactory.assurance import queries
from aifactory.assurance.laws import STOPS, law
from aifactory.assurance.models import Assessment
from aifactory.kit.errors import Refused


class AssessmentMissing(Refused):
    """An application needs the assessments of its mode answered."""


class AssessmentSaysStop(Refused):
    """An assessment came out at stop; no score outweighs that."""


def assessments(application: Application) -> dict[str, Assessment | None]:
    """Return the assessments that the mode asks, by kind; None where nobody began it."""
    found = queries.of(application.thing)
    return {kind: found.get(kind) for kind in application.call.mode.assessments}


def answered(assessment: Assessment | None) -> bool:
    """Say whether every question was answered."""
    return assessment is not None and assessment.state != "draft"


def stops(assessment: Assessment) -> bool:
    """Say whether the outcome blocks an award: stopped by the office, or heavy and not confirmed by it."""
    heavy = law(assessment.kind).result(assessment.result).weight >= STOPS
    return assessment.state == "stopped" or (heavy and assessment.state != "confirmed")


def answers_given(application: Application) -> dict[str, Any]:
    """Return what was answered, by kind: part of what is submitted."""
    return {kind: found.answers for kind, found in assessments(application).items() if found}


def require_answered(application: Application) -> None:
    """Raise `AssessmentMissing` unless every assessment of the mode is answered."""
    if missing := [kind for kind, found in assessments(application).items() if not answered(found)]:
        raise AssessmentMissing(
            _("Answer the questions about the law first: AI Act and personal data."),
            rule=", ".join(missing),
            next_step=_("They are in the task list of the application."),
        )


def require_no_stop(application: Application) -> None:
    """Raise `AssessmentSaysStop` where one of them stops the work, or what `require_screened` refuses."""
    require_answered(application)
    if stopped := [kind for kind, found in assessments(application).items() if found and stops(found)]:
        raise AssessmentSaysStop(
            _("An assessment of this application stops the work, so nothing can be awarded."),
            rule=", ".join(stopped),
            next_step=_("Look at the assessment, or reject the application with that reason."),
        )
    require_screened(application)
