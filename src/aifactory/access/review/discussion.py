"""Talking about an application once all its reviews are in: reviewers and panel, on record."""

from django.utils.translation import gettext as _

from aifactory.access.applications.models import Application
from aifactory.access.permissions import Permission
from aifactory.access.review.actions import require_free, reviewing_of
from aifactory.access.review.models import Remark
from aifactory.access.words import words_of
from aifactory.audit.actions import NotPossibleNow, enter
from aifactory.kit.errors import NotAllowed
from aifactory.people.models import Role, User


def remark(application: Application, *, text: str, note: bool = False, by: User) -> Remark:
    """Say something about an application; as a `note` it is what the panel concludes (panel and office only).

    Raises `Invalid`, `NotPossibleNow` before all reviews are in and after the decision, `ReviewerHasConflict`,
    `NotAllowed`.
    """
    reviewing_of(application)
    if not by.may(Permission.DISCUSS, application) or (note and not by.has_role(Role.PANEL, Role.OFFICE)):
        raise NotAllowed(_("You may not do this."), rule=Permission.DISCUSS)
    words = words_of(text, "text", 4000)
    require_free(by, application)
    if application.state != "reviewed" or hasattr(application, "decision"):
        raise NotPossibleNow(
            _("An application is discussed after all its reviews are in, and before the decision."),
            next_step=_("Reload the page to see where it stands now."),
        )
    kind = Remark.Kind.NOTE if note else Remark.Kind.MESSAGE
    made = Remark(application=application, author=by, kind=kind, text=words)
    return enter(made, f"remark:{kind}", by=by, data={"application": application.pk})
