"""The life of a commitment: published while the call is open, its secret shown after the cut-off."""

from django.utils.translation import gettext_lazy as _

from aifactory.access.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

COMMITMENT = Lifecycle(
    name="commitment",
    initial="made",
    states={"made": _("Secret not shown"), "revealed": _("Secret shown")},
    transitions=(Transition("reveal", ("made",), "revealed", Permission.REVEAL, "commitment:reveal"),),
)
