"""Turns sealed events into notices, once each; and what a person does with theirs."""

import secrets
from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import note
from aifactory.audit.models import Event, Seal
from aifactory.audit.record import Record
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import FieldError, Invalid
from aifactory.notices.events import Worth, lines_of
from aifactory.notices.mailing import mail_due, way_of
from aifactory.notices.models import Bookmark, Feed, Notice, Wish
from aifactory.notices.reminders import remind
from aifactory.notices.topics import QUIETABLE
from aifactory.people.actions import speak
from aifactory.people.models import User
from aifactory.people.rules import can_view, visibilities

BATCH = 200


def deliver() -> int:
    """Make notices of what was sealed since the last time and of what is due; mail what waits.

    Returns how many mails went out.
    """
    while _read_on():
        pass
    remind()
    return mail_due()


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
            if lines := lines_of(seal.event.name):
                _notify(seal.event, lines)
        if seals:
            Bookmark.objects.filter(pk=1).update(position=seals[-1].position + 1)
    return len(seals) == BATCH


def _notify(event: Event, lines: Collection[tuple[str, Worth]]) -> None:
    label, _colon, pk = event.thing.partition(":")
    record: Record | None = apps.get_model(label)._base_manager.filter(pk=pk).first()  # noqa: SLF001
    if record is None:
        return
    for line in lines:
        _kind, worth = line
        about = worth.about(record)
        people = {user.pk: user for user in worth.to(record) if user is not None}
        concerned = [user for user in people.values() if _hears(user, worth, event, about)]
        wishes = Wish.objects.in_bulk([user.pk for user in concerned])
        made = [_notice(line, event, about, user, wishes.get(user.pk)) for user in concerned]
        Notice.objects.bulk_create(made, ignore_conflicts=True)


def _hears(user: User, worth: Worth, event: Event, about: Record) -> bool:
    """A person with a conflict of interest does not see the file, so a message must not name it either."""
    if not user.is_active or (event.actor == user.pk and not worth.even_self):
        return False
    return type(about) not in visibilities() or can_view(user, about)


def _notice(line: tuple[str, Worth], event: Event, about: Record, user: User, wish: Wish | None) -> Notice:
    kind, worth = line
    now = clock.now()
    channel, try_at = way_of(worth.topic, wish, now)
    return Notice(
        user=user,
        cause=f"event:{event.pk}:{kind}",
        kind=kind,
        thing=about.thing,
        link=worth.link.format(id=about.pk),
        subject=str(about)[:200],
        created_at=now,
        channel=channel,
        try_at=try_at,
    )


def read(user: User, notice_id: str) -> None:
    """Mark one of a person's notices as read; twice is fine."""
    Notice.objects.filter(user=user, pk=notice_id, read_at=None).update(read_at=clock.now())


def read_all(user: User) -> None:
    """Mark all of a person's notices as read."""
    Notice.objects.filter(user=user, read_at=None).update(read_at=clock.now())


def wish(*, by: User, language: str, rhythm: str, hour: int, weekday: int, quiet: Collection[str]) -> Wish:
    """Keep how a person wants to hear. `hour` 0-23 of the factory's day, `weekday` 0-6 from Monday.

    Raises `Invalid`. What is waiting for a summary already keeps the moment it was given.
    """
    errors = [
        FieldError(field, _("Choose one of the list."), "closed list")
        for field, known in (
            ("language", language in dict(settings.LANGUAGES)),
            ("rhythm", rhythm in Wish.Rhythm.values),
            ("hour", 0 <= hour <= 23),
            ("weekday", 0 <= weekday <= 6),
        )
        if not known
    ]
    if not set(quiet) <= set(QUIETABLE):
        errors.append(
            FieldError("quiet", _("This is always mailed: a right or a term depends on it."), "always mailed")
        )
    if errors:
        raise Invalid(errors)
    values: dict[str, Any] = {"rhythm": rhythm, "hour": hour, "weekday": weekday, "quiet": sorted(set(quiet))}
    with transaction.atomic():
        speak(by, language)
        return Wish.objects.update_or_create(user=by, defaults=values)[0]


def open_feed(*, by: User) -> str:
    """Make a secret address for a person's calendar and return its secret, shown this once; an old one ends."""
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        Feed.objects.update_or_create(
            user=by, defaults={"digest": digest(secret.encode()), "made_at": clock.now()}
        )
        note("calendar:open", by=by)
    return secret


def close_feed(*, by: User) -> None:
    """End a person's calendar address; without one, nothing happens."""
    if Feed.objects.filter(user=by).delete()[0]:
        note("calendar:close", by=by)
