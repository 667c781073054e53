"""Pages of the room notices."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
