"""What can be done to models."""

from enum import StrEnum


class Permission(StrEnum):
    """`RELEASE` is for a person of the project who answers for it."""

    REGISTER = "model:register"
    RELEASE = "model:release"
    WITHDRAW = "model:withdraw"
