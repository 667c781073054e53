"""Turns sealed events into notices, once each, and mails them until they went out."""

from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from aifactory.audit.models import Seal
from aifactory.audit.record import Record
from aifactory.kit import clock
from aifactory.notices.events import WORTH
from aifactory.notices.models import Bookmark, Notice
from aifactory.people.models import User
from aifactory.ports.mail import Mailer, Message
from aifactory.ports.registry import get

BATCH = 200
MOST_TRIES = 8
#: the wait after a first try that failed; it doubles with each
PAUSE = timedelta(minutes=1)


def deliver() -> int:
    """Make notices of what was sealed since the last time, and mail what waits. Returns how many went out."""
    while _read_on():
        pass
    return sum(_mail(notice) for notice in _waiting())


def _read_on() -> bool:
    """Take the next events of the log; the bookmark moves in the same transaction, so none is taken twice."""
    with transaction.atomic():
        bookmark, _made = Bookmark.objects.select_for_update().get_or_create(pk=1)
        seals = list(
            Seal.objects.filter(position__gte=bookmark.position)
            .order_by("position")
            .select_related("event")[:BATCH]
        )
        for seal in seals:
            event = seal.event
            if event.name in WORTH:
                _notify(event.pk, event.name, event.thing)
        if seals:
            Bookmark.objects.filter(pk=1).update(position=seals[-1].position + 1)
    return len(seals) == BATCH


def _notify(event: int, name: str, thing: str) -> None:
    label, _colon, pk = thing.partition(":")
    record: Record | None = apps.get_model(label)._base_manager.filter(pk=pk).first()  # noqa: SLF001
    if record is None:
        return
    worth, now = WORTH[name], clock.now()
    Notice.objects.bulk_create(
        [
            Notice(
                user=user,
                event=event,
                kind=name,
                link=worth.link.format(id=pk),
                subject=str(record)[:200],
                created_at=now,
                try_at=now,
            )
            for user in worth.to(record)
        ],
        ignore_conflicts=True,
    )


def _waiting() -> list[Notice]:
    return list(
        Notice.objects.filter(mailed_at=None, try_at__lte=clock.now(), tries__lt=MOST_TRIES)
        .select_related("user")
        .order_by("pk")[:BATCH]
    )


def _mail(notice: Notice) -> int:
    """Mail one notice. Its next try is set first: nobody else finds it due meanwhile, and a crash costs a wait."""
    claimed = Notice.objects.filter(pk=notice.pk, mailed_at=None, tries=notice.tries).update(
        tries=F("tries") + 1, try_at=clock.now() + PAUSE * 2**notice.tries
    )
    if not claimed:
        return 0
    try:
        get(Mailer).send(written(notice))
    except OSError:
        return 0
    return Notice.objects.filter(pk=notice.pk).update(mailed_at=clock.now())


def written(notice: Notice) -> Message:
    """Write the mail in the person's language. It names the matter and says nothing of its content."""
    with translation.override(notice.user.language):
        line = str(WORTH[notice.kind].text)
        body = _(
            "Dear %(name)s,\n\n%(line)s: %(subject)s.\n\nSee %(link)s on the factory's site.\n\n%(factory)s\n"
        ) % {
            "name": notice.user.name,
            "line": line,
            "subject": notice.subject,
            "link": notice.link,
            "factory": settings.FACTORY_NAME,
        }
        return Message(notice.user.email, line, body)


def read(user: User, notice_id: str) -> None:
    """Mark one of a person's notices as read; twice is fine."""
    Notice.objects.filter(user=user, pk=notice_id, read_at=None).update(read_at=clock.now())


def read_all(user: User) -> None:
    """Mark all of a person's notices as read."""
    Notice.objects.filter(user=user, read_at=None).update(read_at=clock.now())
