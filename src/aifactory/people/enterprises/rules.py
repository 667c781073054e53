"""Who sees and declares what makes up the size of an organisation: its own people, and staff."""

from typing import Any

from django.db import models

from aifactory.people.enterprises.models import Enterprise, Shareholding, YearlyAccounts
from aifactory.people.enterprises.permissions import Permission
from aifactory.people.models import Organisation, Role, User
from aifactory.people.rules import (
    Viewer,
    can_view_organisation,
    grant,
    organisations_visible_to,
    visibility,
)

#: from a record of the declaration to the organisation that declares
PATHS: dict[type[models.Model], str] = {
    Enterprise: "organisation",
    YearlyAccounts: "enterprise__organisation",
    Shareholding: "held__organisation",
}


def organisation_of(thing: Any) -> Organisation:
    """Return the organisation in whose declaration this record stands."""
    found = thing
    for part in PATHS[type(thing)].split("__"):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def _seen_with_its_organisation(model: type[Any], path: str) -> None:
    def visible(viewer: Viewer) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = model.objects.filter(**{f"{path}__in": organisations_visible_to(viewer)})
        return rows

    def can_view(viewer: Viewer, thing: Any) -> bool:
        return can_view_organisation(viewer, organisation_of(thing))

    visibility(model, visible_to=visible, can_view=can_view)


for _model, _path in PATHS.items():
    _seen_with_its_organisation(_model, _path)


def _signs(user: User, thing: Any) -> bool:
    organisation = thing if isinstance(thing, Organisation) else organisation_of(thing)
    return organisation.memberships.filter(user=user, until=None, representative=True).exists()


grant(Permission.DECLARE, roles=None, when=_signs)
grant(Permission.DECLARE, roles={Role.OFFICE})
grant(Permission.REGISTER, roles={Role.OFFICE})
