"""Who answers, who confirms, and who sees an assessment."""

from django.db import models

from aifactory.assurance.models import Assessment
from aifactory.assurance.permissions import Permission
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility

#: these see every assessment that is no draft
OVERSEERS = (Role.OFFICE, Role.PANEL, Role.AUDITOR)


def assessments_visible_to(viewer: Viewer) -> models.QuerySet[Assessment]:
    """An organisation sees its own, overseers all but drafts."""
    if viewer is None:
        return Assessment.objects.none()
    own = models.Q(subject_organisation__in=viewer.organisation_ids)
    overseen = ~models.Q(state="draft") if viewer.has_role(*OVERSEERS) else models.Q(pk__in=[])
    return Assessment.objects.filter(own | overseen)


def can_view_assessment(viewer: Viewer, assessment: Assessment) -> bool:
    """Same rule as `assessments_visible_to`, for one assessment."""
    return viewer is not None and (
        _own(viewer, assessment) or (viewer.has_role(*OVERSEERS) and assessment.state != "draft")
    )


def _own(user: User, assessment: Assessment) -> bool:
    return assessment.subject_organisation in user.organisation_ids


visibility(Assessment, visible_to=assessments_visible_to, can_view=can_view_assessment)

grant(Permission.ANSWER, roles=None, when=_own)
grant(Permission.ASK_AGAIN, roles=None, when=_own)
grant(Permission.ASK_AGAIN, roles={Role.OFFICE})
# Nobody confirms what the own organisation answered.
grant(Permission.CONFIRM, roles={Role.OFFICE}, when=lambda user, assessment: not _own(user, assessment))
