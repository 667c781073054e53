"""The life of a project."""

from aifactory.awards.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

PROJECT = Lifecycle(
    name="project",
    initial="active",
    states={"active": "Active", "suspended": "Suspended", "closed": "Closed"},
    transitions=(
        Transition("suspend", ("active",), "suspended", Permission.MANAGE, "project:suspend"),
        Transition("resume", ("suspended",), "active", Permission.MANAGE, "project:resume"),
        Transition("close", ("active", "suspended"), "closed", Permission.MANAGE, "project:close"),
    ),
)
