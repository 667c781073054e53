"""Mails what waits: at once or in a summary, as the person wishes, and again until it went out."""

import time as stopwatch
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aifactory.kit import clock
from aifactory.notices.models import Notice, Wish
from aifactory.notices.queries import still_shown, wording
from aifactory.notices.topics import ALWAYS
from aifactory.people.models import User
from aifactory.ports.mail import Mailer, Message, NotTakenNow, Undeliverable
from aifactory.ports.registry import get

BATCH = 200
#: the wait after a first try that failed; it doubles with each, up to an hour
PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
#: about four days of trying, as RFC 5321 section 4.5.4.1 asks of a sender
MOST_TRIES = 100
#: seconds of one round after which mail waits for the next: a slow server must not hold up the worker
LONGEST_ROUND = 10.0
Channel = Notice.Channel


def way_of(topic: str, wish: Wish | None, now: datetime) -> tuple[str, datetime]:
    """Return how a notice reaches this person, and when it may first be mailed."""
    if wish is None or topic in ALWAYS:
        return Channel.MAIL, now
    if topic in wish.quiet:
        return Channel.DESK, now
    if wish.rhythm == Wish.Rhythm.AT_ONCE:
        return Channel.MAIL, now
    return Channel.DIGEST, next_summary(wish, now)


def next_summary(wish: Wish, now: datetime) -> datetime:
    """Return the next moment of this person's summary, at their hour of the factory's local day."""
    zone = ZoneInfo(settings.TIME_ZONE)
    day = now.astimezone(zone).date()
    weekly = wish.rhythm == Wish.Rhythm.WEEKLY
    while True:
        moment = datetime.combine(day, time(wish.hour), zone)
        if moment > now and (not weekly or day.weekday() == wish.weekday):
            return moment
        day += timedelta(days=1)


def mail_due() -> int:
    """Mail what is due and return how many mails went out; where the server is away, the rest waits."""
    began, gone = stopwatch.monotonic(), 0
    for found in [*_single(), *_summaries()]:
        if stopwatch.monotonic() - began > LONGEST_ROUND:
            break
        try:
            gone += _mail(found)
        except OSError:
            break
    return gone


def _due(channel: str) -> QuerySet[Notice]:
    return Notice.objects.filter(
        channel=channel, mailed_at=None, refused_at=None, try_at__lte=clock.now(), tries__lt=MOST_TRIES
    ).order_by("pk")


def _single() -> list[QuerySet[Notice]]:
    keys = list(_due(Channel.MAIL).values_list("pk", flat=True)[:BATCH])
    return [_due(Channel.MAIL).filter(pk=pk) for pk in keys]


def _summaries() -> list[QuerySet[Notice]]:
    people = list(_due(Channel.DIGEST).order_by().values_list("user", flat=True).distinct()[:BATCH])
    return [_due(Channel.DIGEST).filter(user=user) for user in people]


def _mail(waiting: QuerySet[Notice]) -> int:
    """Send one mail about these notices of one person; raises `OSError` where the server is away."""
    claimed = _claim(waiting)
    notices = still_shown(claimed[0].user, claimed) if claimed else []
    hidden = {notice.pk for notice in claimed} - {notice.pk for notice in notices}
    Notice.objects.filter(pk__in=hidden).update(channel=Channel.DESK)
    if not notices:
        return 0
    rows = Notice.objects.filter(pk__in=[notice.pk for notice in notices])
    try:
        get(Mailer).send(written(notices[0]) if notices[0].channel == Channel.MAIL else summary(notices))
    except Undeliverable:
        rows.update(refused_at=clock.now())
        return 0
    except NotTakenNow:
        return 0
    rows.update(mailed_at=clock.now())
    return 1


def _claim(waiting: QuerySet[Notice]) -> list[Notice]:
    """Set the next try first: nobody else finds them due meanwhile, and a crash costs a wait."""
    with transaction.atomic():
        claimed = list(waiting.select_for_update(of=("self",)).select_related("user")[:BATCH])
        for notice in claimed:
            notice.try_at = clock.now() + min(PAUSE * 2 ** min(notice.tries, 10), LONGEST_PAUSE)
            notice.tries += 1
        Notice.objects.bulk_update(claimed, ["try_at", "tries"])
    return claimed


def written(notice: Notice) -> Message:
    """Write the mail in the person's language. It names the matter and says nothing of its content."""
    with translation.override(notice.user.language):
        line = wording(notice)
        body = _(
            "Dear %(name)s,\n\n%(line)s: %(subject)s.\n\nSee %(link)s on the factory's site.\n\n%(factory)s\n"
        ) % {
            "name": notice.user.name,
            "line": line,
            "subject": notice.subject,
            "link": address(notice.link),
            "factory": settings.FACTORY_NAME,
        }
        return Message(notice.user.email, line, body)


def summary(notices: list[Notice]) -> Message:
    """Write one mail about several notices of one person, oldest first."""
    user: User = notices[0].user
    with translation.override(user.language):
        count = len(notices)
        subject = ngettext("%(count)s message for you", "%(count)s messages for you", count) % {
            "count": count
        }
        lines = [f"- {wording(n)}: {n.subject}\n  {address(n.link)}" for n in notices]
        body = _("Dear %(name)s,\n\nThis happened since the last summary.\n\n%(lines)s\n\n%(factory)s\n") % {
            "name": user.name,
            "lines": "\n".join(lines),
            "factory": settings.FACTORY_NAME,
        }
        return Message(user.email, subject, body)


def address(link: str) -> str:
    """Return a link as a mail can carry it: whole, where the factory knows its own address."""
    origins: list[str] = settings.CSRF_TRUSTED_ORIGINS
    return f"{origins[0].rstrip('/')}{link}" if origins else link
