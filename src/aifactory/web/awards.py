"""Pages of projects and allocations."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
