"""Who may get into a cluster now: the people of projects that may start jobs there, by the keys that they gave us."""

from aifactory.people.ssh.models import SshKey
from aifactory.supercomputer.accounts import allocations


def keys() -> dict[str, tuple[str, ...]]:
    """Return for each person's id the lines of their keys; nobody without a key, an open project and an account."""
    people = {user for one in allocations() if one.open for user in one.users}
    found: dict[str, list[str]] = {}
    held = SshKey.objects.filter(removed_at=None, user__in=people, user__is_active=True)
    for key in held.order_by("user", "pk"):
        found.setdefault(key.user_id, []).append(key.line)
    return {user: tuple(lines) for user, lines in found.items()}
