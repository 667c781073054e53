"""Who asks, who reviews and checks, and who sees that it happened.

A request is seen with its project, and by the stewards of the holder. What a job made, and what the rules saw in it, is
for those stewards alone.
"""

from typing import Any

from django.db import models

from aifactory.awards.rules import OVERSEERS, can_view_project, projects_visible_to, works_on
from aifactory.datasets.models import Agreement
from aifactory.people.actors import SystemActor
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility
from aifactory.supercomputer.models import Job
from aifactory.supercomputer.secure.models import CodeReview, OutputFile, Release, Withheld
from aifactory.supercomputer.secure.permissions import Permission

#: Seals what comes plain, and destroys keys when the terms say so.
WARDEN = SystemActor("warden", frozenset({Permission.SEAL, Permission.DESTROY}))


def _withheld_of(thing: Any) -> Withheld:
    match thing:
        case Withheld():
            return thing
        case Release():
            return thing.withheld
        case OutputFile():
            return thing.release.withheld
    raise TypeError(f"{thing!r} is nothing that was withheld")


def _job_of(thing: Any) -> Job:
    job: Job = _withheld_of(thing).attempt.job
    return job


def is_steward_of(viewer: Viewer, holder: str) -> bool:
    """Say whether the person looks after the data of this organisation."""
    return viewer is not None and viewer.has_role(Role.STEWARD) and holder in viewer.organisation_ids


def _held_by(viewer: Viewer) -> frozenset[str] | set[str]:
    return viewer.organisation_ids if viewer is not None and viewer.has_role(Role.STEWARD) else frozenset()


def withheld_visible_to(viewer: Viewer) -> models.QuerySet[Withheld]:
    """What a job made is there for the stewards of the data that it ran on."""
    return Withheld.objects.filter(holder__in=_held_by(viewer))


def releases_visible_to(viewer: Viewer) -> models.QuerySet[Release]:
    """A request is seen with its project, and by the stewards of the holder."""
    if viewer is not None and viewer.has_role(*OVERSEERS):
        return Release.objects.all()
    return Release.objects.filter(
        models.Q(withheld__holder__in=_held_by(viewer))
        | models.Q(withheld__attempt__job__project__in=projects_visible_to(viewer))
    )


def can_view_release(viewer: Viewer, release: Release) -> bool:
    """Same rule as `releases_visible_to`, for one request."""
    return is_steward_of(viewer, release.withheld.holder_id) or can_view_project(
        viewer, _job_of(release).project
    )


def reviews_visible_to(viewer: Viewer) -> models.QuerySet[CodeReview]:
    """A review is seen with the project whose code it is, and by the stewards of the holder."""
    if viewer is not None and viewer.has_role(*OVERSEERS):
        return CodeReview.objects.all()
    return CodeReview.objects.filter(
        models.Q(agreement__offer__dataset__holder__in=_held_by(viewer))
        | models.Q(upload__project__in=projects_visible_to(viewer))
    )


def can_view_review(viewer: Viewer, review: CodeReview) -> bool:
    """Same rule as `reviews_visible_to`, for one review."""
    return is_steward_of(viewer, _holder_of(review.agreement)) or can_view_project(
        viewer, review.upload.project
    )


def _holder_of(agreement: Agreement) -> str:
    return agreement.offer.dataset.holder_id


visibility(
    Withheld,
    visible_to=withheld_visible_to,
    can_view=lambda viewer, kept: is_steward_of(viewer, kept.holder_id),
)
visibility(Release, visible_to=releases_visible_to, can_view=can_view_release)
visibility(
    OutputFile,
    visible_to=lambda viewer: OutputFile.objects.filter(release__in=releases_visible_to(viewer)),
    can_view=lambda viewer, file: can_view_release(viewer, file.release),
)
visibility(CodeReview, visible_to=reviews_visible_to, can_view=can_view_review)


def _is_named(user: User, agreements: list[Agreement]) -> bool:
    return bool(agreements) and all(user.pk in agreement.named for agreement in agreements)


def _asks_for_code(user: User, review: CodeReview) -> bool:
    return _is_named(user, [review.agreement]) and works_on(user, review.upload.project)


def _asks_for_results(user: User, thing: Any) -> bool:
    named = _is_named(user, list(_withheld_of(thing).agreements()))
    return named and works_on(user, _job_of(thing).project)


grant(Permission.ASK_CODE, roles=None, when=_asks_for_code)
grant(Permission.ASK, roles=None, when=_asks_for_results)
grant(
    Permission.REVIEW,
    roles={Role.STEWARD},
    when=lambda user, review: _holder_of(review.agreement) in user.organisation_ids,
)
grant(
    Permission.CHECK,
    roles={Role.STEWARD},
    when=lambda user, thing: _withheld_of(thing).holder_id in user.organisation_ids,
)
