"""Reads of terms and suspensions that pages, API and commands share."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import models

from aifactory.audit.record import plain
from aifactory.kit import clock
from aifactory.people.models import Organisation, User
from aifactory.people.rules import visible
from aifactory.people.terms.models import Acceptance, Suspension
from aifactory.people.terms.standing import still_due
from aifactory.people.terms.texts import TermsText, current, due, texts


def in_force() -> list[TermsText]:
    """Return the text in force of each kind, by its id."""
    return [text for _id, text in sorted(current(texts(), clock.now()).items())]


def represented_by(user: User) -> list[Organisation]:
    """Return the organisations that a person may sign for."""
    rows = Organisation.objects.filter(
        memberships__user=user, memberships__until=None, memberships__representative=True
    )
    return list(rows.distinct().order_by("pk"))


def to_accept(user: User) -> list[tuple[str, int]]:
    """Return by name the organisations whose terms wait for this person, with how many texts; in one question."""
    accepted: dict[tuple[str, str], set[tuple[str, int]]] = {}
    signs = user.memberships.filter(until=None, representative=True).order_by("organisation")
    found = "organisation__acceptances__text", "organisation__acceptances__version"
    for pk, name, text, version in signs.values_list("organisation_id", "organisation__name", *found):
        accepted.setdefault((pk, name), set()).add((text, version))
    now = clock.now()
    counted = [(name, len(due(texts(), have, now))) for (_pk, name), have in accepted.items()]
    return [(name, number) for name, number in counted if number]


def acceptances(viewer: Any) -> models.QuerySet[Acceptance]:
    """Return what the viewer may know of, with organisation and person."""
    return visible(Acceptance, viewer).select_related("organisation", "user")


def suspensions(viewer: Any) -> models.QuerySet[Suspension]:
    """Return the suspensions that the viewer sees, with the mandates under which they stand."""
    return visible(Suspension, viewer).select_related("mandate", "lift_mandate")


def counts() -> dict[str, int]:
    """Return how many suspensions are in force and how many were lifted: all that is told in public."""
    rows = Suspension.objects.values_list("state").annotate(number=models.Count("pk"))
    return {"in_force": 0, "lifted": 0} | dict(rows)


def subject_names(found: Iterable[Suspension]) -> dict[str, str]:
    """Return the name of who or what is suspended, by subject, in one query per kind."""
    by_kind: dict[str, list[str]] = {}
    for suspension in found:
        label, _colon, pk = suspension.subject.partition(":")
        by_kind.setdefault(label, []).append(pk)
    names: dict[str, str] = {}
    for label, pks in by_kind.items():
        things = apps.get_model(label)._base_manager.filter(pk__in=pks)  # noqa: SLF001 - Django's own name
        names |= {f"{label}:{thing.pk}": str(thing) for thing in things}
    return names


def concerned(suspension: Suspension) -> Iterable[User]:
    """Return the people to be told: the person, the organisation's members, or those of the project."""
    label, _colon, pk = suspension.subject.partition(":")
    where = {
        "people.user": models.Q(pk=pk),
        "people.organisation": models.Q(memberships__organisation=pk, memberships__until=None),
        "awards.project": models.Q(project_memberships__project=pk, project_memberships__until=None),
    }
    return User.objects.filter(where[label], is_active=True).distinct()


def text_facts(text: TermsText, language: str) -> dict[str, Any]:
    """Return one text as the API shows it."""
    return {
        "id": text.id,
        "version": text.version,
        "valid_from": text.valid_from.isoformat(),
        "accept_within_days": text.accept_within_days,
        "digest": text.digest,
        "title": text.title.of(language),
        "intro": text.intro.of(language),
        "clauses": [clause.of(language) for clause in text.clause],
    }


def standing_facts(organisation: Organisation, language: str) -> dict[str, Any]:
    """Return what an organisation accepted and what is still due."""
    accepted = organisation.acceptances.select_related("user").order_by("pk")
    return {
        "organisation": organisation.pk,
        "accepted": [acceptance_facts(a) for a in accepted],
        "due": [
            {"text": one.text.id, "version": one.text.version, "title": one.text.title.of(language),
             "by": plain(one.by)}
            for one in still_due(organisation)
        ],
    }  # fmt: skip


def acceptance_facts(acceptance: Acceptance) -> dict[str, Any]:
    """Return one acceptance as the API shows it."""
    return {
        "id": acceptance.pk,
        "organisation": acceptance.organisation_id,
        "text": acceptance.text,
        "version": acceptance.version,
        "digest": acceptance.text_digest,
        "by": acceptance.user_id,
        "paper_digest": acceptance.paper_digest,
        "at": plain(acceptance.created_at),
    }


def suspension_facts(suspension: Suspension) -> dict[str, Any]:
    """Return one suspension as the API shows it to those who may see it."""
    return {
        "id": suspension.pk,
        "subject": suspension.subject,
        "ground": suspension.ground,
        "reasons": suspension.reasons,
        "mandate": suspension.mandate.holder_title,
        "state": suspension.state,
        "since": plain(suspension.created_at),
        "lifted_at": plain(suspension.lifted_at),
        "lift_reasons": suspension.lift_reasons,
    }
