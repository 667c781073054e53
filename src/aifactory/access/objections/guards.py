"""What must hold before somebody handles an objection."""

from typing import Any

from django.utils.translation import gettext as _

from aifactory.kit import clock
from aifactory.kit.errors import NotAllowed, Refused


class GroundsMayStillCome(Refused):
    """The objector still has time to bring the grounds."""


class HadAPartInIt(NotAllowed):
    """Whoever had a part in a decision does not handle the objection to it."""


def has_distance(objection: Any, by: Any) -> None:
    """Raise `HadAPartInIt` for whoever decided, reviewed, screened, or stands too close (Awb 7:5, 10:3)."""
    from aifactory.access.objections.distance import part_in

    if part := part_in(by, objection.application):
        raise HadAPartInIt(
            str(part.sentence),
            rule=part.rule,
            next_step=_("Ask a colleague who had no part in the decision."),
        )


def can_be_taken(objection: Any, by: Any) -> None:
    """Raise `GroundsMayStillCome` while grounds were asked for and their term runs; else as `has_distance`."""
    has_distance(objection, by)
    if objection.state == "repairing" and clock.now() <= objection.grounds_end:
        raise GroundsMayStillCome(
            _("Grounds were asked for, and they may still come."),
            rule="Awb 6:6",
            next_step=_("Wait until they come, or until the term for them ended."),
        )
