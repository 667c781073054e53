"""Who answers, who confirms, and who sees an assessment."""

from django.db import models

from aifactory.assurance.models import Assessment
from aifactory.assurance.permissions import Permission
from aifactory.audit.confidential import hidden_among, hidden_things, keep_back
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility

#: these see every assessment that is no draft
OVERSEERS = (Role.OFFICE, Role.PANEL, Role.AUDITOR)
#: what assessments are about and may be kept back
SUBJECTS = ("access.application",)


def assessments_visible_to(viewer: Viewer) -> models.QuerySet[Assessment]:
    """An organisation sees its own, overseers all but drafts and those of what is kept from them."""
    if viewer is None:
        return Assessment.objects.none()
    own = models.Q(subject_organisation__in=viewer.organisation_ids)
    if not viewer.has_role(*OVERSEERS):
        return Assessment.objects.filter(own)
    overseen = ~models.Q(state="draft") & ~models.Q(subject__in=hidden_things(viewer, *SUBJECTS))
    return Assessment.objects.filter(own | overseen)


def can_view_assessment(viewer: Viewer, assessment: Assessment) -> bool:
    """Same rule as `assessments_visible_to`, for one assessment."""
    return viewer is not None and (
        _own(viewer, assessment)
        or (
            viewer.has_role(*OVERSEERS)
            and assessment.state != "draft"
            and not hidden_among([assessment.subject], viewer)
        )
    )


def _hidden(viewer: Viewer) -> models.QuerySet[Assessment]:
    """An assessment is kept back as long as what it is about."""
    return Assessment.objects.filter(subject__in=hidden_things(viewer, *SUBJECTS))


def _own(user: User, assessment: Assessment) -> bool:
    return assessment.subject_organisation in user.organisation_ids


keep_back(Assessment, _hidden)
visibility(Assessment, visible_to=assessments_visible_to, can_view=can_view_assessment)

grant(Permission.ANSWER, roles=None, when=_own)
grant(Permission.ASK_AGAIN, roles=None, when=_own)
grant(Permission.ASK_AGAIN, roles={Role.OFFICE})
# Nobody confirms what the own organisation answered.
grant(Permission.CONFIRM, roles={Role.OFFICE}, when=lambda user, assessment: not _own(user, assessment))
