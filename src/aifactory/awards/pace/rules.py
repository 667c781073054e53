"""Who sees and moves plans, warnings, reclaims, and what the pool holds."""

from typing import Any

from django.db import models

from aifactory.awards.models import AwardLine, Project
from aifactory.awards.pace.models import Lapse, PaceWarning, PoolCredit, PoolWish, RampPlan, Reclaim
from aifactory.awards.pace.permissions import Permission
from aifactory.awards.permissions import Permission as Awards
from aifactory.people.actors import SystemActor
from aifactory.people.models import Role, User
from aifactory.people.rules import can_view, grant, visibility, visible

#: looks at every award once a day: warns, proposes, writes down what lapsed
WATCHER = SystemActor("pace", frozenset({Permission.WATCH}))


def _with_their_line(model: type[models.Model]) -> None:
    """They are seen with the award that they are about."""
    visibility(
        model,
        visible_to=lambda viewer: model._default_manager.filter(line__in=visible(AwardLine, viewer)),  # noqa: SLF001
        can_view=lambda viewer, thing: can_view(viewer, thing.line),  # type: ignore[attr-defined]
    )


def _for_everybody(model: type[models.Model]) -> None:
    """Awards are public: so is what became of them."""
    visibility(
        model,
        visible_to=lambda _viewer: model._default_manager.all(),  # noqa: SLF001 - Django's own name
        can_view=lambda _viewer, _thing: True,
    )


for _model in (RampPlan, PaceWarning, Reclaim, PoolWish):
    _with_their_line(_model)
for _public in (PoolCredit, Lapse):
    _for_everybody(_public)


def _project(thing: Any) -> Project:
    return (thing if isinstance(thing, AwardLine) else thing.line).project


def _leads(user: User, thing: Any) -> bool:
    return _project(thing).leader_id == user.pk


def _works_on(user: User, thing: Any) -> bool:
    return user.may(Awards.WORK, _project(thing))


def _stands_apart(user: User, thing: Any) -> bool:
    """Nobody decides about the time of their own organisation or project."""
    project = _project(thing)
    return project.organisation_id not in user.organisation_ids and not _works_on(user, thing)


for _permission in (Permission.PLAN, Permission.GIVE_BACK, Permission.ASK):
    grant(_permission, roles=None, when=_leads)
for _permission in (Permission.ANSWER, Permission.OBJECT):
    grant(_permission, roles=None, when=_works_on)
# Whoever holds the duty to decide on objections; never who took the time back.
grant(
    Permission.RULE,
    roles=None,
    when=lambda user, thing: (
        _stands_apart(user, thing) and thing.mandate is not None and thing.mandate.user_id != user.pk
    ),
)
grant(Permission.RECLAIM, roles={Role.OFFICE}, when=_stands_apart)
