"""Reviewing: what waits for me, my statement on conflicts, and one screen to read and score."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aifactory.access import actions
from aifactory.access.models import Attachment, Review
from aifactory.access.review import queries
from aifactory.access.review.actions import reviewing_of
from aifactory.access.review.blinding import double_blind, withheld
from aifactory.kit import clock
from aifactory.kit.errors import Refused
from aifactory.people.language import spoken
from aifactory.people.rules import find, not_here, visible
from aifactory.web.access_forms import DeclineForm, ReviewForm, StatementForm, steps_shown
from aifactory.web.forms import take_errors
from aifactory.web.visitor import person


@login_required
def reviews(request: HttpRequest) -> HttpResponse:
    """What I was asked to review and what is next, due first on top; then what is talked about."""
    rows = list(queries.own_reviews(person(request))[:100])
    now = clock.now()
    context = {
        "next": next((row for row in rows if row.state == "assigned"), None),
        "rows": [(row, *_standing(row, late=row.due_at < now)) for row in rows],
        "to_state": sum(row.state == "assigned" and row.stated_at is None for row in rows),
        "talks": list(queries.waiting_for_discussion(person(request))[:20]),
    }
    return render(request, "access/reviews.html", context)


def _standing(row: Review, *, late: bool) -> tuple[str, str]:
    if row.state == "submitted":
        return _("Given"), "ok"
    if late:
        return _("Late"), "error"
    if row.stated_at is None:
        return _("Statement first"), "warning"
    return (_("Draft kept"), "info") if hasattr(row, "draft") else (_("To do"), "warning")


@login_required
def statement(request: HttpRequest) -> HttpResponse:
    """Say of each application, before it opens, whether I have a conflict; asked on the essentials alone."""
    waiting = list(queries.to_state(person(request))[:50])
    sent = request.POST if request.method == "POST" else None
    forms = [(row, StatementForm(row, sent), queries.essentials(row)) for row in waiting]
    answered = [(row, form) for row, form, _told in forms if form.is_bound and form.answered()]
    if answered and all(form.is_valid() for _row, form in answered):
        opened = _state(request, answered)
        if len(answered) == len(opened) == 1:
            return redirect("review", opened[0].pk)
        return redirect("review_statement" if len(answered) < len(forms) else "reviews")
    if request.method == "POST" and not answered:
        messages.error(request, _("Choose an answer for at least one of them."))
    context = {"forms": forms, "bound": [form for _row, form in answered]}
    return render(request, "access/statement.html", context)


def _state(request: HttpRequest, answered: list[tuple[Review, StatementForm]]) -> list[Review]:
    """Carry out what was said; returns what opened."""
    opened = []
    for row, form in answered:
        facts = form.cleaned_data
        try:
            if facts["answer"] == "free":
                opened.append(actions.state_free(row, by=person(request)))
            else:
                actions.decline_review(row, reason=facts["reason"], conflict=True, by=person(request))
                messages.success(request, _("Thank you for saying so. Somebody else will be asked."))
        except Refused as refusal:
            messages.error(request, str(refusal))
    return opened


@login_required
def review(request: HttpRequest, review_id: str) -> HttpResponse:
    """Read the application and give scores with reasons, on one screen."""
    found = _own(request, review_id)
    if found.state == "assigned" and found.stated_at is None:
        return redirect("review_statement")
    form = _form(found, request)
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
@require_POST
def draft(request: HttpRequest, review_id: str) -> HttpResponse:
    """Keep what I have written so far; a script saves it by itself, the button does it without one."""
    found = _own(request, review_id)
    form = _form(found, request)
    kept = actions.save_draft(
        found, scores=form.sent("score"), reasons=form.sent("reason"), by=person(request)
    )
    if request.headers.get("HX-Request"):
        return render(request, "access/_saved.html", {"review": found, "saved_at": kept.saved_at})
    messages.success(request, _("Your draft is kept."))
    return redirect("review", found.pk)


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
    if found.stated_at is None:
        return redirect("review_statement")
    return _show(request, found, _form(found), form)


def _own(request: HttpRequest, review_id: str) -> Review:
    """Return my own review of this id. Raises `NotFound` for others', also where I may read those."""
    found = find(Review, review_id, request.user, related="application__call")
    if found.reviewer_id != person(request).pk or found.state in ("declined", "set_aside"):
        raise not_here()
    return found


def _form(found: Review, request: HttpRequest | None = None) -> ReviewForm:
    """Return the form with what was sent, else with the draft."""
    sent = request.POST if request is not None and request.method == "POST" else None
    kept = getattr(found, "draft", None)
    written = (kept.scores, kept.reasons) if kept else ({}, {})
    return ReviewForm(reviewing_of(found.application), spoken(), sent, written=written)


def _show(request: HttpRequest, found: Review, form: ReviewForm, decline_form: DeclineForm) -> HttpResponse:
    application = found.application
    reviewing = reviewing_of(application)
    kept = getattr(found, "draft", None)
    context: dict[str, Any] = {
        "review": found,
        "application": application,
        "form": form,
        "parts": form.by_criterion(),
        "decline_form": decline_form,
        "double_blind": double_blind(application),
        "steps": steps_shown(application.call, application, spoken(), without=withheld(application)),
        "files": visible(Attachment, request.user)
        .filter(application=application, replaced_at=None)
        .order_by("slot"),
        "criteria": reviewing.criteria,
        "saved_at": kept.saved_at if kept else None,
    }
    return render(request, "access/review.html", context)


urlpatterns = [
    path("reviews/", reviews, name="reviews"),
    path("reviews/statement/", statement, name="review_statement"),
    path("reviews/<review_id>/", review, name="review"),
    path("reviews/<review_id>/draft/", draft, name="draft_review"),
    path("reviews/<review_id>/decline/", decline, name="decline_review"),
]
