"""What an assessment can be about: anything in the house with an organisation, that the actor may see."""

from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _

from aifactory.kit.errors import NotFound, Refused
from aifactory.people.models import User
from aifactory.people.rules import find, visibilities, visible
from aifactory.ports.identity import Actor

_open_while: dict[str, Callable[[Any], bool]] = {}


class AnswersAreClosed(Refused):
    """The thing has gone on with the answers as they are."""


def open_while(label: str, condition: Callable[[Any], bool]) -> None:
    """State until when answers about a kind of thing may change; its own room says so at start-up."""
    _open_while[label] = condition


def require_open(subject: str, *, by: Actor) -> None:
    """Raise `AnswersAreClosed` where the subject's own room says that answers stand."""
    condition = _open_while.get(subject.partition(":")[0])
    if condition and not condition(thing_of(subject, by=by)):
        raise AnswersAreClosed(
            _("The answers can't change any more: it was sent in with them."),
            next_step=_("Ask the factory office to look at it with you."),
        )


def thing_of(subject: str, *, by: Actor) -> Any:
    """Return the record that `subject` (such as `awards.project:prj_…`) names.

    This room knows no room above it, so it finds the record by the name that the log uses.
    Raises `NotFound` alike for what is absent, hidden, or belongs to no organisation.
    """
    label, _colon, pk = subject.partition(":")
    model = _model(label)
    if model is None:
        raise NotFound(_("There is nothing here that could be assessed."))
    thing = find(model, pk, by) if isinstance(by, User) else model._base_manager.filter(pk=pk).first()  # noqa: SLF001
    if thing is None:
        raise NotFound(_("There is nothing here that could be assessed."))
    return thing


def organisation_of(subject: str, *, by: Actor) -> str:
    """Return the id of the organisation whose work it is. Raises `NotFound`."""
    return str(thing_of(subject, by=by).organisation_id)


def titles_of(subjects: Iterable[str], *, by: User) -> dict[str, str]:
    """Return what each subject is called, with one query a kind; its name in the log where it is hidden."""
    asked = set(subjects)
    found: dict[str, str] = {}
    for label in {subject.partition(":")[0] for subject in asked}:
        if model := _model(label):
            pks = {subject.partition(":")[2] for subject in asked if subject.startswith(f"{label}:")}
            things = visible(model, by).filter(pk__in=pks)
            found |= {f"{label}:{thing.pk}": str(getattr(thing, "title", "")) for thing in things}
    return {subject: found.get(subject) or subject for subject in asked}


def _model(label: str) -> type[models.Model] | None:
    """Return the kind of record called `label`, if it belongs to organisations."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return None
    owned = any(field.attname == "organisation_id" for field in model._meta.concrete_fields)  # noqa: SLF001
    return model if owned and model in visibilities() else None
