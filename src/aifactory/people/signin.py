"""How allauth makes accounts: with an audit event, and never by a matching e-mail address."""

import re
from typing import Any

import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import email_changed
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.core.mail import EmailMessage
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter
from aifactory.kit.errors import Refused
from aifactory.people.actions import AddressIsTaken
from aifactory.people.models import Role, User
from aifactory.ports.mail import Mailer, Message
from aifactory.ports.registry import get

LONGEST_NAME = User._meta.get_field("name").max_length  # noqa: SLF001 - Django's documented API


def _enter(user: User) -> None:
    user.roles = [Role.APPLICANT.value]
    user.email = user.email.lower()
    enter(user, "user:register", by=user)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Local accounts."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:  # noqa: ARG002
        super().save_user(request, user, form, commit=False)
        _enter(user)
        return user

    def render_mail(self, *args: Any, **kwargs: Any) -> EmailMessage:
        """Hand the mail to the factory's own mailer when it is sent."""
        mail: EmailMessage = super().render_mail(*args, **kwargs)
        mail.connection = _ThroughThePort()  # type: ignore[assignment]  # all that Django calls of it
        return mail


class _ThroughThePort:
    """What Django calls a mail connection, in front of the port."""

    def send_messages(self, mails: list[EmailMessage]) -> int:
        for mail in mails:
            for to in mail.to:
                get(Mailer).send(Message(to, str(mail.subject), str(mail.body)))
        return len(mails)


class ProviderIsAway(Refused):
    """The other party can't be reached."""

    status = 503


class _SaysWhenAway(requests.adapters.HTTPAdapter):
    """Raises `ProviderIsAway` where no answer comes."""

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            return super().send(*args, **kwargs)
        except requests.RequestException as error:
            raise ProviderIsAway(
                _("The other party does not answer now. Nothing was changed."),
                next_step=_("Try again later, or sign in with a password if you have one."),
            ) from error


def _without_nul(told: Any) -> Any:
    """Return claims as every database can keep them: PostgreSQL has no NUL character in JSON."""
    if isinstance(told, str):
        return told.replace("\x00", "")
    if isinstance(told, dict):
        return {_without_nul(name): _without_nul(value) for name, value in told.items()}
    return [_without_nul(value) for value in told] if isinstance(told, list) else told


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Accounts at an OpenID provider, each known by its issuer and subject."""

    def get_requests_session(self) -> requests.Session:
        """Say so when the provider is away; allauth only expects that on the way back."""
        session: requests.Session = super().get_requests_session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, _SaysWhenAway())
        return session

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:  # noqa: ARG002
        """Refuse a stranger whose address belongs to an account here: an address proves nothing.

        Raises `AddressIsTaken`.
        """
        if sociallogin.is_existing or sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        if User.objects.filter(email__iexact=sociallogin.user.email).exists():
            raise AddressIsTaken(
                _(
                    "There is an account with this address already, and it isn't linked to this way of signing in."
                ),
                rule="identity: issuer and subject",
                next_step=_("Sign in with your password, then link the two under “How you sign in”."),
            )

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        sociallogin.account.extra_data = _without_nul(sociallogin.account.extra_data)
        full = " ".join(part for part in (data.get("first_name"), data.get("last_name")) if part)
        told = str(data.get("name") or full or user.name)
        user.name = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", told).split())[:LONGEST_NAME]
        return user

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        """Make the account and its link together. `form` asked for what the provider did not tell."""
        user: User = sociallogin.user
        user.set_unusable_password()
        if form is not None:
            user.email = form.cleaned_data["email"]
        with transaction.atomic():
            _enter(user)
            sociallogin.save(request)
        return user


@receiver(email_changed)
def _enter_new_address(user: User, **_facts: Any) -> None:
    """Write down that a person's address changed; allauth has saved it past the one door."""
    enter(user, "user:change_email", by=user, fields=["email"])
