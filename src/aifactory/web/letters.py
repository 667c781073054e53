"""Decision letters as PDF."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from aifactory.access.decisions import queries
from aifactory.access.models import Application
from aifactory.people.rules import find


@login_required
def letter_pdf(request: HttpRequest, application_id: str) -> HttpResponse:
    """The letter as it was sent, as PDF/UA-1."""
    application = find(Application, application_id, request.user, related="call")
    made = queries.letter_pdf(application, request.user, factory=settings.FACTORY_NAME)
    answer = HttpResponse(made, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{application.reference}.pdf"'
    return answer


urlpatterns = [path("applications/<application_id>/letter.pdf", letter_pdf, name="application_letter_pdf")]
