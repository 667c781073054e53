"""Who may do what to which thing: every room states its rules here, and everyone asks here.

A permission is granted to roles, `when` a predicate on (person, thing) holds. Lists start from `visible`;
`can_view` must agree with it for every person and thing (a property test holds them together).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext as _

from aifactory.kit.errors import NotAllowed, NotFound
from aifactory.people.models import Mandate, Membership, Organisation, Role, User

M = TypeVar("M", bound=models.Model)
Viewer = User | None
"""A signed-in person, or None for the public."""


class Permission(StrEnum):
    """What can be done to people and organisations."""

    REGISTER = "organisation:register"
    EDIT_ORGANISATION = "organisation:edit"
    GRANT_ROLE = "user:grant_role"
    GIVE_MANDATE = "mandate:give"
    PUBLISH_NAME = "mandate:publish_name"


@dataclass(frozen=True)
class Grant:
    """One line of the table: any of `roles` (None: anyone signed in), when `when(user, thing)` holds."""

    permission: str
    roles: frozenset[Role] | None
    when: Callable[[User, Any], bool] | None


@dataclass(frozen=True)
class Visibility:
    """How one kind of record is seen: the list for a viewer, and the same rule for one record."""

    visible_to: Callable[[Viewer], models.QuerySet[Any]]
    can_view: Callable[[Viewer, Any], bool]


_grants: dict[str, list[Grant]] = {}
_visibility: dict[type[models.Model], Visibility] = {}


def grant(
    permission: str, *, roles: Iterable[Role] | None, when: Callable[[User, Any], bool] | None = None
) -> None:
    """State that `roles` (None: every signed-in person) have `permission`, optionally only `when` it holds."""
    line = Grant(str(permission), None if roles is None else frozenset(roles), when)
    if line not in _grants.setdefault(line.permission, []):
        _grants[line.permission].append(line)


def may(user: User, permission: str, thing: object | None = None) -> bool:
    """Say whether the person has the permission on the thing; without a thing: on any thing at all."""
    if not user.is_active:
        return False
    return any(
        (line.roles is None or user.has_role(*line.roles))
        and (thing is None or line.when is None or line.when(user, thing))
        for line in _grants.get(str(permission), [])
    )


def require(user: User, permission: str, thing: object | None = None) -> None:
    """Raise `NotAllowed` where the person has no such permission: asked before a form is filled in for nothing."""
    if not may(user, permission, thing):
        raise NotAllowed(
            _("You may not do this."),
            rule=permission,
            next_step=_("Ask the factory office if you think that you should."),
        )


def table() -> dict[str, list[Grant]]:
    """Return all grants by permission, for the generated reference."""
    return dict(sorted(_grants.items()))


def visibility(
    model: type[M],
    *,
    visible_to: Callable[[Viewer], "models.QuerySet[M]"],
    can_view: Callable[[Viewer, M], bool],
) -> None:
    """State who sees which records of `model`."""
    _visibility[model] = Visibility(visible_to, can_view)


def visibilities() -> dict[type[models.Model], Visibility]:
    """Return the stated rule of every model."""
    return dict(_visibility)


def visible(model: type[M], viewer: Any) -> "models.QuerySet[M]":
    """Return the records of `model` that the viewer may know of (an anonymous user is the public)."""
    return _visibility[model].visible_to(_viewer(viewer))


def can_view(viewer: Any, thing: models.Model) -> bool:
    """Say whether the viewer may know of this record."""
    return _visibility[type(thing)].can_view(_viewer(viewer), thing)


def find(model: type[M], pk: str, viewer: Any, *, related: str | None = None) -> M:
    """Return a record the viewer may see, in the same query with its `related` record.

    Raises `NotFound` alike for an absent and a hidden one.
    """
    rows = visible(model, viewer).filter(pk=pk)
    rows = rows.select_related(related) if related else rows
    found = rows.first() if pk.isprintable() else None  # no id has a character that a database can't take
    if found is None:
        raise not_here()
    return found


def find_membership(pk: str, viewer: Any) -> Membership:
    """Return a membership of an organisation that the viewer sees. Raises `NotFound`."""
    rows = Membership.objects.filter(organisation__in=visible(Organisation, viewer), pk=pk)
    found = rows.select_related("user", "organisation").first() if pk.isprintable() else None
    if found is None:
        raise not_here()
    return found


def not_here() -> NotFound:
    """Return the refusal that is the same for an absent and a hidden record."""
    return NotFound(
        _("There is nothing here that you can see."),
        next_step=_("Check the address, or sign in with another account."),
    )


def _viewer(viewer: Any) -> Viewer:
    return viewer if isinstance(viewer, User) and viewer.is_active else None


STAFF = (Role.OFFICE, Role.AUDITOR)


def users_visible_to(viewer: Viewer) -> models.QuerySet[User]:
    """Staff see everyone; others see themselves and colleagues of their organisations."""
    if viewer is None:
        return User.objects.none()
    if viewer.has_role(*STAFF):
        return User.objects.all()
    colleagues = Membership.objects.filter(organisation__in=viewer.organisation_ids, until=None).values(
        "user"
    )
    return User.objects.filter(models.Q(pk=viewer.pk) | models.Q(pk__in=colleagues))


def can_view_user(viewer: Viewer, user: User) -> bool:
    """Same rule as `users_visible_to`, for one person."""
    if viewer is None:
        return False
    return (
        viewer.has_role(*STAFF)
        or viewer.pk == user.pk
        or bool(viewer.organisation_ids & user.organisation_ids)
    )


def organisations_visible_to(viewer: Viewer) -> models.QuerySet[Organisation]:
    """Staff see all organisations, members their own."""
    if viewer is None:
        return Organisation.objects.none()
    if viewer.has_role(*STAFF):
        return Organisation.objects.all()
    return Organisation.objects.filter(pk__in=viewer.organisation_ids)


def can_view_organisation(viewer: Viewer, organisation: Organisation) -> bool:
    """Same rule as `organisations_visible_to`, for one organisation."""
    return viewer is not None and (viewer.has_role(*STAFF) or organisation.pk in viewer.organisation_ids)


visibility(User, visible_to=users_visible_to, can_view=can_view_user)
visibility(Organisation, visible_to=organisations_visible_to, can_view=can_view_organisation)
visibility(Mandate, visible_to=lambda _viewer: Mandate.objects.all(), can_view=lambda _viewer, _mandate: True)

grant(Permission.REGISTER, roles=None)
grant(
    Permission.EDIT_ORGANISATION,
    roles=None,
    when=lambda user, organisation: organisation.memberships.filter(
        user=user, until=None, representative=True
    ).exists(),
)
grant(Permission.EDIT_ORGANISATION, roles={Role.OFFICE})
grant(Permission.GRANT_ROLE, roles={Role.OFFICE})
grant(Permission.GIVE_MANDATE, roles={Role.OFFICE})
grant(Permission.PUBLISH_NAME, roles=None, when=lambda user, mandate: mandate.user_id == user.pk)
