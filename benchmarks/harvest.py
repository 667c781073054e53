"""Datasets out of one catalogue and into another: exported, harvested, validated, found, and pages that do not grow.

PostgreSQL with stock settings, one database and one process for each size. So many published datasets are exported as
DCAT-AP in Turtle, page by page, as anyone reads them; the same pages are then harvested: read, held against the
clauses of DCAT-AP record by record, kept, put in the search. A second harvest finds nothing new. Then both are in the
catalogue, so its pages are asked of twice as many. Beside it, on a sample of those very pages: rdflib reads them,
pyshacl validates them with the official shapes (a page at a time; one dataset at a time takes longer), rdflib writes
them. Times are CPU seconds of the measuring process with the clock beside them: what the database works is in the
latter only. Memory is the most that the process ever held.

    script/bench harvest --datasets 1000 10000 100000

The official shapes of DCAT-AP 3.0.1 are read from the folder that AIFACTORY_SHARED names, or from `--shapes`; without
them there is no peer. 100,000 take about ten minutes.
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
from functools import partial
from pathlib import Path
from typing import Any

from tests.services import postgres

from benchmarks import ratio, table

AT = "https://localhost/datasets/catalogue.ttl"
PAGE, CHUNK, ROUNDS, MOST_QUERIES, GROWTH_GOAL = 100, 2_000, 9, 6, 1.5
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
    from aifactory.datasets.search.index import show_all
    from aifactory.people.models import Organisation, User

    holder, steward = Organisation(name="A hospital", country="NL"), User(email="a@example.org", name="A")
    holder.save()
    steward.save()
    for start in range(0, count, CHUNK):
        fill_some(range(start, min(start + CHUNK, count)), holder, steward)
    show_all()


def fill_some(numbers: range, holder: Any, steward: Any) -> None:
    """Write the datasets of these numbers."""
    from aifactory.datasets import vocabulary as v
    from aifactory.datasets.models import Dataset, DatasetFile, DatasetVersion

    themes = [theme for theme in THEMES if theme in v.THEMES] or list(v.THEMES)
    rows = [
        Dataset(
            title=f"{WORDS[n % 12].title()} and {WORDS[n // 12 % 12]}, series {n}",
            title_nl=f"{WORDS[n % 12].title()}, reeks {n}",
            description=f"Measurements of {WORDS[n % 7]} number {n}, hour by hour, checked by hand.",
            holder=holder, steward=steward, theme=themes[n % len(themes)], access="public",
            licence=next(iter(v.LICENCES)), contains_personal_data=False, state="published",
            details={"keywords": [WORDS[n % 12], WORDS[n % 11]]},
        )
        for n in numbers
    ]  # fmt: skip
    versions = [
        DatasetVersion(dataset=one, number=1, digest="sha256:" + "a" * 64, report_digest="sha256:" + "b" * 64,
                       state="published") for one in rows
    ]  # fmt: skip
    files = [
        DatasetFile(version=one, path="data.csv", media_type="text/csv", size=1_000, digest="sha256:" + "c" * 64,
                    key=f"datasets/{one.pk}") for one in versions
    ]  # fmt: skip
    Dataset.objects.bulk_create(rows)
    DatasetVersion.objects.bulk_create(versions)
    DatasetFile.objects.bulk_create(files)


def exported(folder: Path) -> int:
    """Read the whole catalogue in Turtle, from page to page, into files; return how many bytes that were."""
    from django.test import Client

    client, at, size, number = Client(SERVER_NAME="localhost"), f"{AT}?profile=dcat-ap", 0, 0
    while at:
        answer = client.get(at.removeprefix("https://localhost"), secure=True)
        assert answer.status_code == 200, at
        size += (folder / f"{number:05}.ttl").write_bytes(answer.content)
        link, number = answer.headers.get("Link", ""), number + 1
        at = link[1:].split(">")[0]
    return size


class Web:
    """The pages as another factory would send them: each page's `hydra:next` leads to the following one."""

    def __init__(self, folder: Path) -> None:
        self.pages = iter(sorted(folder.glob("*.ttl")))

    @contextmanager
    def stream(self, _address: str, _headers: dict[str, str]) -> Iterator[tuple[int, Iterator[bytes]]]:
        yield 200, iter([next(self.pages).read_bytes()])


def harvested(folder: Path) -> Any:
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
    provide(Caller, Web(folder))
    made = actions.harvest(source, by=HARVESTER, limits=Limits(seconds=3_600))
    if made.problem:
        raise RuntimeError(made.problem)
    return made


def counted(folder: Path) -> tuple[Any, int]:
    """Harvest the pages; return the harvest, and how many statements it sent to the database."""
    from django.db import connection

    count = 0

    def counting(execute: Any, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*arguments)

    with connection.execute_wrapper(counting):
        return harvested(folder), count


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
        times = [spent(partial(client.get, at))[1] * 1e3 for _ in range(ROUNDS)]
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
        cursor.execute("VACUUM ANALYZE")
    asked({"catalogue": "/datasets/"})  # what a first request loads is no part of the figures
    *out, size = spent(lambda: exported(folder))
    before = memory()
    *first, (came, sent) = spent(lambda: counted(folder))
    *again, (same, resent) = spent(lambda: counted(folder))
    if (came.added, came.faulty, same.same) != (count, 0, count):
        raise RuntimeError(f"{came.added} of {count} came in, {came.faulty} faulty, {same.same} again")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {
        "count": count, "bytes": size, "memory": [before, memory()], "statements": [sent, resent],
        "figures": {"out": out, "in": first, "again": again},
        "pages": asked({
            "catalogue": "/datasets/", "catalogue, later page": "/datasets/?after=0.dst_0",
            "one theme": "/datasets/?theme=energy", "a theme of ours": "/datasets/?theme=energy&source=here",
            "search, rare word": f"/datasets/?text={count // 2}", "search, two words": "/datasets/?text=wind+tumour",
            "search, word of a third": "/api/v1/datasets?text=river", "search, word of all": "/datasets/?text=series",
            "search, word and theme": "/datasets/?text=river&theme=energy",
            "export of 100": "/datasets/catalogue.ttl",
        }),
    }  # fmt: skip


def memory() -> int:
    """Return the most MB that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def in_a_process(server: postgres.Server, count: int, folder: Path) -> dict[str, Any]:
    """Measure with so many datasets, in a database and a process of their own."""
    with tempfile.TemporaryDirectory(prefix="aifactory-bench-") as home:
        environment = {**os.environ, "AIFACTORY_HOME": home, "AIFACTORY_SECRET_KEY": "for this run alone",
                       "DATABASE_URL": server.create(f"harvest{count}")}  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.harvest", "--one", str(count), "--folder", str(folder)]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def peer(folder: Path, sample: int, shapes: Path) -> dict[str, float]:
    """Let rdflib and pyshacl do the same with so many of the datasets; return their CPU seconds a dataset."""
    import pyshacl
    import rdflib

    rules = rdflib.Graph().parse(data=shapes.read_text().replace("sh:shape ", "sh:node "), format="turtle")
    pages = sorted(folder.glob("*.ttl"))[: max(1, sample // PAGE)]
    took_in = spent(lambda: [rdflib.Graph().parse(page, format="turtle") for page in pages])
    judged = spent(lambda: [pyshacl.validate(g, shacl_graph=rules, inference="none")[0] for g in took_in[2]])
    if not all(judged[2]):
        print("pyshacl finds our own export wanting", file=sys.stderr)
    out = spent(lambda: [g.serialize(format="turtle") for g in took_in[2]])
    kind = rdflib.URIRef("http://www.w3.org/ns/dcat#Dataset")
    count = sum(len(list(g.subjects(rdflib.RDF.type, kind))) for g in took_in[2])
    return {"read": took_in[0] / count, "validate": judged[0] / count, "write": out[0] / count}


def main() -> None:
    shared = os.environ.get("AIFACTORY_SHARED")
    known = Path(shared, "data/standards/dcat-ap-3.0.1/shapes.ttl") if shared else None
    asked_ = argparse.ArgumentParser(description=__doc__)
    asked_.add_argument("--datasets", type=int, nargs="+", default=[1_000, 10_000], help="smallest first")
    asked_.add_argument("--sample", type=int, default=500, help="datasets that rdflib and pyshacl are given")
    asked_.add_argument("--shapes", type=Path, default=known, help="the official shapes, for the peer")
    asked_.add_argument("--one", type=int, help="measure with so many alone, in this process")
    asked_.add_argument("--folder", type=Path)
    given = asked_.parse_args()
    if given.one:
        print(json.dumps(measure(given.one, given.folder)))
        return
    started, done = datetime.now(UTC), []
    with postgres.server() as server:
        for count in given.datasets:
            with tempfile.TemporaryDirectory() as folder:
                done.append(in_a_process(server, count, Path(folder)))
                theirs = peer(Path(folder), given.sample, given.shapes) if given.shapes else {}
            tell(done[-1], theirs, min(given.sample, count))
    tell_pages(done)
    print(f"measured on {started:%Y-%m-%d}, in {(datetime.now(UTC) - started).total_seconds():.0f} s")


def tell(ours: dict[str, Any], theirs: dict[str, float], sample: int) -> None:
    """Print what one size took, beside the peer, and their ratio."""
    count, (sent, resent), (before, most) = ours["count"], ours["statements"], ours["memory"]
    names = {
        "out": ("export, Turtle", ""),
        "in": ("harvest: read, validate, keep, index", f"{sent:,}"),
        "again": ("harvest again: all the same", f"{resent:,}"),
    }
    rows = [
        [names[name][0], f"{cpu:.1f} s", f"{wall:.1f} s", f"{1e3 * cpu / count:.2f} ms", names[name][1]]
        for name, (cpu, wall) in ours["figures"].items()
    ]
    rows += [
        [f"rdflib, pyshacl: {name} ({sample:,} of them)", "", "", f"{1e3 * cpu:.2f} ms", ""]
        for name, cpu in theirs.items()
    ]
    head = f"{count:,} datasets, {ours['bytes'] / 1e6:.0f} MB"
    table([head, "CPU", "wall", "CPU a dataset", "statements"], rows)
    print(f"at most {most} MB of memory held, {before} MB before the harvest\n")
    if theirs:
        own = (ours["figures"]["in"][0] + ours["figures"]["out"][0]) / count
        ratio(f"harvest_rdflib_pyshacl_{count}", sum(theirs.values()) / own, 5)


def tell_pages(done: list[dict[str, Any]]) -> None:
    """Print what each page costs at each size, and how that grows from the first to the last."""
    rows, most = [], []
    for kinds in zip(*(one["pages"] for one in done), strict=True):
        times = [ms for _name, _queries, ms in kinds]
        most.append((max(queries for _name, queries, _ms in kinds), times[-1] / times[0]))
        rows.append([kinds[0][0], most[-1][0], *(f"{ms:.1f}" for ms in times), f"{most[-1][1]:.2f}"])
    sizes = [f"ms at {2 * one['count']:,}" for one in done]
    table(["page", "queries", *sizes, "growth"], rows)
    ratio("harvest_page_queries_within_six", MOST_QUERIES / max(queries for queries, _growth in most), 1)
    if len(done) > 1:
        first, last = done[0], done[-1]
        cost = [one["figures"]["in"][0] / one["count"] for one in (first, last)]
        ratio("harvest_page_growth", GROWTH_GOAL / max(growth for _queries, growth in most), 1)
        ratio("harvest_cost_a_dataset_growth", GROWTH_GOAL * cost[0] / cost[1], 1)


if __name__ == "__main__":
    main()
