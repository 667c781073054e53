"""The life of a suspension."""

from django.utils.translation import gettext_lazy as _

from aifactory.kit.lifecycle import Lifecycle, Transition
from aifactory.people.terms.permissions import Permission

SUSPENSION = Lifecycle(
    name="suspension",
    initial="in_force",
    states={"in_force": _("In force"), "lifted": _("Lifted")},
    transitions=(Transition("lift", ("in_force",), "lifted", Permission.LIFT, "suspension:lift"),),
)
