"""What can be done to reports and outcomes."""

from enum import StrEnum


class Permission(StrEnum):
    """`ACCEPT` is the office's."""

    REPORT = "report:write"
    ACCEPT = "report:accept"
    OUTCOME = "outcome:record"
