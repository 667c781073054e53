"""Parts of the system that act by themselves, each with no more than it needs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SystemActor:
    """A named part of the system with the permissions listed, and no others."""

    name: str
    permissions: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        return f"system:{self.name}"

    def may(self, permission: str, thing: object | None = None) -> bool:  # noqa: ARG002 - part of Actor
        return permission in self.permissions


PUBLIC = SystemActor("public")
INSTALLER = SystemActor(
    "installer",
    frozenset({"user:grant_role", "organisation:register", "mandate:give", "terms:record"}),
)
