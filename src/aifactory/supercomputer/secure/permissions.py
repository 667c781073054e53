"""What can be done around the secure environment."""

from enum import StrEnum


class Permission(StrEnum):
    """`ASK` belongs to the people named in the agreement, `REVIEW` and `CHECK` to the holder's stewards.

    `SEAL` and `DESTROY` are the system's: how what a job left inside rests, and until when.
    """

    ASK_CODE = "code:ask"
    REVIEW = "code:review"
    ASK = "output:ask"
    CHECK = "output:check"
    SEAL = "output:seal"
    DESTROY = "output:destroy_key"
