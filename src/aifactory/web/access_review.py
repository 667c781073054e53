"""Reviewing: what waits for me, and one screen to read and score."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from aifactory.access import actions, queries
from aifactory.access.models import Review
from aifactory.access.review.actions import reviewing_of
from aifactory.kit.errors import NotFound, Refused
from aifactory.people.rules import find
from aifactory.web.access_calls import person, spoken
from aifactory.web.access_forms import DeclineForm, ReviewForm, steps_shown
from aifactory.web.forms import take_errors


@login_required
def reviews(request: HttpRequest) -> HttpResponse:
    """What I was asked to review, due first on top."""
    rows = list(queries.own_reviews(person(request))[:100])
    return render(request, "access/reviews.html", {"rows": rows})


@login_required
def review(request: HttpRequest, review_id: str) -> HttpResponse:
    """Read the application and give scores with reasons, on one screen."""
    found = _own(request, review_id)
    sent = request.POST if request.method == "POST" else None
    form = ReviewForm(reviewing_of(found.application), spoken(), sent)
    if request.method == "POST":
        try:
            actions.submit_review(
                found, scores=form.sent("score"), reasons=form.sent("reason"), by=person(request)
            )
        except Refused as refusal:
            form.is_valid()
            take_errors(form, refusal)
        else:
            messages.success(request, _("Thank you. Your review is in."))
            return redirect("reviews")
    return _show(request, found, form, DeclineForm())


@login_required
def decline(request: HttpRequest, review_id: str) -> HttpResponse:
    """Give the review back, maybe because of a conflict."""
    found = _own(request, review_id)
    form = DeclineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        actions.decline_review(found, reason=facts["reason"], conflict=facts["conflict"], by=person(request))
        messages.success(request, _("Somebody else will be asked."))
        return redirect("reviews")
    return _show(request, found, ReviewForm(reviewing_of(found.application), spoken()), form)


def _own(request: HttpRequest, review_id: str) -> Review:
    """Return my own review of this id. Raises `NotFound` for others', also where I may read those."""
    found = find(Review, review_id, request.user)
    if found.reviewer_id != person(request).pk or found.state == "declined":
        raise NotFound(_("There is nothing here that you can review."))
    return found


def _show(request: HttpRequest, found: Review, form: ReviewForm, decline_form: DeclineForm) -> HttpResponse:
    application = found.application
    mode = application.call.mode
    context = {
        "review": found,
        "application": application,
        "form": form,
        "decline_form": decline_form,
        "steps": steps_shown(application.call, application, spoken()),
        "files": application.attachments.filter(replaced_at=None).order_by("slot"),
        "criteria": mode.reviewing.criteria if mode.reviewing else (),
    }
    return render(request, "access/review.html", context)


urlpatterns = [
    path("reviews/", reviews, name="reviews"),
    path("reviews/<review_id>/", review, name="review"),
    path("reviews/<review_id>/decline/", decline, name="decline_review"),
]
