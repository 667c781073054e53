"""From a request to an agreement in force, and to the end of it; and the data under it."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import NotPossibleNow, enter, fire
from aifactory.awards.models import Project
from aifactory.awards.rules import works_on
from aifactory.datasets import contracts, guards
from aifactory.datasets import vocabulary as v
from aifactory.datasets.models import Agreement, DatasetVersion, Mount, Offer
from aifactory.datasets.permissions import Permission
from aifactory.datasets.rules import GATE, STANDING_OFFER
from aifactory.datasets.terms import read, write
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.people.models import User
from aifactory.ports.identity import Actor


class OfferIsClosed(Refused):
    """The offer takes no requests."""


class AskedAlready(Refused):
    """There is a live agreement for this project, version and purpose."""


class NothingToRenew(Refused):
    """The agreement is not in force, or a renewal would add no time."""


class PurposeDiffers(Refused):
    """The project was granted for another purpose."""


def request_agreement(
    offer: Offer,
    *,
    by: User,
    version: DatasetVersion,
    project: Project,
    purpose: str,
    explanation: str = "",
    persons: Sequence[User] = (),
) -> Agreement:
    """Ask to use a version for a project. Under a self-service offer the holder has agreed beforehand.

    `persons` are the people of the project who may use the data where the terms name people; who asks, if left out.
    Raises `Invalid`, `NotAllowed`, `OfferIsClosed`, `PurposeDiffers`, `TermsDoNotAllow`, `AskedAlready`.
    """
    _check_request(offer, version=version, project=project, purpose=purpose, explanation=explanation)
    check_persons(project, persons)
    return _enter_request(
        Agreement(
            offer=offer,
            version=version,
            organisation=project.organisation,
            project=project.pk,
            requested_by=by,
            purpose=purpose,
            explanation=explanation,
            persons=sorted({person.pk for person in persons}),
            terms=offer.terms,
            valid_until=_end(offer.terms, project),
        ),
        by=by,
    )


def _enter_request(agreement: Agreement, *, by: User) -> Agreement:
    offer = agreement.offer
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


def check_persons(project: Project, persons: Sequence[User]) -> None:
    """Raise `Invalid` where somebody does not work on the project."""
    if strangers := [person for person in persons if not works_on(person, project)]:
        told = _("Name people who work on the project; %(name)s does not.") % {"name": strangers[0].name}
        raise Invalid([FieldError("persons", told, "people of the project")])


def _end(terms: dict[str, Any], project: Project) -> datetime:
    """The end of the project, or of the last day (UTC) that the terms allow, whichever comes first."""
    until = read(terms).until
    if until is None:
        return project.ends_at
    return min(project.ends_at, datetime.combine(until, time.min, UTC) + timedelta(days=1))


def decide_request(
    agreement: Agreement, *, by: User, agree: bool, reason: str = "", seen: str | None = None
) -> Agreement:
    """The holder's steward says yes (which signs for the holder) or no, with a reason for a no.

    `seen` is the digest of the terms that were read; left out: those of `agreement` as it is given. Raises
    `NotPossibleNow` where they are others by now.
    """
    if agree:
        return _agree(agreement, by=by, person=by.pk, seen=seen)
    need_reason(reason)
    return fire(agreement, "refuse", by=by, reason=reason, stopped_at=clock.now())


@transaction.atomic
def _agree(
    agreement: Agreement, *, by: Actor, person: str, seen: str | None = None, step: str = "agree"
) -> Agreement:
    if by.may(agreement.LIFECYCLE.transition(step).permission, agreement):  # who may not is told so by `fire`
        _hold_as_seen(agreement, digest(agreement.terms) if seen is None else seen)
    agreement.valid_from = _begin(agreement)
    changes: dict[str, Any] = {
        "valid_from": agreement.valid_from,
        "digest": agreement.contract_digest(),
        "holder_signature": contracts.signature(agreement, party="holder", person=person),
    }
    return fire(agreement, step, by=by, data={"contract": changes["digest"]}, **changes)


def _hold_as_seen(agreement: Agreement, seen: str) -> None:
    """Keep the terms as they are to the end of the transaction: either side may propose others at any moment."""
    rows: Any = Agreement._base_manager.select_for_update()  # noqa: SLF001 - Django's own name
    agreement.terms = rows.values_list("terms", flat=True).get(pk=agreement.pk)
    if digest(agreement.terms) != seen:
        raise NotPossibleNow(
            _("These are not the terms that you read."),
            rule="the terms that were read",
            next_step=_("Read the terms again: somebody may have proposed others."),
        )


def _begin(agreement: Agreement) -> datetime:
    """A renewal begins when the agreement before it runs out; any other begins now."""
    before = agreement.renews
    if before is None or before.state != "in_force":
        return clock.now()
    return max(clock.now(), before.valid_until)


def counter_request(agreement: Agreement, *, by: User, terms: dict[str, Any]) -> Agreement:
    """The holder's steward proposes other terms. Accepted, they bind the holder without another decision.

    Raises `Invalid`, `NotAllowed`, `TermsDoNotAllow` where the new terms do not fit what was asked for.
    """
    return _propose(agreement, "counter", terms, by=by, steward=by)


def propose_terms(agreement: Agreement, *, by: User, terms: dict[str, Any]) -> Agreement:
    """Who asked answers a proposal with one of their own; the holder decides again. Raises as above."""
    return _propose(agreement, "propose", terms, by=by, steward=None)


def _propose(
    agreement: Agreement, step: str, terms: dict[str, Any], *, by: User, steward: User | None
) -> Agreement:
    agreement.terms = write(terms).document()
    project = Project.objects.get(pk=agreement.project)
    changes = {
        "terms": agreement.terms,
        "valid_until": _end(agreement.terms, project),
        "proposed_by": steward,
    }
    return fire(agreement, step, by=by, data={"terms": digest(agreement.terms)}, **changes)


def accept_terms(agreement: Agreement, *, by: User, seen: str | None = None) -> Agreement:
    """Who asked accepts what the holder's steward proposed, which signs for the holder in that steward's name.

    `seen` is as in `decide_request`.
    """
    if agreement.proposed_by_id is None:
        # Whatever the state is, the lifecycle says what is possible now.
        return fire(agreement, "accept", by=by)
    return _agree(agreement, by=by, person=agreement.proposed_by_id, seen=seen, step="accept")


def renew_agreement(agreement: Agreement, *, by: User, explanation: str = "") -> Agreement:
    """Ask to go on after an agreement runs out, under the newest open offer; jobs run on across the seam.

    Raises `NothingToRenew`, and what `request_agreement` raises.
    """
    project = Project.objects.get(pk=agreement.project)
    explanation = explanation or agreement.explanation
    offers = agreement.offer.dataset.offers.filter(state="open").order_by("-pk")
    offer = offers.first() or agreement.offer
    _check_request(
        offer,
        version=agreement.version,
        project=project,
        purpose=agreement.purpose,
        explanation=explanation,
    )
    end = _end(offer.terms, project)
    if agreement.state != "in_force" or end <= max(agreement.valid_until, clock.now()):
        raise NothingToRenew(
            _("This agreement can't be renewed: it isn't in force, or a new one would end no later."),
            next_step=_("Ask under another offer, or ask the office about the end of the project."),
        )
    renewal = Agreement(
        renews=agreement,
        offer=offer,
        version=agreement.version,
        organisation=agreement.organisation,
        project=agreement.project,
        requested_by=by,
        purpose=agreement.purpose,
        explanation=explanation,
        persons=agreement.persons if agreement.persons_now is None else agreement.persons_now,
        terms=offer.terms,
        valid_until=end,
    )
    return _enter_request(renewal, by=by)


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
    need_reason(reason)
    return fire(agreement, "suspend", by=by, reason=reason, stopped_at=clock.now())


def resume_agreement(agreement: Agreement, *, by: Actor) -> Agreement:
    """Let a suspended agreement go on."""
    return fire(agreement, "resume", by=by, reason="", stopped_at=None)


def end_agreement(agreement: Agreement, *, by: Actor, reason: str) -> Agreement:
    """End it for good; either party and the office may."""
    need_reason(reason)
    return fire(agreement, "end", by=by, reason=reason, stopped_at=clock.now())


def need_reason(reason: str) -> None:
    """Raise `Invalid` where no reason is given to the other party, or a very long one."""
    if not 3 <= len(reason.strip()) <= 500:
        raise Invalid([FieldError("reason", _("Give a reason of at most 500 characters."), "required")])


def mount_grant(
    agreement: Agreement, *, version: DatasetVersion, project: str, job: str, attempt: str
) -> str:
    """Return a signed grant (DSSE) for one attempt of a job, for at most an hour; every first use is recorded.

    Everything is checked anew on fresh rows, one attempt after the other: of two that ask for the last use one gets
    it, and who stops the agreement meanwhile stops it before or after. Raises `NoValidAgreement` with what to do.
    """
    rows = Agreement.objects.select_related("version__dataset", "offer__dataset", "organisation")
    with transaction.atomic():
        found = rows.select_for_update(of=("self",)).get(pk=agreement.pk)
        contracts.check(found, version=version, project=project, purpose="", attempt=attempt)
        if not found.mounts.filter(attempt=attempt).exists():
            enter(
                Mount(agreement=found, attempt=attempt),
                "dataset:mount",
                by=GATE,
                data={"agreement": found.pk, "version": version.pk, "attempt": attempt},
            )
    return contracts.grant(found, version=found.version, job=job, attempt=attempt)
