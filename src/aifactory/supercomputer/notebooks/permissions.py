"""What can be done at the door of a notebook."""

from enum import StrEnum


class Permission(StrEnum):
    """`ADMIT` belongs to the door alone: it lets in who brings a ticket."""

    OPEN = "notebook:open"
    ADMIT = "notebook:admit"
