"""Fills our own database through the awards room's models, and signs in a member of the factory office.

Every allocation has a project with a leader and a member, and two settled holds; every project and allocation
has its event in the log, so that what a page reads beside them grows as well.
Prints one JSON object: the person's cookies, and each page with the number of queries it makes.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aifactory.config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Model  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from aifactory.audit.models import Event  # noqa: E402
from aifactory.audit.record import Record  # noqa: E402
from aifactory.awards.models import AwardLine, Hold, Project, ProjectMember  # noqa: E402
from aifactory.kit import clock  # noqa: E402
from aifactory.kit.units import Resource, base  # noqa: E402
from aifactory.people.models import Membership, Organisation, Role, User  # noqa: E402

BATCH = 2000
NOW = clock.now()
START, DAY = NOW - timedelta(days=30), timedelta(days=1)
AWARDED = 150  # hours, or GB


def write(model: type[Model], rows: Iterable[Model]) -> None:
    """Insert rows batch by batch, so that a large table needs little memory."""
    batch: list[Model] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            model._default_manager.bulk_create(batch)  # noqa: SLF001 - Django's own name
            batch = []
    model._default_manager.bulk_create(batch)  # noqa: SLF001


def logged(rows: Iterable[Record], name: str) -> Iterator[Event]:
    """Yield the event with which each row came to be."""
    return (
        Event(at=row.created_at, name=name, actor="system:bench", thing=row.thing, digest=f"sha256:{0:064x}")
        for row in rows
    )


def people(number: int) -> tuple[list[User], list[Organisation]]:
    """Add people, five to an organisation."""
    organisations = [
        Organisation(name=f"Growers' cooperative {n}", country="NL", kind=Organisation.Kind.COMPANY)
        for n in range(number // 5)
    ]
    users = [
        User(email=f"p{n}@example.com", name=f"Robin de Vries {n}", roles=[Role.APPLICANT.value])
        for n in range(number)
    ]
    write(Organisation, organisations)
    write(User, users)
    write(
        Membership,
        (
            Membership(user=user, organisation=organisations[n // 5], representative=n % 5 == 0, since=START)
            for n, user in enumerate(users)
        ),
    )
    return users, organisations


def projects(
    wanted: dict[str, int], users: list[User], organisations: list[Organisation], title: str
) -> list[Project]:
    """Add projects, each with its leader and one member."""
    made = [
        Project(
            title=title.format(n), organisation=organisations[n % len(organisations)],
            leader=users[n * 5 % len(users)], application=f"app_{n:026}", purpose="ResearchPurpose",
            ends_at=NOW + 365 * DAY,
        )
        for n in range(wanted["projects"])
    ]  # fmt: skip
    write(Project, made)
    write(
        ProjectMember,
        (
            ProjectMember(project=project, user=user)
            for n, project in enumerate(made)
            for user in (project.leader, users[(n * 5 + 1) % len(users)])
        ),
    )
    write(Event, logged(made, "project:open"))
    return made


def allocations(total: int, homes: list[Project]) -> list[AwardLine]:
    """Add award lines, spread over projects and resources, each with two settled holds."""
    kinds = list(Resource)
    made = []
    for n in range(total):
        turn, home = divmod(n, len(homes))
        later, kind = divmod(turn, len(kinds))
        made.append(
            AwardLine(
                project=homes[home], resource=kinds[kind], amount=base(kinds[kind], AWARDED),
                drawn=2 * (n % 3600), starts_at=START + later * DAY, ends_at=NOW + (30 + n % 365) * DAY,
            )
        )  # fmt: skip
    write(AwardLine, made)
    write(
        Hold,
        (
            Hold(line=line, key=f"job-{n}-{part}", amount=3600, drawn=n % 3600, state=Hold.State.SETTLED)
            for n, line in enumerate(made)
            for part in range(2)
        ),
    )
    write(Event, logged(made, "award:grant"))
    return made


def queries(client: Client, path: str) -> int:
    """Count the queries of a page that is warm."""
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return len(captured)


def main() -> None:
    wanted = json.load(sys.stdin)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    users, organisations = people(wanted["people"])
    homes = projects(wanted, users, organisations, wanted["title"])
    made = allocations(wanted["allocations"], homes)
    assert (Project.objects.count(), AwardLine.objects.count()) == (wanted["projects"], wanted["allocations"])

    office = User.objects.create(email="office@example.com", name="Office", roles=[Role.OFFICE.value])
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(office)
    newest, middle = wanted["title"].format(wanted["projects"] - 1), made[len(made) // 2]
    pages = [
        ("project list", "/projects/", [newest]),
        ("allocation list", "/allocations/", [made[-1].project.title]),
        ("allocation detail", f"/allocations/{middle.pk}/", [middle.project.title, "150"]),
    ]
    json.dump(
        {
            "pages": {
                name: {"path": path, "shows": shows, "queries": queries(client, path)}
                for name, path, shows in pages
            },
            # As a browser has them after its first page.
            "cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in client.cookies.items()),
        },
        sys.stdout,
    )


main()
