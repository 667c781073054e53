"""What an assessment can be about: anything in the house with an organisation, that the actor may see."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _

from aifactory.kit.errors import NotFound, Refused
from aifactory.people.models import User
from aifactory.people.rules import find
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
    label, _, pk = subject.partition(":")
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        model = None
    if model is None or not any(f.attname == "organisation_id" for f in model._meta.concrete_fields):  # noqa: SLF001
        raise NotFound("There is nothing here that could be assessed.")
    thing = find(model, pk, by) if isinstance(by, User) else model._base_manager.filter(pk=pk).first()  # noqa: SLF001
    if thing is None:
        raise NotFound("There is nothing here that could be assessed.")
    return thing


def organisation_of(subject: str, *, by: Actor) -> str:
    """Return the id of the organisation whose work it is. Raises `NotFound`."""
    return str(thing_of(subject, by=by).organisation_id)


def title_of(subject: str, *, by: Actor) -> str:
    """Return what the subject is called; its name in the log for who may not see it."""
    try:
        return str(getattr(thing_of(subject, by=by), "title", "")) or subject
    except NotFound:
        return subject
