"""What can be done about outages."""

from enum import StrEnum


class Permission(StrEnum):
    """`SETTLE` belongs to the machinery alone: who gets how much follows from the policy."""

    RECORD = "outage:record"
    SETTLE = "outage:settle"
