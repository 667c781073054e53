"""All pages, one file of `urlpatterns` per area."""

from importlib import import_module

from django.urls import URLPattern, URLResolver, include, path

AREAS = (
    "public",
    "desk",
    "people",
    "awards",
    "project",
    "assurance",
    "datasets",
    "expertise",
    "access",
    "supercomputer",
    "registry",
    "transparency",
    "notices",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]
for area in AREAS:
    urlpatterns += import_module(f"aifactory.web.{area}").urlpatterns
