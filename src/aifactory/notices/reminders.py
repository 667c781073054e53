"""Reminders before a deadline: each once, so many days before as its kind says."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime

from aifactory.kit import clock
from aifactory.notices.deadlines import KINDS, Deadline, deadlines
from aifactory.notices.models import Bookmark, Notice
from aifactory.notices.queries import REMINDER

EVERY = timedelta(minutes=10)
LONGEST = timedelta(days=max(lead for kind in KINDS.values() for lead in kind.leads))


def remind() -> int:
    """Make the reminders that are due, at most every ten minutes. Returns how many there are now."""
    now = clock.now()
    with transaction.atomic():
        bookmark, _made = Bookmark.objects.select_for_update().get_or_create(pk=1)
        if bookmark.reminded_at and now - bookmark.reminded_at < EVERY:
            return 0
        Bookmark.objects.filter(pk=1).update(reminded_at=now)
        made = [_notice(d, lead, now) for d in deadlines(None, now + LONGEST) for lead in _due(d, now)]
        Notice.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def _due(deadline: Deadline, now: datetime) -> Iterable[int]:
    """The nearest lead that has begun, unless the deadline was set only after it had."""
    leads = deadline.leads or KINDS[deadline.kind].leads
    begun = [lead for lead in leads if deadline.at - now <= timedelta(days=lead)]
    nearest = min(begun, default=None)
    if nearest is not None and deadline.since <= deadline.at - timedelta(days=nearest):
        yield nearest


def _notice(deadline: Deadline, lead: int, now: datetime) -> Notice:
    with translation.override(deadline.user.language):
        day = date_format(deadline.day or localtime(deadline.at), "j F Y")
    return Notice(
        user=deadline.user,
        # A deadline that moved is reminded of anew.
        cause=f"{deadline.uid}:{lead}:{deadline.at:%Y%m%d%H%M}",
        kind=f"{REMINDER}{deadline.kind}",
        thing=deadline.thing.thing,
        link=deadline.link,
        subject=f"{deadline.subject[:160]} ({day})",
        created_at=now,
        try_at=now,
    )
