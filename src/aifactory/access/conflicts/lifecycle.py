"""The life of a conflict of interest: found, then handled by what it is."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.access.permissions import Permission
from aifactory.kit.errors import Refused
from aifactory.kit.lifecycle import Lifecycle, Transition
from aifactory.ports.identity import Actor


class RealConflictKeepsOut(Refused):
    """A real conflict can't be managed away: the person is recused, or the finding was wrong and is lifted."""


def _not_real(conflict: Any, _by: Actor) -> None:
    if conflict.handling == "recuse":
        raise RealConflictKeepsOut(
            _("This is a real conflict, so the person stays out."),
            rule=f"conflicts.handling.{conflict.kind}",
            next_step=_("Lift it, with the reason, if the finding is wrong."),
        )


CONFLICT = Lifecycle(
    name="conflict",
    initial="found",
    states={
        "found": gettext_lazy("Waits for the office"),
        "recused": gettext_lazy("Kept out"),
        "managed": gettext_lazy("Managed"),
        "disclosed": gettext_lazy("Disclosed"),
        "lifted": gettext_lazy("Lifted"),
    },
    transitions=(
        Transition(
            "recuse",
            ("found", "managed", "disclosed", "lifted"),
            "recused",
            Permission.HANDLE_CONFLICT,
            "conflict:recuse",
        ),
        Transition(
            "manage",
            ("found", "recused", "disclosed"),
            "managed",
            Permission.HANDLE_CONFLICT,
            "conflict:manage",
            _not_real,
        ),
        Transition(
            "disclose",
            ("found", "lifted"),
            "disclosed",
            Permission.HANDLE_CONFLICT,
            "conflict:disclose",
            _not_real,
        ),
        Transition(
            "lift",
            ("found", "recused", "managed", "disclosed"),
            "lifted",
            Permission.HANDLE_CONFLICT,
            "conflict:lift",
        ),
        Transition("find_again", ("lifted",), "found", Permission.HANDLE_CONFLICT, "conflict:find_again"),
    ),
)

#: while a conflict is in one of these, the person judges nothing of the application and does not know of it
KEEPS_OUT = ("found", "recused")
