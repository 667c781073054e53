"""What can be done to projects and their awards."""

from enum import StrEnum


class Permission(StrEnum):
    """`OPEN` and `GRANT` belong to a decision; `SPEND` to whoever runs the jobs; `EXTEND` to a published rule."""

    OPEN = "project:open"
    MANAGE = "project:manage"
    WORK = "project:work"
    GRANT = "award:grant"
    EXTEND = "award:extend"
    SPEND = "award:spend"
    RESERVE = "reserve:move"
