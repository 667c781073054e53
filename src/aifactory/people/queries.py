"""Reads about people that web, API and CLI share."""

from datetime import datetime

from django.utils.translation import gettext as _

from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import FieldError, Invalid
from aifactory.people.models import ApiToken, Mandate, User


def bearer(secret: str) -> User | None:
    """Return the active person a token stands for, or None."""
    token = (
        ApiToken.objects.select_related("user")
        .filter(digest=digest(secret.encode()), revoked_at=None, expires_at__gt=clock.now())
        .first()
    )
    return token.user if token and token.user.is_active else None


LONGEST_ADDRESS = 254
"""Characters in a mail address (RFC 5321, erratum 1690)."""


def person_of(email: str) -> User:
    """Return the person with an account under this address. Raises `Invalid`."""
    known = User.objects.filter(email__iexact=email.strip(), is_active=True)
    found = known.first() if email.isprintable() and len(email) <= LONGEST_ADDRESS else None
    if found is None:
        raise Invalid([FieldError("person", _("Nobody has an account with this address."), "known person")])
    return found


def mandate_for(
    user: User,
    subject: str,
    *,
    scope: str,
    gpu_seconds: int = 0,
    core_seconds: int = 0,
    at: datetime | None = None,
) -> Mandate | None:
    """Return a mandate that covers this decision at that moment, or None."""
    moment = at or clock.now()
    return next(
        (
            mandate
            for mandate in user.mandates.filter(subject=subject).order_by("pk")
            if mandate.covers(moment, scope=scope, gpu_seconds=gpu_seconds, core_seconds=core_seconds)
        ),
        None,
    )
