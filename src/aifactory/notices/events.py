"""Which event is worth a message, to whom, in which words, and where it leads."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aifactory.people.models import Role, User


@dataclass(frozen=True)
class Worth:
    """One line of the table. `link` is filled with the thing's id."""

    text: Promise
    to: Callable[[Any], Iterable[User]]
    link: str


def everyone_with(role: Role) -> Callable[[Any], Iterable[User]]:
    """Return a function that finds the active people with a role, whatever the thing."""
    return lambda _thing: [user for user in User.objects.filter(is_active=True) if user.has_role(role)]


def stewards(agreement: Any) -> Iterable[User]:
    """Return the data stewards of the organisation that holds the data."""
    holder = agreement.version.dataset.holder
    members = User.objects.filter(is_active=True, memberships__organisation=holder, memberships__until=None)
    return [user for user in members if user.has_role(Role.STEWARD)]


def submitter(job: Any) -> Iterable[User]:
    """Return who submitted a job."""
    return [job.submitted_by]


def applicant(application: Any) -> Iterable[User]:
    """Return who applies."""
    return [application.applicant]


WORTH: dict[str, Worth] = {
    "application:submit": Worth(
        _("A new application came in"), everyone_with(Role.OFFICE), "/applications/{id}/"
    ),
    "application:find_eligible": Worth(_("Your application is eligible"), applicant, "/applications/{id}/"),
    "application:find_ineligible": Worth(
        _("Your application is not eligible"), applicant, "/applications/{id}/"
    ),
    "application:finish_review": Worth(
        _("All reviews are in"), everyone_with(Role.OFFICE), "/applications/{id}/"
    ),
    "review:assign": Worth(_("You are asked to review"), lambda review: [review.reviewer], "/reviews/{id}/"),
    "agreement:request": Worth(_("Somebody asks to use your data"), stewards, "/agreements/{id}/"),
    "job:succeed": Worth(_("Your job is done"), submitter, "/jobs/{id}/"),
    "job:fail": Worth(_("Your job failed"), submitter, "/jobs/{id}/"),
    "job:lose": Worth(_("Nobody knows how your job ended"), submitter, "/jobs/{id}/"),
    "job:stop": Worth(_("Your job was stopped"), submitter, "/jobs/{id}/"),
    "case:ask": Worth(_("A project asks for advice"), everyone_with(Role.ADVISER), "/cases/{id}/"),
    "case:take": Worth(_("An adviser took your case"), lambda case: [case.asked_by], "/cases/{id}/"),
}
