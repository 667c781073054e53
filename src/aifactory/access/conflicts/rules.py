"""Who may know of an application before its decision is published: the one place where this is said.

Until then somebody in conflict does not learn that the application exists; members of the organisation that
applies see it as applicants, and nothing of how it is judged. Everything that belongs to an application is
kept back with it, in lists, counts, pages, exports and the log.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from aifactory.access.applications.lifecycle import DECIDED
from aifactory.access.applications.models import Application, Attachment
from aifactory.access.conflicts.detection import Kind
from aifactory.access.conflicts.lifecycle import KEEPS_OUT
from aifactory.access.conflicts.models import Collaborator, Conflict
from aifactory.access.permissions import Permission
from aifactory.audit.confidential import keep_back
from aifactory.audit.record import Record
from aifactory.kit.errors import NotAllowed
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility

OVERSEERS = (Role.OFFICE, Role.PANEL, Role.AUDITOR)


def require_overseer(viewer: User) -> None:
    """Raise `NotAllowed` for anybody who does not watch over decisions."""
    if not viewer.has_role(*OVERSEERS):
        raise NotAllowed(_("This page is for the factory office and the panel."), rule="office")


def unpublished(path: str = "") -> Q:
    """Return the condition that the decision on an application is not published. `path` leads to it, e.g.
    `application__`.
    """
    return ~Q(**{f"{path}state__in": DECIDED})


def in_conflict(viewer: User, path: str = "") -> Q:
    """Return the condition that the viewer may not know of an application because of a conflict."""
    rows = Conflict.objects.filter(person=viewer, state__in=KEEPS_OUT)
    calls = rows.filter(kind=Kind.SAME_CALL).values("application__call")
    close = (
        Q(**{f"{path}pk__in": rows.values("application")})
        | Q(**{f"{path}call__in": calls})
        | Q(**{f"{path}organisation__in": viewer.organisation_ids})
    )
    return close & unpublished(path)


def is_in_conflict(viewer: User, application: Application) -> bool:
    """Same rule as `in_conflict`, for one application."""
    if application.state in DECIDED:
        return False
    if application.organisation_id in viewer.organisation_ids:
        return True
    rows = Conflict.objects.filter(person=viewer, state__in=KEEPS_OUT)
    return rows.filter(
        Q(application=application) | Q(kind=Kind.SAME_CALL, application__call=application.call_id)
    ).exists()


def hidden_applications(viewer: Viewer) -> QuerySet[Application]:
    """Return the applications that a viewer may not know of: for the public all without a published decision.

    What the own organisation sent in is no secret, though how it is judged is.
    """
    if viewer is None:
        return Application.objects.filter(unpublished())
    return Application.objects.filter(in_conflict(viewer)).exclude(organisation__in=viewer.organisation_ids)


def keep_back_with_application(model: type[Record], path: str = "application") -> None:
    """State that records of `model` are kept back as long as the application that `path` leads to."""

    def hidden(viewer: Any) -> QuerySet[Any]:
        before = f"{path}__"
        rule = unpublished(before) if viewer is None else in_conflict(viewer, before)
        rows: QuerySet[Any] = model._base_manager.filter(rule)  # noqa: SLF001 - Django's own name
        return rows

    keep_back(model, hidden)


def seen_by_judges(
    model: type[Any], path: str, *, also: Callable[[User], Q], also_one: Callable[[User, Any], bool]
) -> None:
    """State that parts of judging are seen by overseers without a conflict and never by the organisation that
    applies, and besides by whom `also` says, if they have no conflict either.
    """
    before = f"{path}__"

    def visible(viewer: Viewer) -> QuerySet[Any]:
        rows: QuerySet[Any] = model.objects.all()
        if viewer is None:
            return rows.none()
        seen = also(viewer)
        if viewer.has_role(*OVERSEERS):
            seen |= ~Q(**{f"{before}organisation__in": viewer.organisation_ids})
        return rows.filter(seen).exclude(in_conflict(viewer, before))

    def can_view(viewer: Viewer, part: Any) -> bool:
        if viewer is None:
            return False
        application = part
        for step in path.split("__"):
            application = getattr(application, step)
        overseen = viewer.has_role(*OVERSEERS) and application.organisation_id not in viewer.organisation_ids
        return (overseen or also_one(viewer, part)) and not is_in_conflict(viewer, application)

    visibility(model, visible_to=visible, can_view=can_view)


def may_handle(user: User, conflict: Conflict) -> bool:
    """Nobody decides on the own conflicts, or on an application that is kept from them."""
    application = conflict.application
    return (
        conflict.person_id != user.pk
        and application.organisation_id not in user.organisation_ids
        and not is_in_conflict(user, application)
    )


def _hidden_documents(viewer: Viewer) -> QuerySet[Attachment]:
    return Attachment.objects.filter(application__in=hidden_applications(viewer))


keep_back(Application, hidden_applications)
keep_back(Attachment, _hidden_documents)
keep_back_with_application(Conflict)

# A person's own conflicts name what is kept from that person, so they are for the others.
seen_by_judges(
    Conflict, "application", also=lambda _viewer: Q(pk__in=[]), also_one=lambda _viewer, _conflict: False
)
visibility(
    Collaborator,
    visible_to=lambda viewer: (
        Collaborator.objects.filter(person=viewer) if viewer is not None else Collaborator.objects.none()
    ),
    can_view=lambda viewer, known: viewer is not None and known.person_id == viewer.pk,
)

grant(Permission.HANDLE_CONFLICT, roles={Role.OFFICE}, when=may_handle)
grant(Permission.NAME_COLLABORATOR, roles=None, when=lambda user, known: known.person_id == user.pk)
