"""What a person was told, how they want to hear it, and what is due from them, also as a calendar."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from aifactory.kit.errors import Refused
from aifactory.notices import actions
from aifactory.notices import queries as reads
from aifactory.notices.deadlines import KINDS
from aifactory.notices.models import Wish
from aifactory.notices.topics import ALWAYS, QUIETABLE, Topic
from aifactory.people.models import User
from aifactory.web.forms import take_errors
from aifactory.web.jinja import show_date, show_datetime
from aifactory.web.visitor import person


class WishForm(forms.Form):
    """How a person wants to hear."""

    language = forms.ChoiceField(label=gettext_lazy("In which language do we write to you?"))
    rhythm = forms.ChoiceField(
        label=gettext_lazy("How often do we mail you?"),
        choices=Wish.Rhythm.choices,
        widget=forms.RadioSelect,
    )
    hour = forms.TypedChoiceField(
        label=gettext_lazy("At what time does a summary come?"),
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        coerce=int,
    )
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("On what day does a weekly summary come?"), choices=Wish.WEEKDAYS, coerce=int
    )
    quiet = forms.MultipleChoiceField(
        label=gettext_lazy("What do we not mail you about?"),
        choices=[(topic.value, topic.label) for topic in QUIETABLE],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = settings.LANGUAGES  # type: ignore[attr-defined]


@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """Everything this person was told, newest first."""
    after = request.GET.get("after", "")
    found, following = reads.page(person(request), after=int(after) if _is_number(after) else None)
    context = {"notices": found, "next": following, "wording": reads.wording}
    return render(request, "notices/notices.html", context)


@login_required
@require_POST
def read_notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Mark one as read."""
    if notice_id < 2**63:
        actions.read(person(request), str(notice_id))
    return redirect("desk")


@login_required
@require_POST
def read_notices(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    actions.read_all(person(request))
    return redirect("desk")


@login_required
def settings_page(request: HttpRequest) -> HttpResponse:
    """How often, at what time, in which language; and what is always mailed."""
    user = person(request)
    form = WishForm(request.POST or None, initial=reads.wish_facts(user))
    if request.method == "POST" and form.is_valid():
        try:
            actions.wish(by=user, **form.cleaned_data)
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("We will write to you like that."))
            return redirect("notice_settings")
    always = [topic.label for topic in Topic if topic in ALWAYS]
    context = {"form": form, "always": always, "refused_at": reads.mail_refused(user)}
    return render(request, "notices/settings.html", context)


@login_required
def deadlines(request: HttpRequest) -> HttpResponse:
    """What is due from this person, soonest first; and the way to their calendar."""
    user = person(request)
    context: dict[str, Any] = {"feed": reads.feed_of(user)}
    if request.method == "POST" and request.POST.get("feed") == "open":
        # Shown in this answer only; a redirect would have to store the secret.
        secret = actions.open_feed(by=user)
        context["address"] = request.build_absolute_uri(reverse("calendar_feed", args=[secret]))
    elif request.method == "POST":
        actions.close_feed(by=user)
        messages.success(request, _("The address no longer works."))
        return redirect("deadlines")
    context["deadlines"] = [
        {
            "text": KINDS[d.kind].text,
            "subject": d.subject,
            "link": d.link,
            "when": show_datetime(d.moment) if d.moment else show_date(d.day),
        }
        for d in reads.deadlines(user)
    ]
    return render(request, "notices/deadlines.html", context)


@login_required
@require_safe
def deadlines_file(request: HttpRequest) -> HttpResponse:
    """The deadlines as a file for a calendar, once."""
    return _calendar(request, person(request))


@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The deadlines for a calendar that reads them again and again; the secret in the address is the key."""
    owner = reads.owner_of_feed(secret)
    if owner is None:
        raise Http404
    answer = _calendar(request, owner)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _calendar(request: HttpRequest, user: User) -> HttpResponse:
    content = reads.calendar_of(user, origin=request.build_absolute_uri("/").rstrip("/"))
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="deadlines.ics"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


urlpatterns = [
    path("notices/", notices, name="notices"),
    path("notices/read/", read_notices, name="read_notices"),
    path("notices/settings/", settings_page, name="notice_settings"),
    path("notices/<int:notice_id>/read/", read_notice, name="read_notice"),
    path("deadlines/", deadlines, name="deadlines"),
    path("deadlines/deadlines.ics", deadlines_file, name="deadlines_file"),
    path("calendar/<secret>.ics", calendar_feed, name="calendar_feed"),
]
