"""What can be done to reports, outcomes, and the data of a project."""

from enum import StrEnum


class Permission(StrEnum):
    """`ACCEPT` is the office's, `RETAIN` the platform's: the published policy says when data goes."""

    REPORT = "report:write"
    ACCEPT = "report:accept"
    OUTCOME = "outcome:record"
    EXPORT = "project:export"
    RETAIN = "retention:keep"
