"""Who looks at a page."""

from django.http import HttpRequest

from aifactory.people.models import User


def person(request: HttpRequest) -> User:
    """Return who is signed in, behind `login_required`."""
    assert isinstance(request.user, User)  # noqa: S101 - login_required
    return request.user
