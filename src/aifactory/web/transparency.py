"""Pages of the room transparency."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
