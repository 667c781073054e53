"""What a project has stored, until when it is kept, and what holds it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from aifactory.access.models import Objection
from aifactory.access.objections.lifecycle import OPEN
from aifactory.audit.record import plain
from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.people.terms.models import Suspension
from aifactory.registry.models import ModelVersion
from aifactory.supercomputer.models import Attempt
from aifactory.supercomputer.secure.models import Withheld
from aifactory.supercomputer.uploads.models import Upload
from aifactory.transparency.retention.models import Retention
from aifactory.transparency.retention.policy import in_force


@dataclass(frozen=True)
class Stored:
    """One file in the store: whose it is (an attempt or an upload), its path there, key, digest and size in bytes."""

    of: str
    path: str
    key: str
    digest: str
    size: int


def today() -> date:
    """Return the day in the factory's time zone."""
    return clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def delete_on(project: Project) -> date:
    """Return the first day on which the project's data may be deleted, as its end stands now."""
    ends = [project.ends_at, *project.lines.values_list("ends_at", flat=True)]
    return in_force(clock.now()).goes_on(max(ends), ZoneInfo(settings.TIME_ZONE))


def stored(project: Project) -> list[Stored]:
    """Return what goes with the project: results and uploads, but no file of a registered model. Four queries.

    What stays in the secure environment goes too, without its name and digest.
    """
    attempts = Attempt.objects.filter(job__project=project).order_by("pk").values_list("pk", "outputs")
    uploads = Upload.objects.filter(project=project).order_by("pk").values_list("pk", "files")
    versions = ModelVersion.objects.filter(model__project=project).values_list("files", flat=True)
    kept = {file["key"] for files in versions for file in files}
    found = {file.key: file for file in _unnamed(project)} | {f.key: f for f in _files([*attempts, *uploads])}
    return [file for file in found.values() if file.key not in kept]


def _unnamed(project: Project) -> Iterator[Stored]:
    rows = Withheld.objects.filter(attempt__job__project=project).order_by("pk")
    for of, files in rows.values_list("attempt_id", "files"):
        for file in files:
            yield Stored(of, "", file["key"], "", file["size"])


def _files(rows: list[tuple[str, list[dict[str, Any]]]]) -> Iterator[Stored]:
    for of, files in rows:
        for file in files:
            yield Stored(of, file["path"], file["key"], file["digest"], file["size"])


def held(project: Project) -> str:
    """Return why nothing of the project is deleted now, in a sentence; empty where nothing holds it."""
    if (
        project.application
        and Objection.objects.filter(application=project.application, state__in=OPEN).exists()
    ):
        return _("An objection about the project is open.")
    if Suspension.objects.filter(subject=project.thing, state="in_force").exists():
        return _("The project is suspended.")
    return ""


def retention_facts(project: Project) -> dict[str, Any]:
    """Return until when a project's data is kept and how much that is; or what was deleted, and when."""
    kept = Retention.objects.filter(project=project).first()
    files = stored(project)
    gone = kept is not None and kept.state == "deleted"
    return {
        "project": project.pk,
        "state": kept.state if kept else "not_ended",
        "delete_on": plain(kept.delete_on if kept else delete_on(project)),
        "held": "" if gone else held(project),
        "files": kept.files if kept and gone else len(files),
        "bytes": kept.size if kept and gone else sum(file.size for file in files),
        "deleted_at": plain(kept.deleted_at) if kept else None,
        "deleted": kept.deleted if kept else [],
        "policy": kept.policy if kept else in_force(clock.now()).name,
    }
