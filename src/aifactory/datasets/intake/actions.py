"""Sending a file in parts: begun, resumed, finished, checked as a whole, or given up.

The parts go to the object store without passing the web process where the store gives addresses; nothing counts
before the worker has read the whole file and found the digest that was promised.
"""

import re
import tempfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire
from aifactory.datasets.intake.files import ALLOWED, FileExists, enter_file, look_at, may_add, name_is_free
from aifactory.datasets.intake.lifecycle import UNDERWAY
from aifactory.datasets.intake.models import SentFile
from aifactory.datasets.intake.rules import INTAKE
from aifactory.datasets.models import DatasetFile, DatasetVersion
from aifactory.datasets.permissions import Permission
from aifactory.datasets.vault import opening
from aifactory.kit import clock
from aifactory.kit.content import promised_type, safe_name, too_large
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.kit.sealed import SEGMENT, SealBroken, sealed_size, unseal
from aifactory.people.models import User
from aifactory.ports.object_store import (
    MOST_PARTS,
    NoSuchObject,
    NoSuchSending,
    ObjectStore,
    PartDoesNotFit,
    StoredPart,
)
from aifactory.ports.registry import get

log = structlog.get_logger()

#: Bytes in a part, where a file does not need larger ones to come in 10,000.
PART = 16 * 1024 * 1024
#: How long an address for a part opens anything, in seconds.
ADDRESS_LIFETIME = 3_600
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class PartsAreMissing(Refused):
    """Not every part has arrived whole."""


class PartRefused(Refused):
    """A part has another size or number than it must have, or nothing is being sent any more."""


class NotWhatWasPromised(Refused):
    """The file that arrived is not the one that was announced."""


def begin(
    version: DatasetVersion, *, by: User, name: str, size: int, digest: str, media_type: str = ""
) -> SentFile:
    """Announce a file: its name, its size in bytes and its SHA-256. What is announced already goes on.

    Raises `Invalid`, `NotAllowed`, `VersionIsFixed`, `FileExists`, `TooLarge`, `TypeLies`, `UnsafeName`.
    """
    may_add(version, by=by)
    _check(size, digest)
    name = safe_name(name)
    promised_type(name, media_type, ALLOWED)
    if (sent := _underway(version, name, by, size, digest)) is not None:
        return sent
    name_is_free(version, name)
    sent = SentFile(
        version=version,
        sender=by,
        path=name,
        media_type=media_type[:60],
        size=size,
        digest=digest,
        part_size=part_size(size),
        salt=opening.new_salt(version.dataset, by=by),
    )
    sent.key = f"datasets/{version.pk}/{sent.pk}"
    sent.sending = get(ObjectStore).begin(sent.key)
    try:
        with transaction.atomic():
            facts = {"version": version.pk, "size": size, "parts": sent.part_count}
            return enter(sent, "intake:begin", by=by, permission=Permission.MANAGE, data=facts)
    except IntegrityError:  # announced twice at once: the other one goes on
        get(ObjectStore).abandon(sent.key, sent.sending)
        other = _underway(version, name, by, size, digest)
        if other is None:
            raise
        return other


def part_size(size: int) -> int:
    """Return the length of a part, in bytes: whole segments of a seal, and at most 10,000 parts."""
    least = -(-size // MOST_PARTS)
    return max(PART, -(-least // SEGMENT) * SEGMENT)


def _check(size: int, digest: str) -> None:
    if size > settings.DATASET_FILE_LIMIT:
        raise too_large(settings.DATASET_FILE_LIMIT)
    if size < 1:
        raise Invalid([FieldError("size", _("An empty file is no data."), "at least 1")])
    if not _DIGEST.fullmatch(digest):
        raise Invalid([FieldError("digest", _("Give the SHA-256 as sha256:<hex>."), "sha256")])


def _underway(version: DatasetVersion, name: str, by: User, size: int, digest: str) -> SentFile | None:
    """Return the same file where it is being sent already. Raises `FileExists` for another one of its name."""
    sent = version.sent_files.filter(path=name, state__in=UNDERWAY).first()
    if sent is not None and (sent.size, sent.digest, sent.sender_id) != (size, digest, by.pk):
        raise FileExists(
            _("Another file called %(name)s is being sent to this version.") % {"name": name},
            field="file",
            next_step=_("Give that one up on the page of the version, or wait until it has arrived."),
        )
    return sent


def stored_size(sent: SentFile, number: int) -> int:
    """Return how many bytes a part has as it is stored. Raises `PartRefused`."""
    try:
        plain = sent.bytes_of_part(number)
    except ValueError as problem:
        raise PartRefused(str(problem), rule="part") from problem
    return sealed_size(plain) if sent.salt else plain


def part_address(sent: SentFile, number: int, *, by: User) -> str | None:
    """Return where to put a part, for an hour; None: to the factory itself. Raises `NotAllowed`, `PartRefused`."""
    _sends(sent, by)
    stored_size(sent, number)
    return get(ObjectStore).part_address(sent.key, sent.sending, number, seconds=ADDRESS_LIFETIME)


def put_part(sent: SentFile, number: int, chunks: Iterable[bytes], *, by: User) -> StoredPart:
    """Take a part where the store gives no addresses, piece by piece. Raises `NotAllowed`, `PartRefused`."""
    _sends(sent, by)
    try:
        return get(ObjectStore).put_part(
            sent.key, sent.sending, number, chunks, size=stored_size(sent, number)
        )
    except (PartDoesNotFit, NoSuchSending) as problem:
        raise PartRefused(str(problem), rule="part") from problem


def arrived(sent: SentFile) -> list[StoredPart]:
    """Return the parts that are there with the size that they must have."""
    if sent.state != "open":
        return []
    try:
        parts = get(ObjectStore).parts(sent.key, sent.sending)
    except NoSuchSending:
        return []
    return [
        part
        for part in parts
        if part.number <= sent.part_count and part.size == stored_size(sent, part.number)
    ]


def finish(sent: SentFile, *, by: User) -> SentFile:
    """Say that everything was sent; the worker does the rest. Raises `NotAllowed`, `PartsAreMissing`."""
    if sent.state == "checking" and sent.sender_id == by.pk:
        return sent
    _sends(sent, by)
    there = {part.number for part in arrived(sent)}
    missing = [number for number in range(1, sent.part_count + 1) if number not in there]
    if missing:
        raise PartsAreMissing(
            _("%(count)s of %(all)s parts are missing; the first is %(number)s.")
            % {"count": len(missing), "all": sent.part_count, "number": missing[0]},
            rule="parts",
            next_step=_("Send the file again with the same command: it goes on where it stopped."),
        )
    return fire(sent, "finish", by=by, data={"version": sent.version_id})


def give_up(sent: SentFile, *, by: User) -> SentFile:
    """Forget a file that is being sent. Raises `NotAllowed`, `NotPossibleNow`."""
    sent = fire(sent, "abandon", by=by, data={"version": sent.version_id})
    get(ObjectStore).abandon(sent.key, sent.sending)
    return sent


def _sends(sent: SentFile, by: User) -> None:
    if sent.sender_id != by.pk or not by.may(Permission.MANAGE, sent.version):
        raise NotAllowed(_("Only the person who began may send this file."), rule=Permission.MANAGE)
    if sent.state != "open":
        raise PartRefused(
            _("This file is not being sent any more: it is “%(state)s”.")
            % {"state": sent.get_state_display()},
            rule="open",
        )


def take_in_sent() -> int:
    """Put together and check every file that was sent; return how many were taken in. Called by the worker.

    One that fails for a reason outside of the file (a full disk, a silent store) is tried again next time.
    """
    rows = SentFile.objects.filter(state="checking").select_related("version__dataset", "sender")
    taken = 0
    for sent in rows.order_by("pk"):
        try:
            taken += take_in(sent) is not None
        except Exception:
            log.exception("intake_failed", sent=sent.pk)
    return taken


def take_in(sent: SentFile) -> DatasetFile | None:
    """Check one file as a whole and enter it, or refuse it with the reason and remove its bytes."""
    try:
        with tempfile.TemporaryDirectory(prefix="intake-") as folder:
            whole = Path(folder, "file")
            _put_together(sent, whole)
            facts = look_at(
                whole, name=sent.path, media_type=sent.media_type, limit=settings.DATASET_FILE_LIMIT
            )
            if (facts.digest, facts.size) != (sent.digest, sent.size):
                raise NotWhatWasPromised(
                    _("The file that arrived is not the one that was announced: its checksum differs."),
                    rule="digest",
                )
            with transaction.atomic():
                file = enter_file(sent.version, whole, facts, key=sent.key, salt=sent.salt, by=sent.sender)
                fire(sent, "keep", by=INTAKE, data={"file": file.pk})
            return file
    except (Refused, NoSuchSending, PartDoesNotFit) as refusal:
        # The state first: of two workers the one that is late must not remove what the other has kept.
        fire(sent, "refuse", by=INTAKE, data={"version": sent.version_id}, reason=str(refusal)[:500])
        get(ObjectStore).abandon(sent.key, sent.sending)
        get(ObjectStore).delete(sent.key)
        return None


def _put_together(sent: SentFile, whole: Path) -> None:
    store = get(ObjectStore)
    store.finish(sent.key, sent.sending)
    try:
        chunks = store.open(sent.key)
        if sent.salt:
            chunks = unseal(chunks, opening.key_of(sent.version.dataset_id, sent.salt, sent.key))
        with whole.open("wb") as file:
            file.writelines(chunks)
    except (NoSuchObject, SealBroken) as problem:
        raise NotWhatWasPromised(str(problem), rule="digest") from problem


def sweep() -> int:
    """Give up what was begun longer ago than `INTAKE_PATIENCE`, in the tables and in the store; return how much.

    The store is asked too: a sending that no row knows of is what a crash left behind.
    """
    limit = clock.now() - timedelta(hours=settings.INTAKE_PATIENCE)
    old = SentFile.objects.filter(state="open", created_at__lt=limit).order_by("pk")
    for sent in old:
        reason = _("It was not finished in time.")
        fire(sent, "abandon", by=INTAKE, data={"version": sent.version_id}, reason=reason)
        get(ObjectStore).abandon(sent.key, sent.sending)
    kept = set(SentFile.objects.filter(state__in=UNDERWAY).values_list("sending", flat=True))
    lost = [x for x in get(ObjectStore).unfinished() if x.begun_at < limit and x.sending not in kept]
    for one in lost:
        get(ObjectStore).abandon(one.key, one.sending)
    return len(old) + len(lost)
