"""Queries and milliseconds of the pages where people review, with 3,000 applications and 9,000 reviews.

PostgreSQL with stock settings; each page is asked for in process, signed in, warm, and the median of some
rounds counts. Beside it stand the queries that other portals were measured to make for one page of a list:
Waldur 7.0.7 makes 52 for ten proposals, Hypha 6.7.0 makes 142 for its submissions. Growth is the time with all
of it over the time with a tenth.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from typing import Any

from tests.services import postgres

from benchmarks import ratio, table

WALDUR, HYPHA, MOST = 52, 142, 6
REVIEWS_EACH, REVIEWERS = 3, 300
SIZES = {"a tenth": 300, "whole": 3000}
ROUNDS = 15


def fill(applications: int) -> dict[str, Any]:
    """Fill the database through the rooms' models; return who asks for which pages."""
    from aifactory.access import modes
    from aifactory.access.models import Application, Call, Conflict, Remark, Review
    from aifactory.kit import clock
    from aifactory.people.models import Membership, Organisation, Role, User

    now = clock.now()
    mode = modes.named("regional-v1")
    call = Call(mode_name=mode.name, mode_digest=mode.digest, mode_content=mode.plain(), title_en="Call",
                title_nl="Oproep", opens_at=now, cut_off_at=now + timedelta(days=1), state="closed")  # fmt: skip
    call.save()
    homes = [
        Organisation(name=f"Company {n}", country="NL", kind="company") for n in range(applications // 3)
    ]
    Organisation.objects.bulk_create(homes)
    writers = [
        User(email=f"w{n}@example.org", name=f"Writer {n}", roles=[Role.APPLICANT]) for n in range(len(homes))
    ]
    judges = [
        User(email=f"r{n}@example.org", name=f"Judge {n}", roles=[Role.REVIEWER]) for n in range(REVIEWERS)
    ]
    panel = User(email="panel@example.org", name="Panel", roles=[Role.PANEL, Role.OFFICE])
    User.objects.bulk_create([*writers, *judges, panel])
    Membership.objects.bulk_create(
        Membership(user=w, organisation=h, since=now) for w, h in zip(writers, homes, strict=True)
    )
    made = [
        Application(call=call, organisation=homes[n % len(homes)], applicant=writers[n % len(homes)],
                    reference=f"REG-{n}", title=f"Project {n}", requested={"gpu": 3600 * n}, state="reviewed",
                    answers={"need": "Words. " * 40}, submitted_at=now, due_at=now + timedelta(days=n % 30))
        for n in range(applications)
    ]  # fmt: skip
    Application.objects.bulk_create(made, batch_size=1000)
    ids = [c.id for c in mode.reviewing.criteria] if mode.reviewing else []
    Review.objects.bulk_create(
        (
            Review(application=a, reviewer=judges[(n * 7 + k * 31) % REVIEWERS], state="submitted" if k else "assigned",
                   due_at=now + timedelta(days=k), stated_at=now, submitted_at=now,
                   scores=dict.fromkeys(ids, (n + k) % 6) if k else {}, reasons=dict.fromkeys(ids, "Because. " * 20))
            for n, a in enumerate(made)
            for k in range(REVIEWS_EACH)
        ),
        batch_size=1000,
    )  # fmt: skip
    Conflict.objects.bulk_create(
        Conflict(application=a, person=panel if n % 50 == 0 else judges[n % REVIEWERS], kind="named",
                 handling="recuse", state="recused")
        for n, a in enumerate(made) if n % 5 == 0
    )  # fmt: skip
    Remark.objects.bulk_create(
        Remark(application=a, author=panel, kind="message", text="See page 3.") for a in made[::2]
    )
    first = made[2]
    return {
        "pages": [
            ("reviewer's home", judges[14].pk, "/reviews/"),
            ("one review", None, None),
            ("panel's list", panel.pk, "/panel/"),
            ("discussion", panel.pk, f"/applications/{first.pk}/discussion/"),
            ("conflicts", panel.pk, "/conflicts/"),
            ("office's list", panel.pk, "/office/"),
        ],
        "review": Review.objects.filter(state="assigned").order_by("pk").first(),
    }


def measure(applications: int) -> list[tuple[str, int, float]]:
    """Return page, queries and median milliseconds."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "aifactory.config.settings"
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from aifactory.people.models import User

    call_command("migrate", verbosity=0)
    filled = fill(applications)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    found = []
    for name, who, address in filled["pages"]:
        one = filled["review"]
        client = Client(SERVER_NAME="localhost")
        client.force_login(User.objects.get(pk=who or one.reviewer_id))
        to = address or f"/reviews/{one.pk}/"
        assert client.get(to).status_code == 200, to
        with CaptureQueriesContext(connection) as asked:
            client.get(to)
        queries = len(asked)  # the next request empties the list
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            client.get(to)
            times.append(1000 * (time.perf_counter() - start))
        found.append((name, queries, statistics.median(times)))
    return found


def in_a_process(server: postgres.Server, size: int) -> list[tuple[str, int, float]]:
    """Measure with so many applications, in a database and a process of their own."""
    with tempfile.TemporaryDirectory(prefix="aifactory-bench-") as home:
        environment = {**os.environ, "AIFACTORY_HOME": home, "AIFACTORY_SECRET_KEY": "for this run alone",
                       "DATABASE_URL": server.create(f"desk{size}")}  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.review_desk", str(size)]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return [tuple(row) for row in json.loads(done.stdout.splitlines()[-1])]


def main() -> None:
    with postgres.server() as server:
        small, whole = (in_a_process(server, size) for size in SIZES.values())
    rows = [
        [name, queries, f"{few:.1f}", f"{many:.1f}", f"{many / few:.2f}"]
        for (name, queries, many), (_name, _queries, few) in zip(whole, small, strict=True)
    ]
    table(["page", "queries", "ms at 300", "ms at 3,000", "growth"], rows)
    most = max(queries for _name, queries, _ms in whole)
    ratio("review_desk_queries_within_six", MOST / most, 1)
    ratio("review_desk_queries_below_waldurs_52", WALDUR / most, WALDUR / MOST)
    ratio("review_desk_queries_below_hyphas_142", HYPHA / most, HYPHA / MOST)
    same = all(one[1] == other[1] for one, other in zip(small, whole, strict=True))
    ratio("review_desk_same_queries_at_ten_times", float(same), 1)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
    else:
        main()
