"""The first page after signing in: whose turn is it?"""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for this person, and what this person waits for."""
    return render(request, "desk/desk.html")


urlpatterns = [path("desk/", desk, name="desk")]
