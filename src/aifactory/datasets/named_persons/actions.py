"""Adding people to an agreement by consent, and taking one off it at once.

Who may see data is part of what the holder agreed to, so a new person needs the holder's word. One person less gives
nobody anything, and may be urgent: either party removes alone, and a running job of that person is stopped.
"""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire
from aifactory.awards.models import Project
from aifactory.datasets import contracts
from aifactory.datasets.agreeing import AskedAlready, check_persons, need_reason
from aifactory.datasets.models import Agreement
from aifactory.datasets.named_persons.lifecycle import is_in_force
from aifactory.datasets.named_persons.models import PersonsChange
from aifactory.datasets.permissions import Permission
from aifactory.datasets.rules import STANDING_OFFER
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.people.models import User
from aifactory.ports.identity import Actor


class NobodyIsNamed(Refused):
    """The terms of the agreement name no people."""


def ask_to_add(
    agreement: Agreement, persons: Sequence[User], *, by: User, explanation: str = ""
) -> PersonsChange:
    """Ask that these people may use the data as well, which signs for the user. Who may bind the user's organisation.

    Under an open offer that needs no decision, the holder has agreed beforehand. Raises `NobodyIsNamed`, `Invalid`,
    `AgreementIsNotInForce`, `NotAllowed`, `AskedAlready`.
    """
    _names_people(agreement)
    new = sorted({person.pk for person in persons} - set(agreement.named))
    if not new:
        told = _("Name people who may not use the data yet.")
        raise Invalid([FieldError("persons", told, "not named yet")])
    check_persons(Project.objects.get(pk=agreement.project), persons)
    change = PersonsChange(
        agreement=agreement, kind="add", persons=new, asked_by=by, explanation=_short(explanation)
    )
    is_in_force(change, by)
    change.user_signature = contracts.amendment_signature(change, party="user", person=by.pk)
    try:
        with transaction.atomic():
            enter(change, "persons:ask", by=by, permission=Permission.NAME, data=_facts(change))
            if agreement.offer.self_service and agreement.offer.state == "open":
                return _accept(change, by=STANDING_OFFER, person=agreement.offer.offered_by)
    except IntegrityError as problem:
        raise AskedAlready(
            _("The holder decides on another change of this list first."),
            next_step=_("Wait for that decision, or take that request back."),
        ) from problem
    return change


def decide(change: PersonsChange, step: str, *, by: User, reason: str = "") -> PersonsChange:
    """`accept` (which signs for the holder), `refuse` with a reason, or `withdraw` by who may ask.

    Raises `Invalid`, `NotAllowed`, `AgreementIsNotInForce`.
    """
    match step:
        case "accept":
            return _accept(change, by=by, person=by)
        case "refuse":
            need_reason(reason)
            return fire(change, step, by=by, reason=reason.strip(), decided_by=by, decided_at=clock.now())
        case "withdraw":
            return fire(change, step, by=by, decided_by=by, decided_at=clock.now())
    raise Invalid([FieldError("step", _("There is no such step."), "closed list")])


def _accept(change: PersonsChange, *, by: Actor, person: User) -> PersonsChange:
    with transaction.atomic():
        change = fire(
            change,
            "accept",
            by=by,
            data=_facts(change),
            holder_signature=contracts.amendment_signature(change, party="holder", person=person.pk),
            decided_by=person,
            decided_at=clock.now(),
        )
        _put_in_force(change, by)
    return change


def remove(agreement: Agreement, person: User, *, by: User, reason: str) -> PersonsChange:
    """Take a person off the list at once; jobs of that person on the data are stopped within a minute.

    For the holder's stewards, and for who may bind the user's organisation. Raises `NobodyIsNamed`, `Invalid`,
    `NotAllowed`.
    """
    _names_people(agreement)
    need_reason(reason)
    if person.pk not in agreement.named:
        told = _("%(name)s is not among the people who may use the data.") % {"name": person.name}
        raise Invalid([FieldError("persons", told, "named person")])
    change = PersonsChange(
        agreement=agreement,
        kind="remove",
        persons=[person.pk],
        asked_by=by,
        decided_by=by,
        decided_at=clock.now(),
        reason=reason.strip(),
        state="in_force",
    )
    party = "holder" if by.may(Permission.CONSENT, change) else "user"
    setattr(change, f"{party}_signature", contracts.amendment_signature(change, party=party, person=by.pk))
    with transaction.atomic():
        enter(change, "persons:remove", by=by, permission=Permission.REMOVE, data=_facts(change))
        _put_in_force(change, by)
    return change


def _put_in_force(change: PersonsChange, by: Actor) -> None:
    agreement = Agreement.objects.select_for_update(of=("self",)).get(pk=change.agreement_id)
    agreement.persons_now = sorted(change.applied(set(agreement.named)))
    enter(agreement, "agreement:name_persons", by=by, fields=["persons_now"], data={"change": change.pk})
    change.agreement = agreement


def _facts(change: PersonsChange) -> dict[str, Any]:
    return {"agreement": change.agreement_id, "persons": change.persons}


def _names_people(agreement: Agreement) -> None:
    if not agreement.environment:
        raise NobodyIsNamed(
            _("This agreement names no people: everybody of the project may use the data."),
            next_step=_("Change the people of the project instead."),
        )


def _short(text: str) -> str:
    if len(text.strip()) > 500:
        told = _("This is too long.")
        raise Invalid([FieldError("explanation", told, "at most 500 characters")])
    return text.strip()
