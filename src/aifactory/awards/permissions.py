"""What can be done to projects and their awards."""

from enum import StrEnum


class Permission(StrEnum):
    """`OPEN` and `GRANT` belong to a decision; `SPEND` to whoever runs the jobs; `EXTEND` to a published rule.

    `CHANGE` needs the mandate as well.
    """

    OPEN = "project:open"
    MANAGE = "project:manage"
    WORK = "project:work"
    GRANT = "award:grant"
    EXTEND = "award:extend"
    CHANGE = "award:change"
    SPEND = "award:spend"
    RESERVE = "reserve:move"
