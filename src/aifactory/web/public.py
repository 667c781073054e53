"""Pages that anyone may read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


def home(request: HttpRequest) -> HttpResponse:
    """What the factory is, and its three doors."""
    return render(request, "public/home.html")


urlpatterns = [path("", home, name="home")]
