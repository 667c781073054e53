"""Pages of the room registry."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
