"""Reads of notices."""

from aifactory.notices.models import Notice
from aifactory.people.models import User


def unread(user: User, limit: int = 20) -> list[Notice]:
    """Return a person's newest unread notices."""
    return list(Notice.objects.filter(user=user, read_at=None).order_by("-pk")[:limit])
