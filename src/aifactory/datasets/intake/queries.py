"""What is known of files that are being sent."""

import base64
from typing import Any

from django.db.models import QuerySet

from aifactory.audit.record import plain
from aifactory.datasets.intake.actions import arrived
from aifactory.datasets.intake.lifecycle import UNDERWAY
from aifactory.datasets.intake.models import SentFile
from aifactory.datasets.models import DatasetVersion
from aifactory.datasets.vault import opening
from aifactory.kit.sealed import SEGMENT
from aifactory.people.rules import visible


def underway(version: DatasetVersion, viewer: Any) -> QuerySet[SentFile]:
    """Return the files that are being sent to a version, and those that were not taken in, newest first."""
    rows = visible(SentFile, viewer).filter(version=version, state__in=(*UNDERWAY, "refused"))
    return rows.select_related("sender").order_by("-pk")


def waiting() -> bool:
    """Say whether something was sent that is not checked yet."""
    return SentFile.objects.filter(state="checking").exists()


def sent_facts(sent: SentFile) -> dict[str, Any]:
    """Return one as the list shows it."""
    return {
        "id": sent.pk,
        "version": sent.version_id,
        "path": sent.path,
        "size": sent.size,
        "digest": sent.digest,
        "state": sent.state,
        "reason": sent.reason,
        "begun_at": plain(sent.created_at),
        "part_size": sent.part_size,
        "parts": sent.part_count,
    }


def sending_facts(sent: SentFile, viewer: Any) -> dict[str, Any]:
    """Return one with the parts that arrived, and for its sender alone how parts are sealed."""
    seal = None
    if sent.salt and sent.state == "open" and sent.sender_id == viewer.pk:
        key = opening.key_of(sent.version.dataset_id, sent.salt, sent.key)
        seal = {"key": base64.b64encode(key).decode(), "segment": SEGMENT}
    there = [{"number": p.number, "size": p.size, "tag": p.tag} for p in arrived(sent)]
    return sent_facts(sent) | {"arrived": there, "seal": seal}
