"""Pages of the room supercomputer."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
