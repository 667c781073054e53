"""Who had a part in a decision, and so has none in the objection to it: read from the log, not from memory."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from aifactory.access.applications.models import Application
from aifactory.access.conflicts.queries import close_to
from aifactory.access.review.models import Review
from aifactory.assurance.models import Assessment
from aifactory.audit.models import Event
from aifactory.expertise.models import Case
from aifactory.people.models import User

#: the applicant's own steps, and steps that only look on, are no part in deciding
NO_PART = ("application:start", "application:edit", "application:submit", "application:withdraw")


@dataclass(frozen=True)
class Part:
    """What keeps a person away: a sentence, and the rule."""

    sentence: str
    rule: str


def part_in(user: Any, application: Application) -> Part | None:
    """Return what part a person had in the decision on an application, or None for somebody free to look again."""
    if not isinstance(user, User):
        return None
    if application.organisation_id in user.organisation_ids or application.applicant_id == user.pk:
        return Part(_("You belong to the organisation that objects."), "Awb 2:4")
    if application.decision.decided_by_id == user.pk:
        return Part(_("You took the decision that is objected to."), "Awb 10:3 paragraph 3")
    if Review.objects.filter(application=application, reviewer=user).exclude(state="declined").exists():
        return Part(_("You reviewed the application."), "Awb 7:5")
    if _acted_on(application).filter(actor=user.pk).exists():
        return Part(_("You had a part in preparing the decision."), "Awb 7:5")
    if Case.objects.filter(project__application=application.pk, adviser=user).exists():
        return Part(_("You advised the applicant on this project."), "Awb 2:4")
    if close_to([user], application)[user.pk]:
        return Part(_("You have a conflict of interest with this application."), "Awb 2:4")
    return None


def _acted_on(application: Application) -> Any:
    """Return the events of everything that led to the decision: screening, reviews, selection, the decision."""
    parts = [application.thing, application.decision.thing]
    for name in ("eligibility", "selection_entry"):
        if hasattr(application, name):
            parts.append(getattr(application, name).thing)
    reviews = Review.objects.filter(application=application).only("pk")
    assessments = Assessment.objects.filter(subject=application.thing).only("pk")
    parts += [part.thing for rows in (reviews, assessments) for part in rows]
    return Event.objects.filter(Q(thing__in=parts)).exclude(name__in=NO_PART)
