"""What can be done to an assessment."""

from enum import StrEnum


class Permission(StrEnum):
    """`ANSWER` belongs to the organisation whose work it is, `CONFIRM` to the office, `ASK_AGAIN` to both."""

    ANSWER = "assessment:answer"
    CONFIRM = "assessment:confirm"
    ASK_AGAIN = "assessment:ask_again"
