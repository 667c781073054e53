"""Searching for conflicts, and handling what was found or declared."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.access.applications.lifecycle import BEFORE_THE_FACTORY
from aifactory.access.applications.models import Application
from aifactory.access.conflicts.detection import Handling, Kind
from aifactory.access.conflicts.models import Collaborator, Conflict
from aifactory.access.conflicts.queries import (
    JUDGES,
    detected,
    files,
    handling_of,
    judges,
    person,
    with_facts,
)
from aifactory.access.permissions import Permission
from aifactory.access.review.setting_aside import set_aside
from aifactory.access.words import words_of
from aifactory.audit.actions import enter, fire
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid
from aifactory.people.actors import SystemActor
from aifactory.people.models import User

SEARCH = SystemActor("conflict-search", frozenset({Permission.HANDLE_CONFLICT, Permission.SET_ASIDE}))
Ties = dict[tuple[str, str, Kind], dict[str, Any]]


def search_application(application: Application) -> None:
    """Hold an application that came in, or went, to everybody who judges; keep what is found."""
    _search([application], list(judges()))


def search_people(people: Iterable[User]) -> None:
    """Hold people of whom something changed to every application before the factory; keep what is found."""
    ids = [user.pk for user in people if user.is_active and user.has_role(*JUDGES)]
    if not ids:
        return
    rows = Application.objects.filter(state__in=BEFORE_THE_FACTORY).select_related("call", "applicant")
    _search(list(rows), list(with_facts(User.objects.filter(pk__in=ids))))


def search_everything() -> int:
    """Search anew for everybody, as time passes and look-backs end. Returns how many conflicts are on record."""
    people = list(judges())
    rows = Application.objects.filter(state__in=BEFORE_THE_FACTORY).order_by("pk")
    for application_id in rows.values_list("pk", flat=True):
        search_again(application_id, people)
    return Conflict.objects.exclude(state="lifted").count()


def search_again(application_id: str, people: Sequence[User]) -> None:
    """Hold an application that is still before the factory to these people once more, in one transaction."""
    with transaction.atomic():
        rows = Application.objects.select_for_update(of=("self",)).select_related("call", "applicant")
        found = rows.filter(pk=application_id, state__in=BEFORE_THE_FACTORY).first()
        _search([found] if found else [], people)


def _search(applications: Sequence[Application], people: Sequence[User]) -> None:
    """Keep new ties, and lift those that hold no more; what a person declared stays until somebody lifts it."""
    if not applications or not people:
        return
    ties = _ties(applications, people)
    with transaction.atomic():
        rows = Conflict.objects.filter(application__in=applications, person__in=people)
        kept = {(row.application_id, row.person_id, Kind(row.kind)): row for row in rows}
        known = {application.pk: application for application in applications}
        for key, evidence in ties.items():
            if key not in kept:
                _keep(known[key[0]], key[1], key[2], evidence=evidence)
            elif kept[key].state == "lifted" and kept[key].handled_by_id is None:
                _settle(fire(kept[key], "find_again", by=SEARCH, evidence=evidence))
        for key, row in kept.items():
            if key not in ties and row.state != "lifted" and row.kind != Kind.DECLARED:
                fire(row, "lift", by=SEARCH, handled_by=None, handled_at=clock.now())


def _ties(applications: Sequence[Application], people: Sequence[User]) -> Ties:
    facts = [person(user) for user in people]
    here: dict[str, list[str]] = defaultdict(list)
    for user in people:
        for membership in user.memberships.all():
            if membership.until is None:
                here[membership.organisation_id].append(user.pk)
    among = {user.pk for user in people}
    found = files(applications)
    ties: Ties = {
        (a.pk, someone.id, kind): evidence
        for a in applications
        for someone in facts
        for kind, evidence in detected(a, found[a.pk], someone).items()
    }
    for a in applications:
        if a.state in BEFORE_THE_FACTORY:
            own = {*here[a.organisation_id], *({a.applicant_id} & among)}
            ties |= {(a.pk, user, Kind.SAME_CALL): {} for user in own}
    return ties


def _keep(
    application: Application, person_id: str, kind: Kind, *, evidence: dict[str, Any], words: str = ""
) -> Conflict:
    handling = handling_of(application.call.mode, kind)
    conflict = Conflict(
        application=application,
        person_id=person_id,
        kind=kind,
        handling=handling,
        evidence=evidence,
        words=words,
    )
    return _settle(enter(conflict, "conflict:find", by=SEARCH))


def _settle(conflict: Conflict) -> Conflict:
    """Do what follows by itself: a real conflict keeps the person out, a potential one is told."""
    if conflict.handling == Handling.RECUSE:
        fire(conflict, "recuse", by=SEARCH)
        set_aside(conflict, by=SEARCH)
    elif conflict.handling == Handling.DISCLOSE:
        fire(conflict, "disclose", by=SEARCH)
    return conflict


def declare(application: Application, *, reason: str, by: User) -> Conflict:
    """Say of oneself to stand too close; once is enough. Raises `Invalid` without a reason."""
    words = words_of(reason, "reason")
    with transaction.atomic():
        kept = Conflict.objects.filter(application=application, person=by, kind=Kind.DECLARED).first()
        if kept is None:
            return _keep(application, by.pk, Kind.DECLARED, evidence={}, words=words)
        if kept.state not in ("found", "recused"):
            fire(kept, "recuse", by=SEARCH, words=words, handled_by=None, handled_at=clock.now())
            set_aside(kept, by=SEARCH)
        return kept


def handle(conflict: Conflict, step: str, *, measure: str, by: User) -> Conflict:
    """Decide what follows: `recuse`, `manage`, `disclose` or `lift`, with the measure or the reason in words.

    Raises `Invalid`, `RealConflictKeepsOut`, `NotPossibleNow`, `NotAllowed`.
    """
    if step not in ("recuse", "manage", "disclose", "lift"):
        raise Invalid([FieldError("step", _("Choose what follows from the conflict."), "closed list")])
    words = words_of(measure, "measure")
    with transaction.atomic():
        fire(conflict, step, by=by, measure=words, handled_by=by, handled_at=clock.now())
        if step == "recuse":
            set_aside(conflict, by=SEARCH)
    return conflict


def name_collaborator(name: str, last_on: date, *, by: User) -> Collaborator:
    """Name somebody with whom one published, and the day of the last work; a later day replaces it."""
    words = words_of(name, "name", 120)
    if "\n" in words:
        raise Invalid([FieldError("name", _("Write one name on one line."), "one_line")])
    if last_on > clock.now().date():
        raise Invalid([FieldError("last_on", _("This day has not come yet."), "past")])
    kept = by.collaborators.filter(name=words, removed_at=None).first()
    if kept is None:
        return enter(Collaborator(person=by, name=words, last_on=last_on), "collaborator:name", by=by)
    kept.last_on = last_on
    return enter(kept, "collaborator:name", by=by, fields=["last_on"])


def remove_collaborator(collaborator: Collaborator, *, by: User) -> Collaborator:
    """Take a name off one's own list."""
    collaborator.removed_at = clock.now()
    return enter(
        collaborator,
        "collaborator:remove",
        by=by,
        permission=Permission.NAME_COLLABORATOR,
        fields=["removed_at"],
    )
