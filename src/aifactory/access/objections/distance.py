"""Who had a part in a decision, and so has none in the objection to it: read from the log, not from memory."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aifactory.access.applications.models import Application
from aifactory.access.conflicts.queries import close_to
from aifactory.access.review.models import Review
from aifactory.access.selection.models import SelectionLine
from aifactory.assurance.models import Assessment
from aifactory.audit.models import Event
from aifactory.audit.record import Record
from aifactory.expertise.models import Case
from aifactory.people.models import User

#: the applicant's own steps, and steps that only look on, are no part in deciding
NOT_JUDGING = ("attachment", "conflict", "objection", "supervision")
NO_PART = ("application:start", "application:edit", "application:submit", "application:withdraw")


@dataclass(frozen=True)
class Part:
    """What keeps a person away: a sentence, and the rule."""

    sentence: Promise
    rule: str


def part_in(user: Any, application: Application) -> Part | None:
    """Return what part a person had in the decision on an application, or None for somebody free to look again."""
    if not isinstance(user, User):
        return None
    return next((part for holds, part in PARTS if holds(user, application)), None)


def _is_of_the_objector(user: User, application: Application) -> bool:
    return application.organisation_id in user.organisation_ids or application.applicant_id == user.pk


def _reviewed(user: User, application: Application) -> bool:
    rows = Review.objects.filter(application=application, reviewer=user)
    return rows.exclude(state__in=("declined", "set_aside")).exists()


def _advised(user: User, application: Application) -> bool:
    return Case.objects.filter(project__application=application.pk, adviser=user).exists()


def _acted_on(application: Application) -> Any:
    """Return the events of everything that led to the decision: screening, reviews, remarks, selection, law."""
    parts: list[Record] = [application, *_belonging_to(application)]
    parts += [part for review in application.reviews.all() for part in _belonging_to(review)]
    parts += Assessment.objects.filter(subject=application.thing)
    parts += [part.selection for part in parts if isinstance(part, SelectionLine)]
    return Event.objects.filter(thing__in=[part.thing for part in parts]).exclude(name__in=NO_PART)


def _belonging_to(record: Record) -> list[Record]:
    """Return the records of this room that point at a record, but for the objector's own and for conflicts."""
    found: list[Record] = []
    for relation in record._meta.related_objects:  # noqa: SLF001 - Django's documented API
        model: Any = relation.related_model
        if model._meta.app_label == "access" and model._meta.model_name not in NOT_JUDGING:  # noqa: SLF001
            found += model.objects.filter(**{relation.field.name: record})
    return found


Check = Callable[[User, Application], bool]
PARTS: tuple[tuple[Check, Part], ...] = (
    (_is_of_the_objector, Part(_("You belong to the organisation that objects."), "Awb 2:4")),
    (
        lambda user, application: application.decision.decided_by_id == user.pk,
        Part(_("You took the decision that is objected to."), "Awb 10:3 paragraph 3"),
    ),
    (_reviewed, Part(_("You reviewed the application."), "Awb 7:5")),
    (
        lambda user, application: _acted_on(application).filter(actor=user.pk).exists(),
        Part(_("You had a part in preparing the decision."), "Awb 7:5"),
    ),
    (_advised, Part(_("You advised the applicant on this project."), "Awb 2:4")),
    (
        lambda user, application: bool(close_to([user], application)[user.pk]),
        Part(_("You have a conflict of interest with this application."), "Awb 2:4"),
    ),
)
