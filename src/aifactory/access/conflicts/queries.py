"""From records to the plain facts that the search for conflicts works on, and who may judge what."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from aifactory.access.applications.forms import Line
from aifactory.access.applications.lifecycle import BEFORE_THE_FACTORY
from aifactory.access.applications.models import Application
from aifactory.access.calls.clocks import local_day
from aifactory.access.conflicts.detection import (
    HANDLINGS,
    Affiliation,
    File,
    Handling,
    Kind,
    LookBack,
    Person,
    Publication,
    conflicts,
)
from aifactory.access.conflicts.lifecycle import KEEPS_OUT
from aifactory.access.conflicts.models import Conflict
from aifactory.access.modes import Mode
from aifactory.access.review.lifecycle import ACTIVE_REVIEWS
from aifactory.access.review.models import Review
from aifactory.awards.models import ProjectMember
from aifactory.kit import clock
from aifactory.people.models import Membership, Role, User
from aifactory.people.rules import visible

#: who judges applications or looks on: the search is made for these
JUDGES = (Role.REVIEWER, Role.PANEL, Role.OFFICE, Role.AUDITOR)
#: staff from which a company is no longer small or medium (2003/361/EC, Annex, Article 2)
LARGE_STAFF = 250


def judges() -> QuerySet[User]:
    """Return everyone who reviews, decides or looks on, with what the search reads of them."""
    role = Q()
    for one in JUDGES:
        role |= Q(roles__icontains=f'"{one}"')
    return with_facts(User.objects.filter(role, is_active=True).order_by("pk"))


def with_facts(users: QuerySet[User]) -> QuerySet[User]:
    """Read what the search looks at in people along with them."""
    return users.prefetch_related("memberships__organisation", "collaborators")


def person(user: User) -> Person:
    """Return what the search looks at in a person."""
    memberships = list(user.memberships.all())
    places = tuple(Affiliation(m.organisation_id, m.until.date() if m.until else None) for m in memberships)
    markets = frozenset(m.organisation.sector for m in memberships if m.until is None and _small(m))
    works = tuple(
        Publication((known.name,), known.last_on)
        for known in user.collaborators.all()
        if known.removed_at is None
    )
    return Person(user.pk, user.name, places, publications=works, markets=markets - {""})


def _small(membership: Membership) -> bool:
    organisation = membership.organisation
    return organisation.kind == "company" and (organisation.staff or 0) < LARGE_STAFF


def files(applications: Sequence[Application], *, rivals: bool = False) -> dict[str, File]:
    """Return what the search looks at in these applications, by id, in three queries for all.

    With `rivals` also who else applies in each call, which grows with the square of a call.
    """
    partners = _partners(applications)
    judged = _judged_by_their_side(applications)
    found = {}
    for a in applications:
        applicants, organisations = judged[a.pk]
        others = _rivals(a) if rivals else []
        found[a.pk] = File(
            a.pk,
            a.organisation_id,
            a.applicant_id,
            a.applicant.name,
            a.call.mode.people_named(a.answers),
            people_excluded(a.call.mode, a.answers),
            frozenset(applicant for applicant, _ in others),
            frozenset(organisation for _, organisation in others),
            partners[a.pk],
            applicants,
            organisations,
            _market(a.organisation_facts),
        )
    return found


def people_excluded(mode: Mode, answers: dict[str, Any]) -> tuple[str, ...]:
    """Return the answers that name whom the applicant does not want as a judge."""
    asked = [q for q in mode.questions if isinstance(q, Line) and q.excludes_people]
    return tuple(str(answers[q.id]) for q in asked if answers.get(q.id))


def _rivals(application: Application) -> list[tuple[str, str]]:
    rows = application.call.applications.filter(state__in=BEFORE_THE_FACTORY).exclude(pk=application.pk)
    return list(rows.values_list("applicant_id", "organisation_id"))


def _market(facts: dict[str, Any]) -> str:
    small = facts.get("kind") == "company" and (facts.get("staff") or 0) < LARGE_STAFF
    return str(facts.get("sector") or "") if small else ""


def _partners(applications: Sequence[Application]) -> dict[str, tuple[tuple[str, date], ...]]:
    """Who shares a project with the applicant, or works on one of the organisation that applies."""
    by_applicant: dict[str, set[str]] = defaultdict(set)
    members: dict[str, set[str]] = defaultdict(set)
    by_organisation: dict[str, set[str]] = defaultdict(set)
    ends: dict[str, date] = {}
    rows = ProjectMember.objects.filter(
        Q(project__members__user__in={a.applicant_id for a in applications})
        | Q(project__organisation__in={a.organisation_id for a in applications})
    ).values_list("project_id", "project__organisation_id", "project__ends_at", "user_id")
    for project, organisation, ends_at, user in rows.distinct():
        ends[project] = ends_at.date()
        members[project].add(user)
        by_applicant[user].add(project)
        by_organisation[organisation].add(project)
    found: dict[str, tuple[tuple[str, date], ...]] = {}
    for a in applications:
        shared = by_applicant[a.applicant_id] | by_organisation[a.organisation_id]
        pairs = {(user, ends[project]) for project in shared for user in members[project]}
        found[a.pk] = tuple(sorted(pairs))
    return found


def _judged_by_their_side(
    applications: Sequence[Application],
) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Whose applications (by applicant, by organisation) somebody of the applicant's side reviews now."""
    now = Review.objects.filter(state__in=ACTIVE_REVIEWS, application__state__in=BEFORE_THE_FACTORY)
    side = Membership.objects.filter(organisation__in={a.organisation_id for a in applications}, until=None)
    places: dict[str, set[str]] = defaultdict(set)
    for user, organisation in side.filter(user__in=now.values("reviewer")).values_list(
        "user_id", "organisation_id"
    ):
        places[organisation].add(user)
    reviewers = {user for users in places.values() for user in users} | {a.applicant_id for a in applications}
    judged: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for reviewer, applicant, organisation in now.filter(reviewer__in=reviewers).values_list(
        "reviewer_id", "application__applicant_id", "application__organisation_id"
    ):
        judged[reviewer].append((applicant, organisation))
    found = {}
    for a in applications:
        pairs = [pair for user in places[a.organisation_id] | {a.applicant_id} for pair in judged[user]]
        others = [pair for pair in pairs if pair[1] != a.organisation_id]
        found[a.pk] = (frozenset(p[0] for p in others), frozenset(p[1] for p in others))
    return found


def look_back(mode: Mode) -> LookBack:
    """Return how far back ties count under a mode; without a word on it, the usual."""
    said = mode.conflicts
    if said is None:
        return LookBack(affiliation=mode.reviewing.look_back_months if mode.reviewing else 24)
    return LookBack(said.affiliation_months, said.coauthor_months, said.coproject_months, said.competing_sme)


def handling_of(mode: Mode, kind: Kind) -> Handling:
    """Return what follows from a kind of tie under a mode."""
    said = mode.conflicts.handling if mode.conflicts else {}
    return Handling(said.get(kind.value, HANDLINGS[kind]))


def detected(application: Application, file: File, someone: Person) -> dict[Kind, dict[str, Any]]:
    """Return every tie of a person with an application, today, with its evidence."""
    today = local_day(clock.now(), application.call)
    return conflicts(someone, file, on=today, look_back=look_back(application.call.mode))


def close_to(users: Iterable[User], application: Application) -> dict[str, list[Kind]]:
    """Return why each person may not judge the application now, by user id; an empty list means free.

    Detected afresh and joined with what is on record: declared ties, and what the office decided on each.
    """
    people = list(users)
    this = files([application], rivals=True)[application.pk]
    kept: dict[str, dict[Kind, Conflict]] = defaultdict(dict)
    for row in Conflict.objects.filter(application=application, person__in=people):
        kept[row.person_id][Kind(row.kind)] = row
    found = {}
    for user in people:
        ties = set(detected(application, this, person(user))) | set(kept[user.pk])
        found[user.pk] = [
            kind for kind in Kind if kind in ties and _keeps_out(application, kind, kept[user.pk].get(kind))
        ]
    return found


def _keeps_out(application: Application, kind: Kind, row: Conflict | None) -> bool:
    if row is None or (row.state == "lifted" and row.handled_by_id is None):
        gone = row is not None and kind is Kind.DECLARED
        return not gone and handling_of(application.call.mode, kind) is not Handling.DISCLOSE
    return row.state in KEEPS_OUT


def blocked(applications: QuerySet[Application]) -> set[tuple[str, str]]:
    """Return the pairs (application, person) on record that may not be brought together, in two queries.

    Same-call ties keep a person from every application of the call.
    """
    rows = Conflict.objects.filter(state__in=KEEPS_OUT)
    whole_call = rows.filter(kind=Kind.SAME_CALL, application__call__in=applications.values("call"))
    by_call: dict[str, set[str]] = defaultdict(set)
    for call, user in whole_call.values_list("application__call_id", "person_id"):
        by_call[call].add(user)
    pairs = set(
        rows.filter(application__in=applications.values("pk")).values_list("application_id", "person_id")
    )
    for pk, call in applications.values_list("pk", "call_id") if by_call else ():
        pairs |= {(pk, user) for user in by_call[call]}
    return pairs


def findings(viewer: Any) -> QuerySet[Conflict]:
    """Return the conflicts that the viewer may know of: what waits for the office first, then the newest."""
    rows = visible(Conflict, viewer).select_related("application__call", "person", "handled_by")
    return rows.order_by("-pk")


def measures(application: Application) -> QuerySet[Conflict]:
    """Return the ties that people who judge this application have and may have, with their measures."""
    rows = Conflict.objects.filter(application=application, state__in=("managed", "disclosed"))
    return rows.select_related("person").order_by("pk")
