"""The life of a retention: it counts down, then the data is gone."""

from django.utils.translation import gettext_lazy as _

from aifactory.kit.lifecycle import Lifecycle, Transition
from aifactory.transparency.permissions import Permission

RETENTION = Lifecycle(
    name="retention",
    initial="counting",
    states={"counting": _("Kept until its day"), "deleted": _("Deleted")},
    transitions=(Transition("delete", ("counting",), "deleted", Permission.RETAIN, "retention:delete"),),
)
