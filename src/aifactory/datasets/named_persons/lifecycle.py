"""The life of a change of who may use the data, as a table. To take a person off the list, nobody is asked."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from aifactory.datasets.permissions import Permission
from aifactory.kit.errors import Refused
from aifactory.kit.lifecycle import Lifecycle, Transition
from aifactory.ports.identity import Actor

if TYPE_CHECKING:
    from aifactory.datasets.named_persons.models import PersonsChange


class AgreementIsNotInForce(Refused):
    """Its list of people changes while the agreement is in force."""


def is_in_force(change: "PersonsChange", _by: Actor) -> None:
    """Raise `AgreementIsNotInForce`."""
    if not change.agreement.holds:
        raise AgreementIsNotInForce(
            _now("The agreement is not in force, so nobody can be added to it."),
            rule="in-force",
            next_step=_now("Let the agreement go on first, or ask for a new one that names these people."),
        )


PERSONS_CHANGE = Lifecycle(
    name="change of named persons",
    initial="asked",
    states={
        "asked": _("Waits for the holder"),
        "in_force": _("In force"),
        "refused": _("Refused"),
        "withdrawn": _("No longer asked for"),
    },
    transitions=(
        Transition("accept", ("asked",), "in_force", Permission.CONSENT, "persons:accept", is_in_force),
        Transition("refuse", ("asked",), "refused", Permission.CONSENT, "persons:refuse"),
        Transition("withdraw", ("asked",), "withdrawn", Permission.NAME, "persons:withdraw"),
    ),
)
