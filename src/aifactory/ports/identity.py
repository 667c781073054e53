"""Who acts. Audit and the lifecycle tables know nothing more of people than this."""

from typing import Protocol


class Actor(Protocol):
    """A person, or a named part of the system, with an opaque id."""

    @property
    def id(self) -> str: ...

    def may(self, permission: str, thing: object | None = None) -> bool:
        """Say whether this actor has `permission` on `thing` (or at all, where there is no thing yet)."""
        ...
