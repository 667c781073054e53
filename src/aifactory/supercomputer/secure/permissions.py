"""What can be done around the secure environment."""

from enum import StrEnum


class Permission(StrEnum):
    """`ASK` belongs to the people named in the agreement, `REVIEW` and `CHECK` to the holder's stewards."""

    ASK_CODE = "code:ask"
    REVIEW = "code:review"
    ASK = "output:ask"
    CHECK = "output:check"
