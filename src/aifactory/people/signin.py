"""How allauth makes accounts: with an audit event, and never by a matching e-mail address."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from aifactory.audit.actions import enter
from aifactory.people.models import Role, User


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


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Accounts at an OpenID provider."""

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        full = " ".join(part for part in (data.get("first_name"), data.get("last_name")) if part)
        user.name = data.get("name") or full or user.name
        return user

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:  # noqa: ARG002
        user: User = sociallogin.user
        user.set_unusable_password()
        _enter(user)
        sociallogin.save(request)
        return user
