"""The life of a project."""

from django.utils.translation import gettext_lazy as _

from aifactory.awards.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

PROJECT = Lifecycle(
    name="project",
    initial="active",
    states={"active": _("Active"), "suspended": _("Suspended"), "closed": _("Closed")},
    transitions=(
        Transition("suspend", ("active",), "suspended", Permission.MANAGE, "project:suspend"),
        Transition("resume", ("suspended",), "active", Permission.MANAGE, "project:resume"),
        Transition("close", ("active", "suspended"), "closed", Permission.MANAGE, "project:close"),
    ),
)
