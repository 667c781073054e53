"""Reads of what waits for a review or a check, and of how it was decided."""

from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from aifactory.audit.record import plain
from aifactory.kit.errors import NotFound
from aifactory.people.models import User
from aifactory.people.rules import visible
from aifactory.supercomputer import recipes
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.secure.actions import LOG
from aifactory.supercomputer.secure.models import CodeReview, OutputFile, Release, Withheld
from aifactory.supercomputer.secure.permissions import Permission
from aifactory.supercomputer.secure.rules import reviews_visible_to, withheld_visible_to

OPEN_FILE = ("asked", "half")


def reviews(viewer: Any) -> models.QuerySet[CodeReview]:
    """Return the reviews of code that the viewer sees, newest first, with what a list shows."""
    rows = visible(CodeReview, viewer).select_related(
        "agreement__offer__dataset__holder", "upload", "asked_by", "decided_by"
    )
    return rows.order_by("-pk")


def releases(viewer: Any) -> models.QuerySet[Release]:
    """Return the requests to take results out that the viewer sees, newest first, with their files."""
    rows = visible(Release, viewer).select_related(
        "withheld__attempt__job__project", "withheld__holder", "asked_by"
    )
    return rows.prefetch_related("files").order_by("-pk")


def code_to_review(user: User) -> models.QuerySet[CodeReview]:
    """Return the code that waits for this steward."""
    held = user.organisation_ids if user.may(Permission.REVIEW) else []
    waiting = reviews_visible_to(user).filter(state="asked", agreement__offer__dataset__holder__in=held)
    return waiting.select_related("upload", "agreement__offer__dataset").order_by("pk")


def files_to_check(user: User) -> models.QuerySet[OutputFile]:
    """Return the files that wait for this checker and that this person did not check or ask for."""
    waiting = OutputFile.objects.filter(
        state__in=OPEN_FILE, release__withheld__in=withheld_visible_to(user)
    ).exclude(release__asked_by=user)
    mine = models.Q(first_checker=user)
    return waiting.exclude(mine).select_related("release__withheld__attempt__job").order_by("pk")


def withheld_of(job: Job) -> list[Withheld]:
    """Return what the attempts of a job left in the secure environment, the newest first."""
    return list(
        Withheld.objects.filter(attempt__job=job).select_related("attempt").order_by("-attempt__number")
    )


def kept_of(attempt: Attempt) -> Withheld:
    """Return what a run left in the secure environment. Raises `NotFound`."""
    kept = Withheld.objects.filter(attempt=attempt).select_related("attempt__job__project", "holder").first()
    if kept is None:
        raise NotFound(
            _("This run left nothing in the secure environment."),
            next_step=_("Wait until it has ended, or look at its results."),
        )
    return kept


def names_to_expect(job: Job) -> list[str]:
    """Return the names that the recipe says it writes, and the log: known without a look at what was written."""
    recipe = recipes.available().get(job.recipe)
    declared = [name for name in recipe.outputs if not name.endswith("/")] if recipe else []
    return [*declared, LOG]


def review_facts(review: CodeReview) -> dict[str, Any]:
    """Return one review as the API shows it; sizes in bytes."""
    return {
        "id": review.pk,
        "agreement": review.agreement_id,
        "upload": review.upload_id,
        "digest": review.digest,
        "files": [{k: file[k] for k in ("path", "digest", "size")} for file in review.upload.files],
        "asked_by": review.asked_by_id,
        "explanation": review.explanation,
        "state": review.state,
        "reason": review.reason,
        "created_at": plain(review.created_at),
        "decided_at": plain(review.decided_at),
    }


def release_facts(release: Release, viewer: User) -> dict[str, Any]:
    """Return one request as this viewer may read it: what the rules saw, and figures, are for checkers alone."""
    checks = viewer.may(Permission.CHECK, release)
    return {
        "id": release.pk,
        "attempt": release.withheld.attempt_id,
        "job": release.withheld.attempt.job_id,
        "checkers": release.withheld.checkers,
        "asked_by": release.asked_by_id,
        "reason": release.reason,
        "created_at": plain(release.created_at),
        "files": [file_facts(file, whole=checks) for file in sorted(release.files.all(), key=lambda f: f.pk)],
    }


def file_facts(file: OutputFile, *, whole: bool) -> dict[str, Any]:
    """Return one file; its size, digest and signs for checkers, and for everybody once it is released."""
    shown = whole or file.state == "released"
    return {
        "id": file.pk,
        "path": file.path,
        "state": file.state,
        "reason": file.reason,
        "decided_at": plain(file.decided_at),
        "size": file.size if shown else None,
        "digest": file.digest if shown else None,
        "signs": file.signs if whole else None,
        "first_reason": file.first_reason if whole else "",
    }
