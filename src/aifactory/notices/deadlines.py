"""What is due from whom, and when: one list for reminders, for the page and for the calendar.

Each source answers for one person, or for everybody, with the deadlines from now until a moment.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aifactory.access.applications.lifecycle import DECIDED
from aifactory.access.applications.models import Application
from aifactory.access.deadlines import add_months, end_of_day
from aifactory.access.decisions.models import Decision
from aifactory.access.matching.commitments import TIME_TO_REVEAL
from aifactory.access.matching.models import Commitment
from aifactory.access.objections.models import Objection
from aifactory.access.review.models import Review
from aifactory.access.supervision.models import Supervision
from aifactory.awards.models import AwardLine, Project
from aifactory.awards.pace.models import Reclaim
from aifactory.awards.pace.queries import STREAMS
from aifactory.datasets.models import Agreement
from aifactory.kit import clock
from aifactory.people.models import User
from aifactory.people.rules import can_view

FAR = timedelta(days=3 * 366)


@dataclass(frozen=True)
class Kind:
    """What a deadline is called, and how many days before it a reminder goes out."""

    text: Promise
    leads: tuple[int, ...]


KINDS = {
    "review_due": Kind(_("Your review is due"), (7, 1)),
    "cut_off": Kind(_("The call closes, and your application is still a draft"), (7, 1)),
    "supervision_due": Kind(_("A student waits for you to confirm before the call closes"), (7, 1)),
    "secret_due": Kind(_("Last moment to show the secret that you committed to"), (3, 1)),
    "objection_ends": Kind(_("Last day to object to the decision"), (7, 1)),
    "objection_due": Kind(_("The term to decide on an objection ends"), (14, 3)),
    "grounds_due": Kind(_("Last day to give the grounds of your objection"), (7, 1)),
    "hearing": Kind(_("Hearing about an objection"), (7, 1)),
    "duty": Kind(_("Something you owe for your award is due"), (30, 7)),
    "award_ends": Kind(_("Your award ends, and not all of it is used"), (30, 7)),
    "reclaim_answer": Kind(_("Last day to answer before time of your award is taken back"), (3,)),
    "data_goes": Kind(_("The data of your project will be deleted"), (60, 30, 7, 1)),
    "project_ends": Kind(_("Your project ends"), (30, 7)),
    "agreement_ends": Kind(_("An agreement on data ends"), (30,)),
}


@dataclass(frozen=True)
class Deadline:
    """One thing due from one person: at a moment, or in the course of a day of the factory's time zone.

    `since` is when it was set: whoever heard of it then needs no reminder that was due before. `leads` are days
    before it in place of its kind's, at most the longest of any kind.
    """

    kind: str
    user: User
    thing: Any
    link: str
    subject: str
    since: datetime
    moment: datetime | None = None
    day: date | None = None
    part: str = ""
    leads: tuple[int, ...] = ()

    @property
    def at(self) -> datetime:
        """Return the moment by which it must be done."""
        return self.moment or end_of_day(self.day or date.max, settings.TIME_ZONE)

    @property
    def uid(self) -> str:
        """Return what names this deadline for ever, also when it moves."""
        return "-".join(filter(None, [self.kind, self.thing.pk, self.part, self.user.pk]))


Source = Callable[[User | None, datetime, datetime], Iterable[Deadline]]


def _mine(user: User | None, path: str) -> dict[str, User]:
    return {path: user} if user else {}


def reviews(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """Reviews asked for and not given."""
    rows = Review.objects.filter(
        state="assigned", due_at__gt=start, due_at__lte=end, **_mine(user, "reviewer")
    )
    for row in rows.select_related("application__call", "reviewer"):
        yield Deadline(
            "review_due", row.reviewer, row, f"/reviews/{row.pk}/", str(row.application), row.created_at,
            moment=row.due_at,
        )  # fmt: skip


def drafts(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """Applications that are still drafts in a call with a cut-off."""
    rows = Application.objects.filter(
        state="draft", call__cut_off_at__gt=start, call__cut_off_at__lte=end, **_mine(user, "applicant")
    )
    for row in rows.select_related("call", "applicant"):
        yield Deadline(
            "cut_off", row.applicant, row, f"/applications/{row.pk}/", str(row), row.created_at,
            moment=row.call.cut_off_at,
        )  # fmt: skip


def supervisions(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """Applications of students that wait for who supervises them."""
    rows = Supervision.objects.filter(
        state="asked",
        application__state="draft",
        application__call__cut_off_at__gt=start,
        application__call__cut_off_at__lte=end,
        **_mine(user, "supervisor"),
    )
    for row in rows.select_related("application__call", "supervisor"):
        yield Deadline(
            "supervision_due", row.supervisor, row, f"/supervisions/{row.pk}/", str(row.application),
            row.created_at, moment=row.application.call.cut_off_at,
        )  # fmt: skip


def secrets(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """Secrets for the seed of a call that are committed to and not shown, until its reviewers are drawn."""
    rows = Commitment.objects.filter(
        state="made",
        call__matchings=None,
        call__cut_off_at__gt=start - TIME_TO_REVEAL,
        call__cut_off_at__lte=end - TIME_TO_REVEAL,
        **_mine(user, "person"),
    )
    for row in rows.select_related("call", "person"):
        subject = row.call.title.of(row.person.language)
        moment = (row.call.cut_off_at or end) + TIME_TO_REVEAL
        link = f"/calls/{row.call_id}/reviewers/"
        yield Deadline("secret_due", row.person, row, link, subject, row.created_at, moment=moment)


def objections(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """Decisions that one may still object to."""
    rows = Decision.objects.filter(
        application__state__in=DECIDED,
        object_until__gte=_local(start),
        object_until__lte=_local(end),
        **_mine(user, "application__applicant"),
    ).exclude(pk__in=Objection.objects.exclude(state="withdrawn").values("decision"))
    for row in rows.select_related("application__call", "application__applicant"):
        yield Deadline(
            "objection_ends", row.application.applicant, row.application,
            f"/applications/{row.application_id}/letter/", str(row.application), row.decided_at,
            day=row.object_until,
        )  # fmt: skip


def handled(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """Objections that somebody must decide on by a day."""
    rows = Objection.objects.filter(
        state="in_hand", due_on__gte=_local(start), due_on__lte=_local(end), **_mine(user, "handler")
    )
    for row in rows.select_related("application", "handler"):
        if row.handler:
            yield _about_objection("objection_due", row, row.handler, day=row.due_on)


def grounds(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """Grounds that an objector still has to give."""
    rows = Objection.objects.filter(
        state="repairing",
        grounds_until__gte=_local(start),
        grounds_until__lte=_local(end),
        **_mine(user, "objector"),
    )
    for row in rows.select_related("application", "objector"):
        yield _about_objection("grounds_due", row, row.objector, day=row.grounds_until)


def hearings(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """Hearings, for who is heard and for who hears."""
    rows = Objection.objects.filter(
        state="in_hand", hearing="planned", hearing_at__gt=start, hearing_at__lte=end
    )
    for row in rows.select_related("application", "objector", "handler"):
        for person in (row.objector, row.handler):
            if person and user in (None, person):
                yield _about_objection("hearing", row, person, moment=row.hearing_at)


def _about_objection(kind: str, row: Objection, person: User, **when: Any) -> Deadline:
    return Deadline(kind, person, row, f"/objections/{row.pk}/", str(row), row.created_at, **when)


def projects(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """Projects that end."""
    rows = Project.objects.filter(
        state="active", ends_at__gt=start, ends_at__lte=end, **_mine(user, "leader")
    )
    for row in rows.select_related("leader"):
        yield Deadline(
            "project_ends", row.leader, row, f"/projects/{row.pk}/", row.title, row.created_at,
            moment=row.ends_at,
        )  # fmt: skip


def awards(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """Awards that end with time left that nobody set aside."""
    rows = AwardLine.objects.filter(
        ends_at__gt=start, ends_at__lte=end, resource__in=STREAMS, project__state="active",
        amount__gt=F("held") + F("drawn"), **_mine(user, "project__leader"),
    )  # fmt: skip
    for row in rows.select_related("project__leader"):
        yield Deadline(
            "award_ends", row.project.leader, row, f"/allocations/{row.pk}/pace/", row.project.title,
            row.created_at, moment=row.ends_at,
        )  # fmt: skip


def reclaims(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """Proposals to take back unused time that the project has not answered."""
    rows = Reclaim.objects.filter(
        state="proposed", answered_at=None, answer_until__gt=start, answer_until__lte=end,
        **_mine(user, "line__project__leader"),
    )  # fmt: skip
    for row in rows.select_related("line__project__leader"):
        yield Deadline(
            "reclaim_answer", row.line.project.leader, row, f"/reclaims/{row.pk}/", row.line.project.title,
            row.created_at, moment=row.answer_until,
        )  # fmt: skip


def data(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """Data of ended projects that goes on a day."""
    rows = Project.objects.filter(
        retention__state="counting",
        retention__delete_on__gte=_local(start),
        retention__delete_on__lte=_local(end),
        **_mine(user, "leader"),
    )
    for row in rows.select_related("leader", "retention"):
        kept = row.retention
        yield Deadline(
            "data_goes", row.leader, row, f"/projects/{row.pk}/data/", row.title, kept.created_at,
            day=kept.delete_on - timedelta(days=1), leads=tuple(kept.notice_days),
        )  # fmt: skip


def duties(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """What the mode of an award asks for after its end; a final report only until it is accepted."""
    rows = Project.objects.filter(ends_at__gt=start - FAR, ends_at__lte=end, **_mine(user, "leader")).exclude(
        application=""
    )
    found = list(rows.select_related("leader", "report"))
    asked = Application.objects.select_related("call").in_bulk([project.application for project in found])
    for project in found:
        for duty in asked[project.application].call.mode.duties if project.application in asked else ():
            day = add_months(_local(project.ends_at), duty.months_after_end)
            handed_in = duty.id == "final_report" and getattr(project, "report", None) is not None
            if _local(start) <= day <= _local(end) and not (handed_in and project.report.state != "draft"):
                subject = f"{project.title}: {duty.label.of(project.leader.language)}"
                link = f"/projects/{project.pk}/report/"
                yield Deadline(
                    "duty", project.leader, project, link, subject, project.created_at, day=day, part=duty.id
                )


def agreements(user: User | None, start: datetime, end: datetime) -> Iterator[Deadline]:
    """Agreements on data that run out."""
    rows = Agreement.objects.filter(
        state="in_force", valid_until__gt=start, valid_until__lte=end, **_mine(user, "requested_by")
    )
    for row in rows.select_related("requested_by", "offer__dataset"):
        title = row.offer.dataset.title_in(row.requested_by.language)
        since = row.valid_from or row.created_at
        yield Deadline(
            "agreement_ends", row.requested_by, row, f"/agreements/{row.pk}/", title, since,
            moment=row.valid_until,
        )  # fmt: skip


SOURCES: tuple[Source, ...] = (
    reviews,
    drafts,
    supervisions,
    secrets,
    objections,
    handled,
    grounds,
    hearings,
    projects,
    awards,
    reclaims,
    data,
    duties,
    agreements,
)


def deadlines(user: User | None, until: datetime | None = None) -> list[Deadline]:
    """Return what is due from a person (None: from anybody) from now until a moment, soonest first.

    A record that the person may not see, because of a conflict of interest say, is left out.
    """
    now = clock.now()
    found = [deadline for source in SOURCES for deadline in source(user, now, until or now + FAR)]
    shown = [d for d in found if d.user.is_active and can_view(d.user, d.thing)]
    return sorted(shown, key=lambda deadline: (deadline.at, deadline.uid))


def _local(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
