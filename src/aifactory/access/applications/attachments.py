"""Documents that go with an application."""

from collections.abc import Iterator
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.access.applications.actions import draft
from aifactory.access.applications.models import Application, Attachment
from aifactory.access.permissions import Permission
from aifactory.access.review.blinding import double_blind
from aifactory.audit.actions import enter
from aifactory.kit import clock
from aifactory.kit.content import ContentLimits, inspect
from aifactory.kit.errors import NotAllowed, NotFound
from aifactory.ports.identity import Actor
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get

_CHUNK = 1 << 20


def attach(
    application: Application, slot: str, *, path: Path, name: str, media_type: str = "", by: Actor
) -> Attachment:
    """Add a document to a draft in place of the one in that slot. `path` holds the bytes received.

    What the file truly is decides, not its name. Raises `NotFound` for a slot that the form does not have,
    `TooLarge`, `TypeLies`, `UnsafeName`, `AlreadySubmitted`, `NotAllowed`.
    """
    if not by.may(Permission.EDIT, application):
        raise NotAllowed(_("You may not do this."), rule=Permission.EDIT)
    try:
        wanted = application.call.mode.slot(slot)
    except KeyError:
        raise NotFound(_("This form asks for no such document.")) from None
    limits = ContentLimits(size=wanted.most_bytes)
    facts = inspect(
        path, declared_name=name, declared_type=media_type, allowed=wanted.media_types, limits=limits
    )
    attachment = Attachment(application=application, slot=slot, name=facts.name, media_type=facts.media_type)
    attachment.identifying = wanted.identifying and double_blind(application)
    attachment.key = f"access/{application.pk}/{attachment.pk}"
    store = get(ObjectStore)
    stored = store.put(attachment.key, _chunks(path), limit=wanted.most_bytes)
    attachment.size, attachment.digest = stored.size, stored.digest
    try:
        with transaction.atomic():
            _replace(draft(application), slot, by=by)
            data = {"application": application.pk, "digest": stored.digest}
            return enter(attachment, "attachment:add", by=by, data=data)
    except BaseException:
        store.delete(attachment.key)
        raise


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _replace(application: Application, slot: str, *, by: Actor) -> None:
    for old in application.attachments.filter(slot=slot, replaced_at=None):
        old.replaced_at = clock.now()
        enter(old, "attachment:replace", by=by, fields=["replaced_at"])


def remove(application: Application, slot: str, *, by: Actor) -> None:
    """Take the document in a slot out of a draft; none there is fine."""
    if not by.may(Permission.EDIT, application):
        raise NotAllowed(_("You may not do this."), rule=Permission.EDIT)
    with transaction.atomic():
        _replace(draft(application), slot, by=by)
