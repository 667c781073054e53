"""Pages of the room expertise."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
