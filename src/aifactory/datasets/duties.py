"""What is owed under an agreement, and what the parties say of it: a duty that was not met stops new use."""

from django.utils.translation import gettext as _

from aifactory.audit.actions import enter
from aifactory.datasets.guards import duties_of
from aifactory.datasets.models import Agreement, DutyStatement
from aifactory.datasets.permissions import Permission
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.people.models import User


class NotYetAgreed(Refused):
    """Nothing is owed under an agreement that never came into force."""


def say_of_duty(agreement: Agreement, *, by: User, duty: str, met: bool, reason: str = "") -> DutyStatement:
    """State that a duty was met, or (the holder's steward only) that it was not, with a reason.

    What the steward called not met, only a steward can call met. Raises `Invalid`, `NotAllowed`, `NotYetAgreed`.
    """
    said = duties_of(agreement)
    if agreement.valid_from is None:
        raise NotYetAgreed(_("Nothing is owed before both have agreed."))
    if duty not in said:
        raise Invalid([FieldError("duty", _("The terms have no such duty."), "closed list")])
    is_steward = by.may(Permission.DECIDE, agreement)
    missed = said[duty] is not None and not said[duty].met  # type: ignore[union-attr]
    if not is_steward and (not met or missed or not by.may(Permission.REQUEST, agreement)):
        raise NotAllowed(
            _("Only the holder's steward may say this."),
            rule=Permission.DECIDE,
            next_step=_("Tell the steward what you did, so that the steward can record it."),
        )
    if not met and not 3 <= len(reason.strip()) <= 500:
        raise Invalid([FieldError("reason", _("Give a reason of at most 500 characters."), "required")])
    statement = DutyStatement(
        agreement=agreement, duty=duty, met=met, reason=reason.strip()[:500], said_by=by
    )
    event = "agreement:meet_duty" if met else "agreement:miss_duty"
    return enter(statement, event, by=by, data={"agreement": agreement.pk, "duty": duty})
