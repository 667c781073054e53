"""What a person was told: on the desk while unread, here for ever."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from aifactory.notices import actions
from aifactory.notices import queries as reads
from aifactory.people.models import User


@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """Everything this person was told, newest first."""
    after = request.GET.get("after", "")
    found, following = reads.page(_person(request), after=int(after) if _is_number(after) else None)
    context = {"notices": found, "next": following, "wording": reads.wording}
    return render(request, "notices/notices.html", context)


@login_required
@require_POST
def read_notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Mark one as read."""
    if notice_id < 2**63:
        actions.read(_person(request), str(notice_id))
    return redirect("desk")


@login_required
@require_POST
def read_notices(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    actions.read_all(_person(request))
    return redirect("desk")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - login_required
    return request.user


urlpatterns = [
    path("notices/", notices, name="notices"),
    path("notices/read/", read_notices, name="read_notices"),
    path("notices/<int:notice_id>/read/", read_notice, name="read_notice"),
]
