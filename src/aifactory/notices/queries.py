"""Reads of notices."""

from aifactory.notices.events import WORTH
from aifactory.notices.models import Notice
from aifactory.people.models import User


def unread(user: User, limit: int = 20) -> list[Notice]:
    """Return a person's newest unread notices."""
    return list(Notice.objects.filter(user=user, read_at=None).order_by("-pk")[:limit])


def page(user: User, *, after: int | None = None, size: int = 25) -> tuple[list[Notice], str | None]:
    """Return a page of everything a person was told, newest first, and the query of the next one."""
    rows = Notice.objects.filter(user=user).order_by("-pk")
    found = list((rows.filter(pk__lt=after) if after is not None else rows)[: size + 1])
    more = len(found) > size
    return found[:size], f"?after={found[size - 1].pk}" if more else None


def wording(notice: Notice) -> str:
    """Return what happened, in the reader's language."""
    worth = WORTH.get(notice.kind)
    return str(worth.text) if worth else notice.kind
