"""When something changes that conflicts depend on, the search is made anew, in the same transaction.

People, memberships and projects belong to rooms below, which know nothing of conflicts: so their records are
listened to here.
"""

from typing import Any

from django.db.models.signals import post_save

from aifactory.access.conflicts.actions import search_people
from aifactory.access.conflicts.models import Collaborator
from aifactory.awards.models import ProjectMember
from aifactory.people.models import Membership, Organisation, User

_ABOUT_PEOPLE = {"name", "roles", "is_active"}
_ABOUT_ORGANISATIONS = {"sector", "kind", "staff"}


def _person(instance: User, update_fields: frozenset[str] | None, created: bool, **_rest: Any) -> None:
    if not created and (update_fields is None or _ABOUT_PEOPLE & update_fields):
        search_people([instance])


def _membership(instance: Membership, **_rest: Any) -> None:
    search_people([instance.user])


def _organisation(
    instance: Organisation, update_fields: frozenset[str] | None, created: bool, **_rest: Any
) -> None:
    if not created and (update_fields is None or _ABOUT_ORGANISATIONS & update_fields):
        search_people(User.objects.filter(memberships__organisation=instance, memberships__until=None))


def _collaborator(instance: Collaborator, **_rest: Any) -> None:
    search_people([instance.person])


def _project_member(instance: ProjectMember, **_rest: Any) -> None:
    """A new partner of everybody in the project."""
    search_people(User.objects.filter(project_memberships__project=instance.project_id).distinct())


post_save.connect(_person, sender=User, dispatch_uid="conflicts: person")
post_save.connect(_membership, sender=Membership, dispatch_uid="conflicts: membership")
post_save.connect(_organisation, sender=Organisation, dispatch_uid="conflicts: organisation")
post_save.connect(_collaborator, sender=Collaborator, dispatch_uid="conflicts: collaborator")
post_save.connect(_project_member, sender=ProjectMember, dispatch_uid="conflicts: project member")
