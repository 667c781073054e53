"""Pages about one's own account and organisation."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
