"""The life of a visit: a ticket is given, and taken once."""

from django.utils.translation import gettext_lazy as _

from aifactory.kit.lifecycle import Lifecycle, Transition
from aifactory.supercomputer.notebooks.permissions import Permission

VISIT = Lifecycle(
    name="notebook visit",
    initial="issued",
    states={"issued": _("Ticket given"), "entered": _("Came in")},
    transitions=(Transition("enter", ("issued",), "entered", Permission.ADMIT, "notebook:enter"),),
)
