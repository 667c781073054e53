"""What can be done to people, organisations, roles, mandates and tokens."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.people.models import ApiToken, Mandate, Membership, Organisation, Role, User
from aifactory.people.rules import Permission
from aifactory.people.sectors import SECTORS
from aifactory.ports.identity import Actor

#: what is asked of an organisation once, and used in all its applications
PROFILE = (
    "name", "country", "kind", "registration_number", "region", "sector", "staff", "turnover_eur", "balance_eur",
)  # fmt: skip


class NobodyCouldSign(Refused):
    """An organisation with people in it has one who may sign for it."""


class AddressIsTaken(Refused):
    """There is an account with this e-mail address already."""


def register_person(
    *, email: str, name: str, password: str | None = None, language: str = "en", by: Actor | None = None
) -> User:
    """Make an account with the role of applicant. `by` is the person themself where nobody else acts."""
    if User.objects.filter(email__iexact=email).exists():
        raise AddressIsTaken(
            _("There is an account with this address already."), next_step=_("Sign in instead.")
        )
    user = User(email=email.lower(), name=name, language=language, roles=[Role.APPLICANT.value])
    user.set_password(password)
    return enter(user, "user:register", by=by or user)


def speak(user: User, language: str) -> User:
    """Keep the language in which a person is written to; the same one again changes nothing."""
    if language == user.language:
        return user
    user.language = language
    return enter(user, "user:speak", by=user, fields=["language"])


def grant_role(user: User, role: Role, *, by: Actor) -> User:
    """Give a role; giving it twice changes nothing."""
    if role in user.roles:
        return user
    user.roles = sorted({*user.roles, role.value})
    return enter(
        user,
        "user:grant_role",
        by=by,
        permission=Permission.GRANT_ROLE,
        data={"role": role},
        fields=["roles"],
    )


def revoke_role(user: User, role: Role, *, by: Actor) -> User:
    """Take a role away; a role not held is fine."""
    if role not in user.roles:
        return user
    user.roles = [held for held in user.roles if held != role]
    return enter(
        user,
        "user:revoke_role",
        by=by,
        permission=Permission.GRANT_ROLE,
        data={"role": role},
        fields=["roles"],
    )


def register_organisation(*, by: Actor, name: str, country: str, kind: str, **facts: Any) -> Organisation:
    """Register an organisation; a person who does so becomes its representative. Raises `Invalid`."""
    profile = _profile({"name": name, "country": country, "kind": kind} | facts)
    with transaction.atomic():
        organisation = enter(
            Organisation(**profile),
            "organisation:register",
            by=by,
            permission=Permission.REGISTER,
        )
        if isinstance(by, User):
            join(by, organisation, representative=True, by=by)
    return organisation


def _profile(given: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of an organisation as they are kept. Raises `Invalid` with each mistake."""
    facts: dict[str, Any] = {
        name: " ".join(value.split()) if isinstance(value, str) else value for name, value in given.items()
    }
    country = facts["country"]
    errors = []
    if not facts["name"]:
        errors.append(FieldError("name", _("Give the name of the organisation."), "required"))
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        errors.append(
            FieldError("country", _("Give the two letters of the country, e.g. NL."), "ISO 3166-1 alpha-2")
        )
    if facts["kind"] not in Organisation.Kind.values:
        errors.append(FieldError("kind", _("Choose one of the kinds in the list."), "closed list"))
    if facts.get("sector") and facts["sector"] not in SECTORS:
        errors.append(FieldError("sector", _("Choose one of the sectors in the list."), "closed list"))
    errors += [
        FieldError(field, _("This can't be below zero."), "minimum 0")
        for field in ("staff", "turnover_eur", "balance_eur")
        if (facts.get(field) or 0) < 0
    ]
    if errors:
        raise Invalid(errors)
    return facts | {"country": country.upper()}


def edit_organisation(organisation: Organisation, *, by: Actor, **facts: Any) -> Organisation:
    """Change facts of an organisation's profile; those not given stay, and no change is none.

    An application that is handed in keeps the facts of its day. Raises `Invalid`, `NotAllowed`.
    """
    before = {name: getattr(organisation, name) for name in PROFILE}
    after = _profile(before | facts)
    if not by.may(Permission.EDIT_ORGANISATION, organisation):
        raise NotAllowed(_("Who may sign for the organisation changes its facts."), rule="organisation:edit")
    changed = sorted(name for name in PROFILE if after[name] != before[name])
    for name in changed:
        setattr(organisation, name, after[name])
    data = {"fields": changed}
    return (
        enter(organisation, "organisation:edit", by=by, data=data, fields=changed)
        if changed
        else organisation
    )


def join(
    user: User,
    organisation: Organisation,
    *,
    by: Actor,
    representative: bool = False,
    student: bool = False,
) -> Membership:
    """Record that a person belongs to an organisation; once is enough."""
    held = Membership.objects.filter(user=user, organisation=organisation, until=None).first()
    if held:
        return held
    membership = Membership(
        user=user,
        organisation=organisation,
        representative=representative and not student,
        student=student,
        since=clock.now(),
    )
    user.__dict__.pop("organisation_ids", None)
    return enter(membership, "membership:begin", by=by, data={"organisation": organisation.pk})


def add_colleague(
    organisation: Organisation, *, email: str, by: Actor, representative: bool = False, student: bool = False
) -> Membership:
    """Let somebody with an account belong to the organisation. Raises `NotAllowed`, `Invalid`."""
    if not by.may(Permission.EDIT_ORGANISATION, organisation):
        raise NotAllowed(_("Who may sign for the organisation adds its people."), rule="organisation:edit")
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if user is None:
        message = _("Nobody has an account with this address: ask them to make one first.")
        raise Invalid([FieldError("email", message, "account")])
    return join(user, organisation, by=by, representative=representative, student=student)


def leave(membership: Membership, *, by: Actor) -> Membership:
    """End a membership; the record stays, for conflicts of interest look back."""
    membership.until = clock.now()
    membership.user.__dict__.pop("organisation_ids", None)
    return enter(membership, "membership:end", by=by, fields=["until"])


def end_membership(membership: Membership, *, by: User) -> Membership:
    """Record that somebody left: by themself, or by who may sign for the organisation; twice changes nothing.

    Raises `NobodyCouldSign`, `NotAllowed`.
    """
    if membership.until:
        return membership
    if by.pk != membership.user_id and not by.may(Permission.EDIT_ORGANISATION, membership.organisation):
        raise NotAllowed(_("Who may sign for the organisation says who left it."), rule="organisation:edit")
    _keep_somebody_who_signs(membership)
    return leave(membership, by=by)


def let_sign(membership: Membership, *, signs: bool, by: User) -> Membership:
    """Let somebody sign for the organisation, or no more; the same again changes nothing.

    Raises `Invalid` for a student, `NobodyCouldSign`, `NotAllowed`.
    """
    if not by.may(Permission.EDIT_ORGANISATION, membership.organisation):
        raise NotAllowed(_("Who may sign for the organisation says who else may."), rule="organisation:edit")
    if signs and membership.student:
        raise Invalid([FieldError("representative", _("A student does not sign."), "student")])
    if membership.until or membership.representative == signs:
        return membership
    if not signs:
        _keep_somebody_who_signs(membership)
    membership.representative = signs
    return enter(membership, "membership:change", by=by, data={"signs": signs}, fields=["representative"])


def _keep_somebody_who_signs(membership: Membership) -> None:
    others = Membership.objects.filter(organisation=membership.organisation_id, until=None).exclude(
        pk=membership.pk
    )
    if membership.representative and others.exists() and not others.filter(representative=True).exists():
        raise NobodyCouldSign(
            _("Nobody else may sign for this organisation."),
            rule="organisation:edit",
            next_step=_("Let somebody else sign first."),
        )


def give_mandate(
    user: User,
    *,
    by: Actor,
    subject: str,
    holder_title: str,
    scope: str = "",
    valid_until: datetime | None = None,
    **terms: Any,
) -> Mandate:
    """Make a named person accountable for a kind of decision."""
    mandate = Mandate(
        user=user,
        subject=subject,
        holder_title=holder_title,
        scope=scope,
        valid_from=terms.pop("valid_from", clock.now()),
        valid_until=valid_until,
        **terms,
    )
    return enter(mandate, "mandate:give", by=by, permission=Permission.GIVE_MANDATE, data={"holder": user.pk})


def issue_token(user: User, *, label: str, days: int = 90) -> tuple[ApiToken, str]:
    """Return a new token and its secret, which is shown this once and stored only as a digest."""
    secret = "aif_" + secrets.token_urlsafe(32)
    token = ApiToken(
        user=user, label=label, digest=digest(secret.encode()), expires_at=clock.now() + timedelta(days=days)
    )
    return enter(token, "token:issue", by=user), secret


def revoke_token(token: ApiToken, *, by: Actor) -> ApiToken:
    """End a token at once."""
    token.revoked_at = clock.now()
    return enter(token, "token:revoke", by=by, fields=["revoked_at"])
