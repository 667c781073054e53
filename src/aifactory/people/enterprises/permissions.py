"""What can be done to what an organisation declares of its size."""

from enum import StrEnum


class Permission(StrEnum):
    """`DECLARE` is for who may sign for the organisation; `REGISTER` also says that a register was read."""

    DECLARE = "enterprise:declare"
    REGISTER = "enterprise:register"
