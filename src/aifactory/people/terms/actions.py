"""Accepting terms for an organisation; suspending, and lifting it, with reasons and under a mandate."""

from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire
from aifactory.audit.record import Record
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, NotFound, Refused
from aifactory.people.language import spoken
from aifactory.people.mandates.queries import ground as mandate_of
from aifactory.people.models import Organisation, User
from aifactory.people.terms.models import Acceptance, Suspension
from aifactory.people.terms.permissions import Permission
from aifactory.people.terms.texts import current, texts
from aifactory.ports.identity import Actor

#: what can be suspended; projects belong to a room above and are known by their name in the log
SUBJECTS = ("people.user", "people.organisation", "awards.project")
LONGEST = 4000


class IsSuspendedAlready(Refused):
    """One suspension at a time; another ground is told when this one is lifted."""


class TextHasChanged(Refused):
    """What was read is not the text that is in force."""


def accept(
    organisation: Organisation, text: str, *, by: Actor, digest: str = "", paper_digest: str = ""
) -> Acceptance:
    """Accept the version in force of a text for an organisation; once is enough.

    A representative accepts what they read (`digest` names it, if given). The office can record what was signed
    on paper, with the digest of that document. Raises `NotFound`, `TextHasChanged`, `Invalid`, `NotAllowed`.
    """
    chosen = current(texts(), clock.now()).get(text)
    if chosen is None:
        raise NotFound(_("There is no such text in force."), next_step=_("Look in the list of terms."))
    if digest and digest != chosen.digest:
        raise TextHasChanged(
            _("The text changed since you opened it."), rule="terms:digest", next_step=_("Read it again.")
        )
    facts = {"organisation": organisation, "text": chosen.id, "version": chosen.version}
    acceptance = Acceptance(**facts, text_digest=chosen.digest, paper_digest=_digest(paper_digest))
    if paper_digest:
        permission = Permission.RECORD
    elif isinstance(by, User):
        permission, acceptance.user, acceptance.language = Permission.ACCEPT, by, spoken()
    else:
        raise NotAllowed(_("A person accepts the terms, or a signed document shows it."), rule="terms:accept")
    if not by.may(permission, acceptance):
        raise NotAllowed(
            _("You may not sign for this organisation."),
            rule=permission,
            next_step=_("Ask somebody of the organisation who may sign."),
        )
    if known := Acceptance.objects.filter(**facts).first():
        return known
    data = {"text": chosen.name, "digest": chosen.digest}
    try:
        with transaction.atomic():
            return enter(acceptance, "terms:accept", by=by, data=data)
    except IntegrityError:  # a colleague accepted it at the same moment
        return Acceptance.objects.get(**facts)


def _digest(text: str) -> str:
    right = not text or (
        len(text) == 71 and text.startswith("sha256:") and set(text[7:]) <= set("0123456789abcdef")
    )
    if not right:
        raise Invalid(
            [FieldError("paper_digest", _("Give sha256: and 64 characters of 0-9 and a-f."), "digest")]
        )
    return text


def suspend(subject: str, *, by: User, ground: str, reasons: str) -> Suspension:
    """Let a person, an organisation or a project (kind and id) start nothing new from now on.

    Raises `NoMandate`, `Invalid`, `NotFound`, `IsSuspendedAlready`.
    """
    mandate = mandate_of(by, Permission.SUSPEND)
    thing = _thing(subject)
    errors = []
    if ground not in Suspension.Ground.values:
        errors.append(FieldError("ground", _("Choose one of the grounds in the list."), "closed list"))
    errors += _without_reasons("reasons", reasons)
    if thing.thing == by.thing:
        errors.append(FieldError("subject", _("Nobody suspends themself."), "another person"))
    if errors:
        raise Invalid(errors)
    suspension = Suspension(subject=thing.thing, ground=ground, reasons=reasons.strip(), mandate=mandate)
    try:
        with transaction.atomic():
            return enter(suspension, "suspension:impose", by=by, permission=Permission.SUSPEND)
    except IntegrityError:
        raise IsSuspendedAlready(
            _("This is suspended already."), next_step=_("Look at the suspension that is in force.")
        ) from None


def lift(suspension: Suspension, *, by: User, reasons: str) -> Suspension:
    """End a suspension, with reasons. Raises `NoMandate`, `Invalid`, `NotAllowed` for one's own."""
    mandate = mandate_of(by, Permission.SUSPEND)
    if errors := _without_reasons("reasons", reasons):
        raise Invalid(errors)
    return fire(
        suspension, "lift", by=by, lift_reasons=reasons.strip(), lift_mandate=mandate, lifted_at=clock.now()
    )


def _without_reasons(field: str, reasons: str) -> list[FieldError]:
    if not reasons.strip():
        return [FieldError(field, _("Give the reasons: who is concerned has a right to them."), "Awb 3:46")]
    if len(reasons) > LONGEST:
        return [FieldError(field, _("Use at most 4,000 characters."), "length")]
    return []


def _thing(subject: str) -> Record:
    label, _colon, pk = subject.partition(":")
    found: Record | None = None
    if label in SUBJECTS and pk.isprintable():
        found = apps.get_model(label)._base_manager.filter(pk=pk).first()  # noqa: SLF001 - Django's own name
    if found is None:
        raise NotFound(
            _("There is no such person, organisation or project."),
            next_step=_("Give its kind and id, e.g. people.organisation:org_…"),
        )
    return found
