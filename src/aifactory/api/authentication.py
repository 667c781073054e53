"""Who calls: a token in the Authorization header, or the session of a page (with its CSRF check)."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from aifactory.people.models import User
from aifactory.people.queries import bearer


class Bearer(HttpBearer):
    """A personal token. Never accepted in the address, where logs would keep it."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        user = bearer(token)
        if user:
            request.user = user
        return user


class Session(SessionAuth):
    """The cookie of somebody signed in on the pages; writes need the CSRF token too."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:  # noqa: ARG002
        return request.user if isinstance(request.user, User) and request.user.is_active else None


session = Session()


def caller(request: HttpRequest) -> User:
    """Return the signed-in person; routes without `auth=None` always have one."""
    assert isinstance(request.user, User)  # noqa: S101 - guaranteed by ninja's auth
    return request.user


def visitor(request: HttpRequest) -> User | None:
    """Return who asks on a route that is open to everybody: by token, by session, or nobody known."""
    user = Bearer()(request) or request.user
    return user if isinstance(user, User) and user.is_active else None
