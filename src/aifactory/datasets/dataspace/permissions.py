"""What can be done in the dataspace."""

from enum import StrEnum


class Permission(StrEnum):
    """`ADMIT` keeps the list of participants; the others walk the processes with them, and end them."""

    ADMIT = "participant:admit"
    NEGOTIATE = "negotiation:move"
    TRANSFER = "transfer:move"
    STOP = "process:stop"
