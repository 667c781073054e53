"""What must be true before code goes in or a file comes out, each refusal a sentence."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from aifactory.awards.models import ProjectMember
from aifactory.kit.errors import Refused
from aifactory.ports.identity import Actor
from aifactory.supercomputer.secure import resting

if TYPE_CHECKING:
    from aifactory.supercomputer.secure.models import CodeReview, OutputFile


class NotIndependent(Refused):
    """Who checks may not be who asked, work on the project, or have checked before."""

    status = 403


class OnePersonIsEnough(Refused):
    """The terms ask for one checker."""


class TwoPeopleMustLook(Refused):
    """The terms ask for two checkers, and nobody has looked yet."""


class CannotBeReleased(Refused):
    """An automatic rule forbids it, the file was changed, or the agreement was stopped."""


def is_not_ones_own_code(review: "CodeReview", by: Actor) -> None:
    """Raise `NotIndependent`."""
    _is_stranger(review.agreement.project, by)


def is_independent(file: "OutputFile", by: Actor) -> None:
    """Raise `NotIndependent` for a checker who asked, works on the project, or has looked at this file before."""
    _is_stranger(file.release.withheld.attempt.job.project_id, by)
    if by.id == file.release.asked_by_id:
        raise _not_independent()
    if file.first_checker_id == by.id:
        raise NotIndependent(
            _("You have looked at this file already; somebody else must look too."),
            rule="four eyes",
            next_step=_("Ask another steward of your organisation."),
        )


def needs_another_checker(file: "OutputFile", by: Actor) -> None:
    """Raise `NotIndependent`, `OnePersonIsEnough` or `CannotBeReleased`."""
    is_independent(file, by)
    if file.release.withheld.checkers < 2:
        raise OnePersonIsEnough(_("One check is enough here: release the file, or refuse it."))
    _may_leave(file)


def enough_people_looked(file: "OutputFile", by: Actor) -> None:
    """Raise `NotIndependent`, `TwoPeopleMustLook` or `CannotBeReleased`."""
    is_independent(file, by)
    if file.state == "asked" and file.release.withheld.checkers > 1:
        raise TwoPeopleMustLook(
            _("Two people must look at this file; you are the first."),
            rule="four eyes",
            next_step=_("Approve it; a colleague looks after you."),
        )
    _may_leave(file)


def _is_stranger(project: str, by: Actor) -> None:
    if ProjectMember.objects.filter(project=project, user=by.id, until=None).exists():
        raise _not_independent()


def _not_independent() -> NotIndependent:
    return NotIndependent(
        _("You asked for this or work on the project, so somebody else must check it."),
        rule="nobody checks their own results",
        next_step=_("Ask another steward of your organisation."),
    )


def _may_leave(file: "OutputFile") -> None:
    for sign in file.signs:
        if sign["blocks"]:
            raise CannotBeReleased(
                _("This file is a copy of the data itself."),
                rule=sign["rule"],
                next_step=_("Refuse it, and say what can be released instead."),
            )
    for agreement in file.release.withheld.agreements():
        if agreement.state != "in_force":
            raise CannotBeReleased(
                _("The agreement %(id)s was stopped: nothing leaves under it.") % {"id": agreement.pk},
                rule="in-force",
                next_step=_("Let the agreement go on first, or refuse the file."),
            )
    kept = file.release.withheld
    found = kept.file(file.path)
    if found is None or found["digest"] != file.digest or not resting.holds(kept, found):
        raise CannotBeReleased(
            _("The stored file is not the one that was asked for."),
            rule="digest",
            next_step=_("Refuse it, and tell the factory office."),
        )
