"""The decision letter as PDF, and the reviews that it rests on, as who applied reads them."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from aifactory.access.decisions import queries
from aifactory.access.models import Application
from aifactory.access.review.actions import reviewing_of
from aifactory.access.review.queries import reviews_for_applicant
from aifactory.people.language import spoken
from aifactory.people.rules import find
from aifactory.web.visitor import person


@login_required
def letter_pdf(request: HttpRequest, application_id: str) -> HttpResponse:
    """The letter as it was sent, as PDF/UA-1."""
    application = find(Application, application_id, request.user, related="call")
    made = queries.letter_pdf(application, request.user, factory=settings.FACTORY_NAME)
    answer = HttpResponse(made, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{application.reference}.pdf"'
    return answer


@login_required
def application_reviews(request: HttpRequest, application_id: str) -> HttpResponse:
    """Each review with its scores, what these mean, and the reasons; once the decision is published."""
    application = find(Application, application_id, request.user, related="call")
    found = reviews_for_applicant(application, person(request))
    criteria, language = reviewing_of(application).criteria, spoken()
    reviews = [
        (
            name,
            [
                {
                    "key": f"{c.label.of(language)}: {review.scores[c.id]}",
                    "value": f"“{c.words[review.scores[c.id]].of(language)}” {review.reasons[c.id]}",
                }
                for c in criteria
            ],
        )
        for name, review in found
    ]
    return render(
        request, "access/application_reviews.html", {"application": application, "reviews": reviews}
    )


urlpatterns = [
    path("applications/<application_id>/letter.pdf", letter_pdf, name="application_letter_pdf"),
    path("applications/<application_id>/reviews/", application_reviews, name="application_reviews"),
]
