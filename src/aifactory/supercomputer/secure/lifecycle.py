"""The lives of a review of code that goes in, of what a run left inside, and of a file that is to leave."""

from django.utils.translation import gettext_lazy as _

from aifactory.kit.lifecycle import Lifecycle, Transition
from aifactory.supercomputer.secure import guards
from aifactory.supercomputer.secure.permissions import Permission

CODE_REVIEW = Lifecycle(
    name="code review",
    initial="asked",
    states={
        "asked": _("Waits for the holder"),
        "approved": _("Approved"),
        "refused": _("Refused"),
        "withdrawn": _("Approval taken back"),
    },
    transitions=(
        Transition(
            "approve", ("asked",), "approved", Permission.REVIEW, "code:approve", guards.is_not_ones_own_code
        ),
        Transition("refuse", ("asked",), "refused", Permission.REVIEW, "code:refuse"),
        Transition("withdraw", ("approved",), "withdrawn", Permission.REVIEW, "code:withdraw"),
    ),
)

#: A set comes sealed, or is sealed by the next round of the worker.
WITHHELD = Lifecycle(
    name="withheld results",
    initial="plain",
    states={
        "plain": _("To be sealed"),
        "sealed": _("Sealed"),
        "destroyed": _("Key destroyed"),
    },
    transitions=(
        Transition("seal", ("plain",), "sealed", Permission.SEAL, "output:seal"),
        Transition("destroy", ("plain", "sealed"), "destroyed", Permission.DESTROY, "output:destroy_key"),
    ),
)

OUTPUT_FILE = Lifecycle(
    name="output file",
    initial="asked",
    states={
        "asked": _("Waits for a checker"),
        "half": _("Waits for a second checker"),
        "released": _("Released"),
        "refused": _("Refused"),
        "withdrawn": _("No longer asked for"),
    },
    transitions=(
        Transition(
            "approve", ("asked",), "half", Permission.CHECK, "output:approve", guards.needs_another_checker
        ),
        Transition(
            "release",
            ("asked", "half"),
            "released",
            Permission.CHECK,
            "output:release",
            guards.enough_people_looked,
        ),
        Transition(
            "refuse", ("asked", "half"), "refused", Permission.CHECK, "output:refuse", guards.is_independent
        ),
        Transition("withdraw", ("asked", "half"), "withdrawn", Permission.ASK, "output:withdraw"),
    ),
)

#: States in which a file can't be asked for again.
TAKEN = ("asked", "half", "released")
