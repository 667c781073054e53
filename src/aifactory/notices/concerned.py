"""Whom a record concerns. Whether they may still see it is asked afterwards, in one place."""

from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.db.models import Q

from aifactory.awards.models import Project
from aifactory.people.models import Role, User
from aifactory.people.terms import queries as terms

Concerned = Callable[[Any], Iterable[User | None]]


def everyone_with(role: Role) -> Concerned:
    """Return a function that finds the active people with a role, whatever the record."""
    return lambda _thing: [user for user in User.objects.filter(is_active=True) if user.has_role(role)]


def of(*path: str) -> Concerned:
    """Return a function that follows attributes from the record to one person, e.g. `of("case", "adviser")`."""

    def follow(thing: Any) -> Iterable[User | None]:
        for name in path:
            thing = getattr(thing, name)
        return [thing]

    return follow


def both(*groups: Concerned) -> Concerned:
    """Return a function that finds the people of all these groups."""
    return lambda thing: [user for group in groups for user in group(thing)]


def project_people(thing: Any) -> Iterable[User]:
    """Return the leader and the members of the project that a record is, or belongs to."""
    project = thing if isinstance(thing, Project) else _project_of(thing)
    if project is None:  # of another factory, which tells its own people
        return User.objects.none()
    working = Q(project_memberships__project=project, project_memberships__until=None)
    return User.objects.filter(working | Q(pk=project.leader_id)).distinct()


def people_of_the_award(thing: Any) -> Iterable[User]:
    """Return the people of the project whose award a record is about."""
    return project_people(thing.line.project)


def _project_of(thing: Any) -> Project | None:
    if model := getattr(thing, "model", None):
        thing = model
    found = thing.project
    return found if isinstance(found, Project) else Project.objects.filter(pk=found).first()


def stewards(thing: Any) -> Iterable[User]:
    """Return the data stewards of the organisation that holds the data of an agreement or a version."""
    return _stewards_of([getattr(thing, "version", thing).dataset.holder_id])


def stewards_who_check(thing: Any) -> Iterable[User]:
    """Return the stewards who review code, or check results, of the secure environment."""
    agreement = getattr(thing, "agreement", None)
    if agreement is not None:
        holder = agreement.offer.dataset.holder_id
    else:
        holder = (getattr(thing, "withheld", None) or thing.release.withheld).holder_id
    return _stewards_of([holder])


def people_named(change: Any) -> Iterable[User]:
    """Return who joins the list of an agreement, or leaves it."""
    return User.objects.filter(pk__in=change.persons)


def stewards_asked(negotiation: Any) -> Iterable[User]:
    """Return the data stewards who hold what another participant of the dataspace asks for."""
    if negotiation.role != "provider":
        return []
    holder = apps.get_model("datasets.Dataset").objects.filter(pk=negotiation.dataset).values("holder")
    return _stewards_of(holder)


def _stewards_of(holders: Any) -> list[User]:
    members = User.objects.filter(memberships__organisation__in=holders, memberships__until=None)
    return [user for user in members if user.has_role(Role.STEWARD)]


def contact_here(negotiation: Any) -> Iterable[User]:
    """Return who keeps the contact with the other participant of the dataspace."""
    return [negotiation.participant.contact]


def who_asked_elsewhere(negotiation: Any) -> Iterable[User]:
    """Return who asked another participant of the dataspace for data."""
    return [negotiation.requested_by] if negotiation.requested_by else []


def users_of_data(thing: Any) -> Iterable[User]:
    """Return who asked for the agreements in force on a dataset or on one of its versions."""
    versions = thing.versions.all() if hasattr(thing, "versions") else [thing]
    agreements = apps.get_model("datasets.Agreement").objects.filter(
        version__in=versions, state__in=("in_force", "suspended")
    )
    return User.objects.filter(pk__in=agreements.values("requested_by"))


def who_must_erase(duty: Any) -> Iterable[User]:
    """Return who can answer a duty to erase: the people of the model's project, else stewards and representatives."""
    if duty.kind == "model":
        return project_people(apps.get_model("registry.ModelVersion").objects.get(pk=duty.subject_id))
    if duty.kind == "copies":
        return project_people(apps.get_model("datasets.Agreement").objects.get(pk=duty.subject_id))
    return stewards(duty.erasure)


def asked_reviewers(application: Any) -> Iterable[User]:
    """Return those whose review of an application was not given yet."""
    return User.objects.filter(reviews__application=application, reviews__state="assigned")


def behind_the_subject(assessment: Any) -> Iterable[User]:
    """Return the people whose work an assessment is about."""
    subject = subject_of(assessment)
    return project_people(subject) if isinstance(subject, Project) else [subject.applicant]


def subject_of(assessment: Any) -> Any:
    """Return the application or the project that an assessment is about."""
    label, _colon, pk = assessment.subject.partition(":")
    return apps.get_model(label)._base_manager.get(pk=pk)  # noqa: SLF001


def representatives(membership: Any) -> Iterable[User]:
    """Return who may sign for the organisation of a membership."""
    return User.objects.filter(
        memberships__organisation=membership.organisation_id,
        memberships__until=None,
        memberships__representative=True,
    )


def suspended(suspension: Any) -> Iterable[User]:
    """Return who a suspension is about: the person, the organisation's members, or those of the project."""
    return terms.concerned(suspension)


def customers_people(invoice: Any) -> Iterable[User]:
    """Return who may sign for the organisation that an invoice goes to."""
    return representatives(invoice.customer)
