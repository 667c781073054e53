"""Runs inside ColdFront's own environment: fills its database through its own models and signs a user in.

Its own sample data comes first (resources, choices, example users). What is added has the sample's shape:
a project has a PI and a member; an allocation has a resource, a Slurm account, hours used, and two users.
Prints one JSON object: the person's cookies, and each page with the number of queries it makes.
"""

import contextlib
import datetime as dt
import io
import json
import sys

import django

django.setup()

from coldfront.core.allocation.models import (  # noqa: E402
    Allocation,
    AllocationAttribute,
    AllocationAttributeType,
    AllocationAttributeUsage,
    AllocationStatusChoice,
    AllocationUser,
    AllocationUserStatusChoice,
)
from coldfront.core.field_of_science.models import FieldOfScience  # noqa: E402
from coldfront.core.project.models import (  # noqa: E402
    Project,
    ProjectStatusChoice,
    ProjectUser,
    ProjectUserRoleChoice,
    ProjectUserStatusChoice,
)
from coldfront.core.resource.models import Resource  # noqa: E402
from coldfront.core.user.models import UserProfile  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

BATCH = 2000
TODAY = dt.datetime.now(dt.UTC).date()


def people(number: int) -> list[User]:
    """Add users with their profiles, every fifth a PI, as ColdFront's signals would."""
    users = User.objects.bulk_create(
        [
            User(
                username=f"person{n:05}",
                first_name="Robin",
                last_name=f"De Vries {n}",
                email=f"p{n}@example.com",
            )
            for n in range(number)
        ],
        batch_size=BATCH,
    )
    UserProfile.objects.bulk_create(
        [UserProfile(user=user, is_pi=n % 5 == 0) for n, user in enumerate(users)], batch_size=BATCH
    )
    return users


def projects(total: int, users: list[User], title: str, description: str) -> list[Project]:
    """Add projects up to the total, each with its PI as manager and one member."""
    active, fields = ProjectStatusChoice.objects.get(name="Active"), list(FieldOfScience.objects.all()[:20])
    made = Project.objects.bulk_create(
        [
            Project(
                title=title.format(n), pi=users[n * 5 % len(users)], description=description, status=active,
                field_of_science=fields[n % len(fields)], requires_review=False,
            )
            for n in range(Project.objects.count(), total)
        ],
        batch_size=BATCH,
    )  # fmt: skip
    joined = ProjectUserStatusChoice.objects.get(name="Active")
    manager, member = (ProjectUserRoleChoice.objects.get(name=name) for name in ("Manager", "User"))
    ProjectUser.objects.bulk_create(
        [
            ProjectUser(user=user, project=project, role=role, status=joined)
            for n, project in enumerate(made)
            for user, role in ((project.pi, manager), (users[(n * 5 + 1) % len(users)], member))
        ],
        batch_size=BATCH,
    )
    return made


def allocations(total: int, homes: list[Project], justification: str) -> list[Allocation]:
    """Add allocations up to the total, spread over the projects, each with a resource."""
    active = AllocationStatusChoice.objects.get(name="Active")
    made = Allocation.objects.bulk_create(
        [
            Allocation(
                project=homes[n % len(homes)], status=active, justification=justification, is_changeable=True,
                start_date=TODAY, end_date=TODAY + dt.timedelta(days=30 + n % 365),
            )
            for n in range(total - Allocation.objects.count())
        ],
        batch_size=BATCH,
    )  # fmt: skip
    resources = list(Resource.objects.filter(is_allocatable=True))
    links = Allocation.resources.through
    links.objects.bulk_create(
        [
            links(allocation=allocation, resource=resources[n % len(resources)])
            for n, allocation in enumerate(made)
        ],
        batch_size=BATCH,
    )
    return made


def details(made: list[Allocation], users: list[User]) -> None:
    """Give each allocation a Slurm account, hours with their usage, and two users."""
    account, hours = (
        AllocationAttributeType.objects.get(name=name)
        for name in ("slurm_account_name", "Core Usage (Hours)")
    )
    AllocationAttribute.objects.bulk_create(
        [
            AllocationAttribute(allocation_attribute_type=account, allocation=allocation, value=f"account{n}")
            for n, allocation in enumerate(made)
        ],
        batch_size=BATCH,
    )
    limits = AllocationAttribute.objects.bulk_create(
        [
            AllocationAttribute(allocation_attribute_type=hours, allocation=allocation, value="150000")
            for allocation in made
        ],
        batch_size=BATCH,
    )
    AllocationAttributeUsage.objects.bulk_create(
        [
            AllocationAttributeUsage(allocation_attribute=limit, value=n % 150000)
            for n, limit in enumerate(limits)
        ],
        batch_size=BATCH,
    )
    joined = AllocationUserStatusChoice.objects.get(name="Active")
    AllocationUser.objects.bulk_create(
        [
            AllocationUser(allocation=allocation, user=user, status=joined)
            for n, allocation in enumerate(made)
            for user in (allocation.project.pi, users[(n * 5 + 1) % len(users)])
        ],
        batch_size=BATCH,
    )


def queries(client: Client, path: str) -> int:
    """Count the queries of a page that is warm."""
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200, path
    return len(captured)


def main() -> None:
    wanted = json.load(sys.stdin)
    with contextlib.redirect_stdout(io.StringIO()):  # some of its commands print past Django's stdout
        call_command("initial_setup", "-f", stdout=io.StringIO())
        call_command("load_test_data")
    users = people(wanted["people"])
    homes = projects(wanted["projects"], users, wanted["title"], wanted["description"])
    made = allocations(wanted["allocations"], homes, wanted["justification"])
    details(made, users)
    assert (Project.objects.count(), Allocation.objects.count()) == (
        wanted["projects"],
        wanted["allocations"],
    )

    client = Client()
    client.force_login(
        User.objects.get(username="admin"), backend="django.contrib.auth.backends.ModelBackend"
    )
    first_title = wanted["title"].format(2)
    middle = made[len(made) // 2]
    pages = [
        ("project list", "/project/?show_all_projects=on", [first_title, "person0"]),
        ("allocation list", "/allocation/?show_all_allocations=on", [first_title, "person0"]),
        ("allocation detail", f"/allocation/{middle.pk}/", [middle.project.title, "150000"]),
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
