"""Signing agreements and mount grants in the factory's name, and checking them again before every use.

A signature says: this named person, at this moment, bound this party to this contract. The factory's key
makes it; a person needs no key of their own.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.datasets.guards import verdict
from aifactory.datasets.models import Agreement, DatasetVersion
from aifactory.kit import clock
from aifactory.kit.errors import Refused
from aifactory.kit.signing import BadSignature, verify_envelope
from aifactory.ports.keys import Signer
from aifactory.ports.registry import get

if TYPE_CHECKING:
    from aifactory.datasets.named_persons.models import PersonsChange

AGREEMENT_TYPE = "application/vnd.aifactory.agreement+json"
PERSONS_TYPE = "application/vnd.aifactory.agreement-persons+json"
GRANT_TYPE = "application/vnd.aifactory.mount-grant+json"
GRANT_LIFETIME = timedelta(hours=1)


class NoValidAgreement(Refused):
    """The data may not be used for this, now."""

    status = 403


def signature(agreement: Agreement, *, party: str, person: str) -> str:
    """Return the envelope that binds `party` (`holder` or `user`) by the act of `person` (an id)."""
    return _envelope({"contract": agreement.contract()}, AGREEMENT_TYPE, party, person)


def signed_by(agreement: Agreement, party: str) -> dict[str, Any]:
    """Return the checked payload of a party's signature. Raises `NoValidAgreement` where it does not hold."""
    envelope = agreement.holder_signature if party == "holder" else agreement.user_signature
    payload = _payload(envelope, AGREEMENT_TYPE)
    if payload["party"] != party or payload["contract"] != agreement.contract():
        raise _no(_("The agreement differs from what was signed."), "signatures")
    return payload


def amendment_signature(change: "PersonsChange", *, party: str, person: str) -> str:
    """Return the envelope that binds `party` to a change of who may use the data, by the act of `person` (an id)."""
    return _envelope({"amendment": change.amendment()}, PERSONS_TYPE, party, person)


def persons_signed(agreement: Agreement) -> list[str]:
    """Return who may use the data by all that was signed, one change after the other. Raises `NoValidAgreement`."""
    persons = set(agreement.named_first)
    for change in agreement.persons_changes.filter(state="in_force").order_by("decided_at", "pk"):
        given = {"holder": change.holder_signature, "user": change.user_signature}
        parties = [party for party, envelope in given.items() if envelope or change.kind == "add"]
        if not parties:
            raise _no(_("Nobody signed a change of who may use the data."), "signatures")
        for party in parties:
            signed = _payload(given[party], PERSONS_TYPE)
            if (signed["party"], signed["amendment"]) != (party, change.amendment()):
                raise _no(_("A change of who may use the data differs from what was signed."), "signatures")
        persons = change.applied(persons)
    return sorted(persons)


def _envelope(what: dict[str, Any], kind: str, party: str, person: str) -> str:
    payload = what | {"party": party, "signed_by": person, "at": clock.stamp(clock.now())}
    return get(Signer).sign_envelope(payload, kind)


def _payload(envelope: str, kind: str) -> dict[str, Any]:
    try:
        return verify_envelope(envelope, get(Signer).public_keys(), payload_type=kind)
    except BadSignature as problem:
        raise _no(_("A signature under the agreement does not hold."), "signatures") from problem


def check(
    agreement: Agreement, *, version: DatasetVersion, project: str, purpose: str, attempt: str = ""
) -> None:
    """Raise `NoValidAgreement` unless the data may be used for this now; every sentence says what to do.

    `attempt` is the one that asks, where there is one: a use that was counted is not counted again.
    """
    if agreement.version_id != version.pk or agreement.project != project:
        raise _no(_("This agreement is about other data or another project."), "agreement-scope")
    if purpose and agreement.purpose != purpose:
        raise _no(_("This agreement was concluded for another purpose."), "purpose")
    if agreement.state != "in_force":
        raise _not_in_force(agreement)
    if agreement.expired:
        raise _no(
            _("The agreement expired on %(day)s.") % {"day": agreement.valid_until.date()}, "valid-until"
        )
    if not agreement.holds:
        raise _not_in_force(agreement)
    if version.state != "published" or version.dataset.state != "published":
        raise _no(_("The holder has withdrawn this data."), "withdrawn")
    decision = verdict(agreement, attempt)
    if not decision.allowed:
        raise _no(" ".join(decision.reasons()), "terms")
    signed_by(agreement, "holder")
    signed_by(agreement, "user")
    if agreement.persons_now is not None and persons_signed(agreement) != sorted(agreement.persons_now):
        raise _no(_("The list of people differs from what was signed."), "signatures")


def may_leave(agreement: Agreement) -> None:
    """Raise `NoValidAgreement` where the terms keep the data in this factory's secure environment."""
    if agreement.environment:
        raise NoValidAgreement(
            _("This data stays in the secure environment of this factory: it is not sent to another."),
            rule="secure-environment",
            next_step=_("Use it here: ask for an agreement on the page of the dataset."),
        )


def grant(agreement: Agreement, *, version: DatasetVersion, job: str, attempt: str) -> str:
    """Return the signed, short-lived permission for one attempt to mount exactly these files.

    The agent checks `attempt`, `files` (digests) and `expires_at`; the rest is for whoever reads the log.
    """
    until = min(clock.now() + GRANT_LIFETIME, agreement.valid_until)
    payload = {
        "attempt": attempt,
        "job": job,
        "agreement": agreement.pk,
        "contract": agreement.digest,
        "project": agreement.project,
        "version": version.pk,
        "version_digest": version.digest,
        "files": sorted({f.digest for f in version.files.all()}),
        "expires_at": clock.stamp(until),
    }
    return get(Signer).sign_envelope(payload, GRANT_TYPE)


def why_stopped(agreement: Agreement) -> str:
    """Say in a sentence why an agreement does not hold (any more)."""
    if agreement.expired:
        return _("it expired on %(day)s") % {"day": agreement.valid_until.date()}
    if agreement.state == "in_force" and not agreement.holds:
        return _("it begins on %(day)s") % {
            "day": agreement.valid_from.date() if agreement.valid_from else ""
        }
    words = {
        "requested": _("the holder has not decided yet"),
        "countered": _("the holder proposed other terms"),
        "agreed": _("your organisation has not signed yet"),
        "refused": _("the holder refused"),
        "suspended": _("the holder suspended it"),
        "ended": _("it was ended"),
    }
    word = words.get(agreement.state, "")
    return f"{word} ({agreement.reason})" if agreement.reason and word else word


def _not_in_force(agreement: Agreement) -> NoValidAgreement:
    return _no(
        _("The agreement %(id)s is not in force: %(why)s.")
        % {"id": agreement.pk, "why": why_stopped(agreement)},
        "in-force",
        _NEXT.get(agreement.state, _ASK),
    )


#: What to do where asking anew would not help.
_ASK = gettext_lazy("Open the page of the dataset and ask for a new agreement.")
_NEXT = {
    "requested": gettext_lazy("Wait until the holder has decided."),
    "countered": gettext_lazy("Open the page of the agreement, and accept or refuse the terms proposed."),
    "agreed": gettext_lazy("Let somebody who may sign for your organisation sign it."),
    "suspended": gettext_lazy("Wait until the holder lets it go on, or ask them when."),
}


def _no(message: str, rule: str, next_step: Any = _ASK) -> NoValidAgreement:
    return NoValidAgreement(message, rule=rule, next_step=str(next_step))


def never_concluded() -> NoValidAgreement:
    """Return the refusal for a project that never asked."""
    return _no(_("Your project has no agreement to use this data for its purpose."), "no-agreement")
