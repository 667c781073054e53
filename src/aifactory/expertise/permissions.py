"""What can be done to cases of the expertise centre."""

from enum import StrEnum


class Permission(StrEnum):
    """`WORK` is the adviser's: write notes, book hours, hand over, close."""

    ASK = "case:ask"
    WORK = "case:work"
