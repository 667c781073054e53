"""The main menu and the footer as data: each area adds its line here once its page exists."""

from dataclasses import dataclass
from functools import cache

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from aifactory.people.models import Role


@dataclass(frozen=True, eq=False)
class Entry:
    """One link. Shown to holders of any of `roles`; to everybody when there are none."""

    label: Promise
    url_name: str
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Link:
    """An entry as one page shows it."""

    label: str
    url: str
    current: bool


SIGNED_IN = frozenset(Role)

#: in the order in which they are shown
MENU: tuple[Entry, ...] = (
    Entry(_("Your desk"), "desk", SIGNED_IN),
    Entry(_("Calls"), "calls"),
    Entry(_("Office"), "office", frozenset({Role.OFFICE, Role.PANEL, Role.AUDITOR})),
    Entry(_("Reviews"), "reviews", frozenset({Role.REVIEWER})),
    Entry(_("Technical checks"), "technical_checks", frozenset({Role.OPERATOR})),
    Entry(_("Operations"), "operations", frozenset({Role.OPERATOR})),
    Entry(_("Data"), "datasets"),
    Entry(_("Projects"), "projects", SIGNED_IN),
    Entry(_("Jobs"), "jobs", SIGNED_IN),
    Entry(_("Advice"), "cases", SIGNED_IN),
    Entry(_("Models"), "models"),
    Entry(_("Register"), "register"),
)

FOOTER: tuple[Entry, ...] = (
    Entry(_("Find your route"), "route"),
    Entry(_("Ways to get access"), "modes"),
    Entry(_("Help from an adviser"), "services"),
    Entry(_("How we decide"), "how_we_decide"),
    Entry(_("How long decisions take"), "decision_times"),
    Entry(_("Who answers for what"), "mandates"),
    Entry(_("Terms of use"), "terms"),
    Entry(_("The consortium"), "consortium"),
    Entry(_("Dataspace"), "dataspace", SIGNED_IN),
    Entry(_("Personal data"), "processing", SIGNED_IN),
    Entry(_("Prices"), "prices"),
    Entry(_("Outages"), "outages"),
    Entry(_("What words mean"), "glossary"),
    Entry(_("Privacy and data"), "privacy"),
    Entry(_("Accessibility"), "accessibility"),
    Entry(_("Your account"), "account", SIGNED_IN),
)


def roles_of(request: HttpRequest) -> frozenset[str]:
    """Return the roles of the person asking, read once per request."""
    known: frozenset[str] | None = getattr(request, "aifactory_roles", None)
    if known is None:
        user = getattr(request, "user", None)
        known = frozenset(user.roles) if user is not None and user.is_authenticated else frozenset()
        request.aifactory_roles = known  # type: ignore[attr-defined]
    return known


def links(entries: tuple[Entry, ...], request: HttpRequest) -> list[Link]:
    """Return the entries this person may follow, the one being looked at marked."""
    offered = _offered(entries, roles_of(request), get_language())
    return [Link(label, url, _current(url, request.path)) for label, url in offered]


@cache
def _offered(
    entries: tuple[Entry, ...],
    roles: frozenset[str],
    language: str | None,  # noqa: ARG001 - the active language, part of the key
) -> list[tuple[str, str]]:
    """Return label and address of what these roles may follow: every page asks, and it never changes."""
    shown = [entry for entry in entries if not entry.roles or entry.roles & roles]
    return [(str(entry.label), reverse(entry.url_name)) for entry in shown]


def _current(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
