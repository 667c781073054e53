"""Reads of applications: lists, and where one stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from aifactory.access.applications.actions import missing
from aifactory.access.applications.lifecycle import BEFORE_THE_FACTORY, DECIDED
from aifactory.access.applications.models import Application
from aifactory.access.modes import Mode
from aifactory.access.screening.assessments import answered, assessments
from aifactory.assurance.laws import law
from aifactory.kit.bilingual import Text
from aifactory.people.models import User
from aifactory.people.rules import visible


@dataclass(frozen=True)
class Turn:
    """Whose turn it is, what they do, and by when."""

    whose: str
    what: str
    by: datetime | None = None


def applications(viewer: Any) -> QuerySet[Application]:
    """Return the applications the viewer may see, newest first, ready to be listed."""
    return visible(Application, viewer).select_related("call", "organisation").order_by("-pk")


def own_applications(user: User) -> QuerySet[Application]:
    """Return the applications of the person's organisations, newest first."""
    return applications(user).filter(organisation__in=user.organisation_ids)


def turn(application: Application) -> Turn:
    """Return whose turn it is with an application."""
    applicant, office = _("the applicant"), _("the factory office")
    by = application.due_at
    return {
        "draft": Turn(applicant, _("Fill in the form and submit it."), application.call.cut_off_at),
        "submitted": Turn(office, _("Check whether the application meets the rules."), by),
        "eligible": Turn(office, _after_the_rules(application.call.mode), by),
        "in_review": Turn(_("the reviewers"), _("Read and score the application."), by),
        "reviewed": Turn(_("the person with the mandate"), _("Decide."), by),
        "ineligible": Turn(_("the person with the mandate"), _("Decide, and send the letter."), by),
        "awarded": Turn(applicant, _("Start working: the project is open.")),
        "rejected": Turn(applicant, _("Read the letter. You can object.")),
        "withdrawn": Turn(_("nobody"), _("This application was withdrawn.")),
    }[application.state]


def _after_the_rules(mode: Mode) -> str:
    checked = mode.screening is not None and mode.screening.technical
    if mode.first_in_first_out:
        return _("Have the technical check given, then decide.") if checked else _("Decide.")
    return _("Have the technical check given, and ask reviewers.") if checked else _("Ask reviewers.")


def way(application: Application) -> list[dict[str, Any]]:
    """Return the steps of an application as the `steps` component draws them."""
    reviewed = not application.call.mode.first_in_first_out
    stops = [
        (_("Write"), _("the applicant"), ("draft",)),
        (_("Check the rules"), _("the factory office"), ("submitted",)),
        *([(_("Review"), _("the reviewers"), ("eligible", "in_review"))] if reviewed else []),
        (_("Decide"), _("the person with the mandate"), ("reviewed", "ineligible", "eligible")),
        (_("Letter"), _("the applicant"), DECIDED),
    ]
    now = next((i for i, (_l, _w, states) in enumerate(stops) if application.state in states), len(stops))
    ended = application.state in (*DECIDED, "withdrawn")
    return [
        {
            "label": label,
            "who": who,
            "state": "done" if i < now or (ended and i == now) else "now" if i == now else "next",
        }
        for i, (label, who, _states) in enumerate(stops)
    ]


def tasks(application: Application) -> list[dict[str, Any]]:
    """Return the parts of a draft: id, kind, title and whether it is complete."""
    mode, lacking = application.call.mode, {mistake.field for mistake in missing(application)}
    parts: list[dict[str, Any]] = [
        {
            "kind": "step",
            "id": step.id,
            "title": step.title,
            "done": not lacking & {question.id for question in step.questions},
        }
        for step in mode.steps
    ]
    parts += [
        {"kind": "slot", "id": slot.id, "title": slot.label, "done": slot.id not in lacking}
        for slot in mode.slots
    ]
    parts += [
        {"kind": "assessment", "id": kind, "title": _law_title(kind), "done": answered(found)}
        for kind, found in assessments(application).items()
    ]
    return parts


def _law_title(kind: str) -> Text:
    title = law(kind).title
    return Text(en=title.en, nl=title.nl)


def office_work(viewer: User) -> QuerySet[Application]:
    """Return what waits for the factory, due first on top, with `active_reviews` and `given_reviews`."""
    asked = Count("reviews", filter=Q(reviews__state__in=("assigned", "submitted")))
    given = Count("reviews", filter=Q(reviews__state="submitted"))
    waiting = applications(viewer).filter(state__in=BEFORE_THE_FACTORY)
    waiting = waiting.exclude(organisation__in=viewer.organisation_ids)
    return waiting.annotate(active_reviews=asked, given_reviews=given).order_by("due_at", "pk")
