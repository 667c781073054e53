"""From a request to an agreement in force, and to the end of it; and the data under it."""

from datetime import UTC, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire
from aifactory.awards.models import Project
from aifactory.datasets import contracts, guards
from aifactory.datasets import vocabulary as v
from aifactory.datasets.models import Agreement, DatasetVersion, Mount, Offer
from aifactory.datasets.permissions import Permission
from aifactory.datasets.rules import GATE, STANDING_OFFER
from aifactory.datasets.terms import read
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.people.models import User
from aifactory.ports.identity import Actor


class OfferIsClosed(Refused):
    """The offer takes no requests."""


class AskedAlready(Refused):
    """There is a live agreement for this project, version and purpose."""


class PurposeDiffers(Refused):
    """The project was granted for another purpose."""


def request_agreement(
    offer: Offer, *, by: User, version: DatasetVersion, project: Project, purpose: str, explanation: str = ""
) -> Agreement:
    """Ask to use a version for a project. Under a self-service offer the holder has agreed beforehand.

    Raises `Invalid`, `NotAllowed`, `OfferIsClosed`, `PurposeDiffers`, `TermsDoNotAllow`, `AskedAlready`.
    """
    _check_request(offer, version=version, project=project, purpose=purpose, explanation=explanation)
    agreement = Agreement(
        offer=offer,
        version=version,
        organisation=project.organisation,
        project=project.pk,
        requested_by=by,
        purpose=purpose,
        explanation=explanation,
        terms=offer.terms,
        valid_until=_end(offer, project),
    )
    guards.terms_still_allow(agreement, by)
    try:
        with transaction.atomic():
            enter(agreement, "agreement:request", by=by, permission=Permission.REQUEST)
            if offer.self_service:
                _agree(agreement, by=STANDING_OFFER, person=offer.offered_by_id)
    except IntegrityError as problem:
        raise AskedAlready(
            _("There is a request or agreement for this project, version and purpose already."),
            next_step=_("Open it under Agreements."),
        ) from problem
    return agreement


def _check_request(
    offer: Offer, *, version: DatasetVersion, project: Project, purpose: str, explanation: str
) -> None:
    errors = []
    if purpose not in v.PURPOSES:
        errors.append(FieldError("purpose", _("Choose one of the list."), "closed list"))
    if version.dataset_id != offer.dataset_id or version.state != "published":
        errors.append(FieldError("version", _("Choose a published version of this dataset."), "published"))
    if project.state != "active":
        errors.append(FieldError("project", _("Choose a project that is active."), "active"))
    if len(explanation) > 2_000:
        errors.append(FieldError("explanation", _("This is too long."), "at most 2000 characters"))
    if errors:
        raise Invalid(errors)
    if offer.state != "open" or offer.dataset.state != "published":
        raise OfferIsClosed(_("This offer takes no new requests."), next_step=_("Choose another offer."))
    if project.purpose and project.purpose != purpose:
        raise PurposeDiffers(
            _("The project was granted for another purpose: %(purpose)s.") % {"purpose": project.purpose},
            field="purpose",
            rule="purpose limitation (GDPR article 5(1)(b))",
            next_step=_("Ask for the purpose of the project, or ask the office to change the project."),
        )


def _end(offer: Offer, project: Project) -> datetime:
    """The end of the project, or of the last day (UTC) that the terms allow, whichever comes first."""
    until = read(offer.terms).until
    if until is None:
        return project.ends_at
    return min(project.ends_at, datetime.combine(until, time.min, UTC) + timedelta(days=1))


def decide_request(agreement: Agreement, *, by: User, agree: bool, reason: str = "") -> Agreement:
    """The holder's steward says yes (which signs for the holder) or no, with a reason for a no."""
    if agree:
        return _agree(agreement, by=by, person=by.pk)
    _need_reason(reason)
    return fire(agreement, "refuse", by=by, reason=reason, stopped_at=clock.now())


def _agree(agreement: Agreement, *, by: Actor, person: str) -> Agreement:
    agreement.valid_from = clock.now()
    changes = {
        "valid_from": agreement.valid_from,
        "digest": agreement.contract_digest(),
        "holder_signature": contracts.signature(agreement, party="holder", person=person),
    }
    return fire(agreement, "agree", by=by, data={"contract": changes["digest"]}, **changes)


def conclude(agreement: Agreement, *, by: User) -> Agreement:
    """A person who may bind the user's organisation signs; from now on the data can be used."""
    if agreement.state == "agreed" and by.may(Permission.SIGN, agreement):
        contracts.signed_by(agreement, "holder")
        envelope = contracts.signature(agreement, party="user", person=by.pk)
        return fire(
            agreement, "conclude", by=by, data={"contract": agreement.digest}, user_signature=envelope
        )
    return fire(agreement, "conclude", by=by)


def suspend_agreement(agreement: Agreement, *, by: Actor, reason: str) -> Agreement:
    """Stop all use for now; running jobs are stopped within seconds."""
    _need_reason(reason)
    return fire(agreement, "suspend", by=by, reason=reason, stopped_at=clock.now())


def resume_agreement(agreement: Agreement, *, by: Actor) -> Agreement:
    """Let a suspended agreement go on."""
    return fire(agreement, "resume", by=by, reason="", stopped_at=None)


def end_agreement(agreement: Agreement, *, by: Actor, reason: str) -> Agreement:
    """End it for good; either party and the office may."""
    _need_reason(reason)
    return fire(agreement, "end", by=by, reason=reason, stopped_at=clock.now())


def _need_reason(reason: str) -> None:
    if not 3 <= len(reason.strip()) <= 500:
        raise Invalid([FieldError("reason", _("Give a reason of at most 500 characters."), "required")])


def mount_grant(agreement: Agreement, *, version: DatasetVersion, project: str, attempt: str) -> str:
    """Return a signed grant (DSSE) for one attempt, valid for at most an hour; every first use is recorded.

    Everything is checked anew on fresh rows. Raises `NoValidAgreement` with what to do.
    """
    found = Agreement.objects.select_related("version__dataset", "offer__dataset", "organisation").get(
        pk=agreement.pk
    )
    contracts.check(found, version=version, project=project, purpose="")
    if not found.mounts.filter(attempt=attempt).exists():
        enter(
            Mount(agreement=found, attempt=attempt),
            "dataset:mount",
            by=GATE,
            data={"agreement": found.pk, "version": version.pk, "attempt": attempt},
        )
    return contracts.grant(found, version=found.version, attempt=attempt)
