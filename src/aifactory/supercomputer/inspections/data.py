"""What the mount gate gives an inspection: the holder's own version, before anybody can have an agreement on it."""

from typing import Any

from django.utils.translation import gettext as _

from aifactory.audit.actions import note
from aifactory.datasets.contracts import GRANT_LIFETIME, GRANT_TYPE, NoValidAgreement
from aifactory.datasets.guards import has_files
from aifactory.datasets.models import DatasetVersion
from aifactory.datasets.permissions import Permission
from aifactory.datasets.rules import GATE
from aifactory.kit import clock
from aifactory.ports.keys import Signer
from aifactory.ports.registry import get
from aifactory.supercomputer.inspections import RECIPE
from aifactory.supercomputer.models import Attempt, Job

#: States of a version in which a report on it can still be kept.
OPEN = ("draft", "inspected")


class VersionHasChanged(NoValidAgreement):
    """The version is not the one that the inspection was ordered for, or its steward may no longer order one."""


def own_version(job: Job, role: str, version_id: str) -> dict[str, Any] | None:
    """Return the input where a steward has a version of the holder inspected, bound to its files; else None.

    Raises `NoFiles`.
    """
    if job.recipe != RECIPE:
        return None
    version = DatasetVersion.objects.select_related("dataset").filter(pk=version_id, state__in=OPEN).first()
    if version is None or not job.submitted_by.may(Permission.MANAGE, version):
        return None
    has_files(version, job.submitted_by)
    note("version:give_to_inspect", by=GATE, data={"version": version.pk, "project": job.project_id})
    return {"role": role, "dataset_version": version.pk, "version_digest": version.digest}


def version_of(job: Job, given: dict[str, Any]) -> DatasetVersion:
    """Return the version, with the files that it had at submission. Raises `VersionHasChanged`."""
    version = DatasetVersion.objects.select_related("dataset").get(pk=given["dataset_version"])
    may = version.state in OPEN and job.submitted_by.may(Permission.MANAGE, version)
    if not may or version.digest != given["version_digest"]:
        raise VersionHasChanged(
            _("This version is not the one whose inspection was ordered."),
            rule="digest",
            next_step=_("Order the inspection again on the page of the version."),
        )
    return version


def grant(attempt: Attempt, version: DatasetVersion) -> str:
    """Return the signed, short-lived permission for one attempt to read exactly these files, and to inspect them."""
    payload = {
        "attempt": attempt.name,
        "job": attempt.job_id,
        "inspection": True,
        "project": attempt.job.project_id,
        "version": version.pk,
        "version_digest": version.digest,
        "files": sorted({file.digest for file in version.files.all()}),
        "expires_at": clock.stamp(clock.now() + GRANT_LIFETIME),
    }
    return get(Signer).sign_envelope(payload, GRANT_TYPE)
