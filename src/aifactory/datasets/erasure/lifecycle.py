"""The lives of an erasure and of each duty that it opens, as tables."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from aifactory.datasets.permissions import Permission
from aifactory.kit.errors import Refused
from aifactory.kit.lifecycle import Lifecycle, Transition
from aifactory.ports.identity import Actor

if TYPE_CHECKING:
    from aifactory.datasets.erasure.models import Erasure


class DutiesAreOpen(Refused):
    """Somebody has not answered yet."""


def all_answered(erasure: "Erasure", _by: Actor) -> None:
    """Raise `DutiesAreOpen`."""
    if erasure.duties.filter(state="open").exists():
        raise DutiesAreOpen(_now("Not everybody has answered yet."), rule="GDPR Art. 17, 19")


ERASURE = Lifecycle(
    name="erasure",
    initial="open",
    states={"open": _("Open"), "done": _("Done")},
    transitions=(
        Transition("close", ("open",), "done", Permission.FOLLOW, "erasure:close", all_answered),
        Transition("reopen", ("done",), "open", Permission.FOLLOW, "erasure:reopen"),
    ),
)

ERASURE_DUTY = Lifecycle(
    name="duty to erase",
    initial="open",
    states={"open": _("Open"), "met": _("Erased"), "excepted": _("Kept, with a reason")},
    transitions=(
        Transition("meet", ("open",), "met", Permission.ANSWER, "erasure_duty:meet"),
        Transition("except", ("open",), "excepted", Permission.ANSWER, "erasure_duty:except"),
    ),
)
