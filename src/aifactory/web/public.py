"""Pages that anyone may read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from aifactory.web import style_guide


def home(request: HttpRequest) -> HttpResponse:
    """What the factory is, and its three doors."""
    return render(request, "public/home.html")


def accessibility(request: HttpRequest) -> HttpResponse:
    """How the pages were made accessible, and whom to tell when they are not."""
    return render(request, "public/accessibility.html")


urlpatterns = [
    path("", home, name="home"),
    path("accessibility/", accessibility, name="accessibility"),
    *style_guide.urlpatterns,
]
