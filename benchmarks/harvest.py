"""Datasets out of one catalogue and into another: exported, harvested, validated, found, and pages that do not grow.

PostgreSQL with stock settings. So many published datasets are exported as DCAT-AP in Turtle, page by page, as anyone
reads them; the same pages are then harvested: read, held against the clauses of DCAT-AP record by record, kept, put
in the search. A second harvest finds nothing new. Beside it, on a sample of those very pages: rdflib reads them,
pyshacl validates them with the official shapes (a page at a time; one dataset at a time takes longer), rdflib writes
them; carried over to all datasets in proportion, and said so. Times are CPU seconds of the measuring process with the
clock beside them: what the database works is in the latter only.

    SHAPES=../shared/data/standards/dcat-ap-3.0.1/shapes.ttl
    python -m benchmarks.harvest --datasets 10000 --sample 500 --shapes $SHAPES
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.services import postgres

from benchmarks import ratio, table

AT = "https://localhost/datasets/catalogue.ttl"
PAGE, ROUNDS, MOST_QUERIES, GROWTH_GOAL = 100, 7, 6, 1.5
WORDS = "wind solar river traffic patient soil energy bridge harvest climate school tumour".split()  # noqa: SIM905
THEMES = ("health", "energy", "transport", "environment")


def spent(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return CPU seconds of this process, seconds by the clock, and what the work returned."""

    def cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime

    began, start = cpu(), time.perf_counter()
    made = work()
    return cpu() - began, time.perf_counter() - start, made


def fill(count: int) -> None:
    """Write published datasets, each with one file and a title of its own."""
    from aifactory.datasets import vocabulary as v
    from aifactory.datasets.models import Dataset, DatasetFile, DatasetVersion
    from aifactory.datasets.search.index import show_all
    from aifactory.people.models import Organisation, User

    themes = [theme for theme in THEMES if theme in v.THEMES] or list(v.THEMES)
    holder, steward = Organisation(name="A hospital", country="NL"), User(email="a@example.org", name="A")
    holder.save()
    steward.save()
    rows = [
        Dataset(
            title=f"{WORDS[n % 12].title()} and {WORDS[n // 12 % 12]}, series {n}",
            title_nl=f"{WORDS[n % 12].title()}, reeks {n}",
            description=f"Measurements of {WORDS[n % 7]} number {n}, hour by hour, checked by hand.",
            holder=holder, steward=steward, theme=themes[n % len(themes)], access="public",
            licence=next(iter(v.LICENCES)), contains_personal_data=False, state="published",
            details={"keywords": [WORDS[n % 12], WORDS[n % 11]]},
        )
        for n in range(count)
    ]  # fmt: skip
    Dataset.objects.bulk_create(rows, batch_size=2_000)
    versions = [
        DatasetVersion(dataset=one, number=1, digest="sha256:" + "a" * 64, report_digest="sha256:" + "b" * 64,
                       state="published") for one in rows
    ]  # fmt: skip
    DatasetVersion.objects.bulk_create(versions, batch_size=2_000)
    DatasetFile.objects.bulk_create(
        [DatasetFile(version=one, path="data.csv", media_type="text/csv", size=1_000, digest="sha256:" + "c" * 64,
                     key=f"datasets/{one.pk}") for one in versions],
        batch_size=2_000,
    )  # fmt: skip
    show_all()


def exported() -> list[bytes]:
    """Read the whole catalogue in Turtle, from page to page."""
    from django.test import Client

    client, at, pages = Client(SERVER_NAME="localhost"), "/datasets/catalogue.ttl?profile=dcat-ap", []
    while at:
        answer = client.get(at, secure=True)
        assert answer.status_code == 200, at
        pages.append(answer.content)
        link = answer.headers.get("Link", "")
        at = link.removeprefix("<https://localhost").split(">")[0] if link else ""
    return pages


class Web:
    """The pages as another factory would send them: each page's `hydra:next` leads to the following one."""

    def __init__(self, pages: list[bytes]) -> None:
        self.pages = iter(pages)

    @contextmanager
    def stream(self, _address: str, _headers: dict[str, str]) -> Iterator[tuple[int, Iterator[bytes]]]:
        yield 200, iter([next(self.pages)])


def harvested(pages: list[bytes]) -> Any:
    """Read the pages into ours as another catalogue; return the harvest."""
    from aifactory.datasets.harvesting import actions
    from aifactory.datasets.harvesting.fetching import Limits
    from aifactory.datasets.harvesting.models import CatalogueSource
    from aifactory.datasets.harvesting.rules import HARVESTER
    from aifactory.people.models import User
    from aifactory.ports.dataspace import Caller
    from aifactory.ports.registry import provide

    source = CatalogueSource.objects.filter(address=AT).first()
    if source is None:
        source = CatalogueSource(name="Elsewhere", address=AT, kind="dcat", added_by=User.objects.get())
        source.save()
    provide(Caller, Web(pages))
    made = actions.harvest(source, by=HARVESTER, limits=Limits(seconds=3_600))
    if made.problem:
        raise RuntimeError(made.problem)
    return made


def asked(addresses: dict[str, str]) -> list[tuple[str, int, float]]:
    """Return each page's name, queries and milliseconds, warm: the best of some rounds, as others use the machine."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client, found = Client(SERVER_NAME="localhost"), []
    for name, at in addresses.items():
        assert client.get(at).status_code == 200, at
        with CaptureQueriesContext(connection) as queries:
            client.get(at)
        count = len(queries)  # now: the next request forgets them
        times = [spent(lambda at=at: client.get(at))[1] * 1e3 for _ in range(ROUNDS)]
        found.append((name, count, min(times)))
    return found


def measure(count: int, folder: Path) -> dict[str, Any]:
    """Do all of it once, in this process and its own database; leave the pages for the peer in `folder`."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "aifactory.config.settings"
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    fill(count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    asked({"catalogue": "/datasets/"})  # what a first request loads is no part of the figures
    out = spent(exported)
    first, again = spent(lambda: harvested(out[2])), spent(lambda: harvested(out[2]))
    if (first[2].added, first[2].faulty, again[2].same) != (count, 0, count):
        raise RuntimeError(
            f"{first[2].added} of {count} came in, {first[2].faulty} with errors, {again[2].same} again"
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for number, page in enumerate(out[2]):
        (folder / f"{number:05}.ttl").write_bytes(page)
    return {
        "figures": {"out": out[:2], "in": first[:2], "again": again[:2]},
        "bytes": sum(map(len, out[2])),
        "pages": asked({
            "catalogue": "/datasets/", "search": "/datasets/?text=wind+tumour", "facet": "/datasets/?theme=energy",
            "search (API)": "/api/v1/datasets?text=river", "export of 100": "/datasets/catalogue.ttl",
        }),
    }  # fmt: skip


def in_a_process(server: postgres.Server, count: int, folder: Path) -> dict[str, Any]:
    """Measure with so many datasets, in a database and a process of their own."""
    with tempfile.TemporaryDirectory(prefix="aifactory-bench-") as home:
        environment = {**os.environ, "AIFACTORY_HOME": home, "AIFACTORY_SECRET_KEY": "for this run alone",
                       "DATABASE_URL": server.create(f"harvest{count}")}  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.harvest", "--one", str(count), "--folder", str(folder)]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def peer(folder: Path, sample: int, shapes: Path) -> tuple[int, dict[str, tuple[float, float]]]:
    """Let rdflib and pyshacl do the same with so many of the datasets; return how many those were."""
    import pyshacl
    import rdflib

    rules = rdflib.Graph().parse(data=shapes.read_text().replace("sh:shape ", "sh:node "), format="turtle")
    pages = sorted(folder.glob("*.ttl"))[: max(1, sample // PAGE)]

    def read() -> list[rdflib.Graph]:
        return [rdflib.Graph().parse(page, format="turtle") for page in pages]

    took_in = spent(read)
    judged = spent(lambda: [pyshacl.validate(g, shacl_graph=rules, inference="none")[0] for g in took_in[2]])
    if not all(judged[2]):
        print("pyshacl finds our own export wanting", file=sys.stderr)
    out = spent(lambda: [g.serialize(format="turtle") for g in took_in[2]])
    kind = rdflib.URIRef("http://www.w3.org/ns/dcat#Dataset")
    count = sum(len(list(g.subjects(rdflib.RDF.type, kind))) for g in took_in[2])
    return count, {"read": took_in[:2], "validate": judged[:2], "write": out[:2]}


def main() -> None:
    asked_ = argparse.ArgumentParser(description=__doc__)
    asked_.add_argument("--datasets", type=int, default=10_000)
    asked_.add_argument("--sample", type=int, default=500, help="datasets that rdflib and pyshacl are given")
    asked_.add_argument("--shapes", type=Path, help="the official shapes; without them there is no peer")
    asked_.add_argument("--one", type=int, help="measure with so many alone, in this process")
    asked_.add_argument("--folder", type=Path)
    given = asked_.parse_args()
    if given.one:
        print(json.dumps(measure(given.one, given.folder)))
        return
    started = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder, postgres.server() as server:
        small, large = Path(folder, "small"), Path(folder, "large")
        small.mkdir()
        large.mkdir()
        few = in_a_process(server, max(1, given.datasets // 10), small)
        many = in_a_process(server, given.datasets, large)
        beside = peer(large, given.sample, given.shapes) if given.shapes else None
    tell(given.datasets, few, many, beside)
    print(f"measured on {started:%Y-%m-%d}, in {(datetime.now(UTC) - started).total_seconds():.0f} s")


def tell(count: int, few: dict[str, Any], many: dict[str, Any], beside: Any) -> None:
    """Print both tables and the ratios."""
    names = {
        "out": "export, Turtle",
        "in": "harvest: read, validate, keep, index",
        "again": "harvest again: all the same",
    }
    rows = [
        [names[name], f"{cpu:.1f} s", f"{wall:.1f} s", f"{1e3 * cpu / count:.2f} ms"]
        for name, (cpu, wall) in many["figures"].items()
    ]
    if beside:
        sample, figures = beside
        rows += [
            [f"rdflib, pyshacl: {name} ({sample:,}, carried over)", f"{cpu * count / sample:.1f} s",
             f"{wall * count / sample:.1f} s", f"{1e3 * cpu / sample:.2f} ms"]
            for name, (cpu, wall) in figures.items()
        ]  # fmt: skip
    table([f"{count:,} datasets, {many['bytes'] / 1e6:.0f} MB", "CPU", "wall", "CPU a dataset"], rows)
    print()
    pages = [
        [name, queries, f"{little:.1f}", f"{much:.1f}", f"{much / little:.2f}"]
        for (name, queries, much), (_n, _q, little) in zip(many["pages"], few["pages"], strict=True)
    ]
    table(["page", "queries", f"ms at {2 * count // 10:,}", f"ms at {2 * count:,}", "growth"], pages)
    growth = max(much / little for (*_, much), (*_, little) in zip(many["pages"], few["pages"], strict=True))
    ratio("harvest_page_queries_within_six", MOST_QUERIES / max(q for _n, q, _ms in many["pages"]), 1)
    ratio("harvest_page_growth_ten_times", GROWTH_GOAL / growth, 1)
    if beside:
        sample, figures = beside
        theirs = sum(cpu for cpu, _ in figures.values()) / sample
        ours = (many["figures"]["in"][0] + many["figures"]["out"][0]) / count
        ratio("harvest_rdflib_pyshacl", theirs / ours, 5)


if __name__ == "__main__":
    main()
