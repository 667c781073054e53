"""What can be done about the pace of an award."""

from enum import StrEnum


class Permission(StrEnum):
    """`WATCH` belongs to the platform's own rounds. Whoever takes back or grants again needs the mandate as well."""

    PLAN = "pace:plan"
    WATCH = "pace:watch"
    GIVE_BACK = "award:give_back"
    ANSWER = "reclaim:answer"
    RECLAIM = "award:reclaim"
    ASK = "pool:ask"
    OBJECT = "reclaim:object"
    RULE = "reclaim:rule"
