"""What can be done about terms and suspensions."""

from enum import StrEnum


class Permission(StrEnum):
    """`RECORD` enters what was accepted on paper; `SUSPEND` belongs to whoever holds the mandate for it."""

    ACCEPT = "terms:accept"
    RECORD = "terms:record"
    SUSPEND = "suspension:impose"
    LIFT = "suspension:lift"
