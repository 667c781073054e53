"""Reads of notices, of deadlines, and of how a person wants to hear."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from aifactory.audit.record import plain
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.notices.deadlines import KINDS, Deadline
from aifactory.notices.deadlines import deadlines as all_deadlines
from aifactory.notices.events import WORTH
from aifactory.notices.icalendar import Entry, calendar
from aifactory.notices.models import Feed, Notice, Wish
from aifactory.people.models import User
from aifactory.people.rules import visibilities, visible

REMINDER = "reminder:"


def unread(user: User, limit: int = 20) -> list[Notice]:
    """Return a person's newest unread notices."""
    return still_shown(user, Notice.objects.filter(user=user, read_at=None).order_by("-pk")[:limit])


def page(user: User, *, after: int | None = None, size: int = 25) -> tuple[list[Notice], str | None]:
    """Return a page of everything a person was told, newest first, and the query of the next one."""
    rows = Notice.objects.filter(user=user).order_by("-pk")
    found = list((rows.filter(pk__lt=after) if after is not None else rows)[: size + 1])
    more = len(found) > size
    return still_shown(user, found[:size]), f"?after={found[size - 1].pk}" if more else None


def still_shown(user: User, notices: Iterable[Notice]) -> list[Notice]:
    """Leave out what is about records that the person may no longer know of: one query a kind of record.

    Whoever turns out to have a conflict of interest must not find the file in old messages either.
    """
    found = list(notices)
    models = {model._meta.label_lower: model for model in visibilities()}  # noqa: SLF001
    seen: set[str] = set()
    for label in {notice.thing.partition(":")[0] for notice in found}:
        keys = {notice.thing.partition(":")[2] for notice in found if notice.thing.startswith(f"{label}:")}
        if label in models:
            keys = set(visible(models[label], user).filter(pk__in=keys).values_list("pk", flat=True))
        seen |= {f"{label}:{key}" for key in keys}
    return [notice for notice in found if notice.thing in seen]


def wording(notice: Notice) -> str:
    """Return what happened, or what is due, in the reader's language."""
    if notice.kind.startswith(REMINDER):
        kind = KINDS.get(notice.kind.removeprefix(REMINDER))
        return str(kind.text) if kind else notice.kind
    worth = WORTH.get(notice.kind)
    return str(worth.text) if worth else notice.kind


def facts(notice: Notice) -> dict[str, Any]:
    """Return one notice as the API shows it."""
    return {
        "id": notice.pk,
        "kind": notice.kind,
        "text": wording(notice),
        "subject": notice.subject,
        "link": notice.link,
        "created_at": plain(notice.created_at),
        "read": notice.read_at is not None,
    }


def wish_of(user: User) -> Wish:
    """Return how a person wants to hear; the defaults where they never said."""
    return Wish.objects.filter(user=user).first() or Wish(user=user)


def wish_facts(user: User) -> dict[str, Any]:
    """Return how a person wants to hear, as the API shows it; what of this fails is told too."""
    wish = wish_of(user)
    return {
        "language": user.language,
        "rhythm": wish.rhythm,
        "hour": wish.hour,
        "weekday": wish.weekday,
        "quiet": sorted(wish.quiet),
        "mail_refused_at": plain(mail_refused(user)),
    }


def mail_refused(user: User) -> Any:
    """Return since when the mail server refuses this person's address, or None where the last mail went out."""
    last = Notice.objects.filter(user=user).exclude(mailed_at=None, refused_at=None).order_by("-pk").first()
    return last.refused_at if last else None


def deadlines(user: User) -> list[Deadline]:
    """Return what is due from a person, soonest first."""
    return all_deadlines(user)


def deadline_facts(deadline: Deadline) -> dict[str, Any]:
    """Return one deadline as the API shows it: a moment, or a day."""
    return {
        "id": deadline.uid,
        "kind": deadline.kind,
        "text": str(KINDS[deadline.kind].text),
        "subject": deadline.subject,
        "link": deadline.link,
        "at": plain(deadline.moment),
        "day": plain(deadline.day),
    }


def calendar_of(user: User, *, origin: str) -> bytes:
    """Return a person's deadlines as iCalendar in their language, links under `origin` (https://…)."""
    with translation.override(user.language):
        entries = [
            Entry(
                uid=f"{deadline.uid}@{origin.partition('://')[2]}",
                at=deadline.moment or deadline.day or deadline.at,
                title=f"{KINDS[deadline.kind].text}: {deadline.subject}",
                link=f"{origin}{deadline.link}",
                changed_at=deadline.since,
            )
            for deadline in deadlines(user)
        ]
        name = _("Deadlines at %(factory)s") % {"factory": settings.FACTORY_NAME}
        return calendar(entries, name=name, now=clock.now())


def feed_of(user: User) -> Feed | None:
    """Return a person's calendar address, or None."""
    return Feed.objects.filter(user=user).first()


def owner_of_feed(secret: str) -> User | None:
    """Return the active person whose calendar address this is, or None."""
    feed = Feed.objects.select_related("user").filter(digest=digest(secret.encode())).first()
    return feed.user if feed and feed.user.is_active else None
