"""All pages, one file of `urlpatterns` per area."""

from importlib import import_module

from allauth.account.views import password_reset_from_key
from django.urls import URLPattern, URLResolver, include, path, re_path

AREAS = (
    "public",
    "desk",
    "people",
    "enterprises",
    "mandates",
    "terms",
    "partners",
    "awards",
    "pace",
    "state_aid",
    "billing",
    "project",
    "project_data",
    "assurance",
    "harvests",  # before datasets: its paths under datasets are more exact
    "processing",
    "public_values",
    "intake",  # before datasets: its paths under datasets are more exact
    "inspections",  # and so are these
    "named_persons",  # and so are these, under agreements
    "datasets",
    "dataspace",
    "expertise",
    "finder",
    "modes",
    "lanes",
    "access",
    "supervision",
    "screening",
    "matching",
    "selection",
    "letters",
    "supercomputer",
    "own_files",
    "secure",
    "notebooks",
    "own_work",
    "outages",
    "usage",
    "clusters",
    "registry",
    "transparency",
    "notices",
    "objections",
    "fairness",
    "fair_share",
)

urlpatterns: list[URLPattern | URLResolver] = [
    # allauth's own pattern expects ids without an underscore.
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z_]+)-(?P<key>.+)/$",
        password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]
for area in AREAS:
    urlpatterns += import_module(f"aifactory.web.{area}").urlpatterns
