"""The people and organisations of the demonstration. All are invented; the data and the work are real."""

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from aifactory.people import actions
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Organisation, Role, User


@dataclass(frozen=True)
class Part:
    """Somebody in the demonstration."""

    name: str
    email: str
    title: str
    roles: tuple[Role, ...] = ()
    organisation: str = ""
    language: str = "en"


PARTS = {
    "office": Part("Famke Hoekstra", "office@factory.example", "factory office", (Role.OFFICE,), "factory"),
    "director": Part(
        "Marit Dijkstra", "director@factory.example", "director of access", (Role.PANEL,), "factory"
    ),
    "clerk": Part(
        "Jelle Bos", "clerk@factory.example", "panel member without mandate", (Role.PANEL,), "factory"
    ),
    "adviser": Part("Tom Veenstra", "adviser@factory.example", "adviser", (Role.ADVISER,), "factory"),
    "operator": Part("Anna Postma", "operator@factory.example", "operator", (Role.OPERATOR,), "factory"),
    "auditor": Part("Ids Wiersma", "auditor@audit.example", "auditor", (Role.AUDITOR,), "audit"),
    "steward": Part(
        "Eva Smit", "steward@hospital.example", "data steward", (Role.STEWARD,), "hospital", "nl"
    ),
    "applicant": Part("Noor de Wit", "noor@startup.example", "founder", (), "startup"),
    "colleague": Part(
        "Daan Kuiper", "daan@startup.example", "reviewer at the start-up itself", (Role.REVIEWER,), "startup"
    ),
    "reviewer1": Part("Lotte Mulder", "lotte@university.example", "reviewer", (Role.REVIEWER,), "university"),
    "reviewer2": Part("Sem Bakker", "sem@institute.example", "reviewer", (Role.REVIEWER,), "institute"),
}

ORGANISATIONS = {
    "factory": {"name": "AI Factory North (example)", "country": "NL", "kind": "other", "registration_number": "00000001"},
    "audit": {"name": "Audit Office (example)", "country": "NL", "kind": "public", "registration_number": "00000002"},
    "hospital": {"name": "Noorderlicht Hospital (example)", "country": "NL", "kind": "hospital", "sector": "health",
                 "registration_number": "00000003", "staff": 4200, "turnover_eur": 410_000_000},
    "startup": {"name": "CelZicht B.V. (example)", "country": "NL", "kind": "company", "sector": "health", "region": "Groningen",
                "registration_number": "00000004", "staff": 7, "turnover_eur": 640_000, "balance_eur": 380_000},
    "university": {"name": "Northern University (example)", "country": "NL", "kind": "research", "registration_number": "00000005"},
    "institute": {"name": "Institute for Data (example)", "country": "DE", "kind": "research", "registration_number": "HRB 00006"},
}  # fmt: skip


@dataclass
class Cast:
    """Everybody with their account, and the one password they share in the demonstration."""

    password: str
    people: dict[str, User] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)

    def __getitem__(self, part: str) -> User:
        return self.people[part]


def gather() -> Cast:
    """Register everybody under a password made for this factory alone."""
    cast = Cast(password="-".join(secrets.token_hex(3) for _ in range(3)))
    for key, facts in ORGANISATIONS.items():
        cast.organisations[key] = actions.register_organisation(by=INSTALLER, **facts)  # type: ignore[arg-type]
    for key, part in PARTS.items():
        user = actions.register_person(
            email=part.email, name=part.name, password=cast.password, language=part.language, by=INSTALLER
        )
        for role in part.roles:
            actions.grant_role(user, role, by=INSTALLER)
        actions.join(user, cast.organisations[part.organisation], by=INSTALLER, representative=True)
        cast.people[key] = user
    return cast


def remember(home: Path, cast: Cast) -> None:
    """Keep the example accounts for `script/serve`, readable by the owner only."""
    accounts = {"password": cast.password, "people": {part.email: part.title for part in PARTS.values()}}
    with os.fdopen(
        os.open(home / "example-accounts.json", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
    ) as file:
        json.dump(accounts, file, indent=2)
