"""What can be done to SSH keys."""

from enum import StrEnum


class Permission(StrEnum):
    """Everybody adds keys of their own; an operator may remove one that leaked."""

    REMOVE = "ssh_key:remove"
