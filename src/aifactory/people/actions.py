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
from aifactory.ports.identity import Actor


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
    errors = []
    if not name.strip():
        errors.append(FieldError("name", _("Give the name of the organisation."), "required"))
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        errors.append(
            FieldError("country", _("Give the two letters of the country, e.g. NL."), "ISO 3166-1 alpha-2")
        )
    if kind not in Organisation.Kind.values:
        errors.append(FieldError("kind", _("Choose one of the kinds in the list."), "closed list"))
    errors += [
        FieldError(field, _("This can't be below zero."), "minimum 0")
        for field in ("staff", "turnover_eur", "balance_eur")
        if (facts.get(field) or 0) < 0
    ]
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        organisation = enter(
            Organisation(name=name.strip(), country=country.upper(), kind=kind, **facts),
            "organisation:register",
            by=by,
            permission=Permission.REGISTER,
        )
        if isinstance(by, User):
            join(by, organisation, representative=True, by=by)
    return organisation


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
