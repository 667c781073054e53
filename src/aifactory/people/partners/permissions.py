"""What can be done about the consortium."""

from enum import StrEnum


class Permission(StrEnum):
    """One permission: the office keeps the books of the consortium."""

    MANAGE = "partner:manage"
