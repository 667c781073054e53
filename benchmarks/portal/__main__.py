"""Requests a second and latency of the portal's lists and of one allocation, ours beside ColdFront's.

Also ours at ten times the rows: a page's cost must not grow with the tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from tests.services import postgres

from benchmarks import ratio, table
from benchmarks.portal.coldfront import coldfront
from benchmarks.portal.factory import factory
from benchmarks.portal.rows import Rows
from benchmarks.portal.site import Site, cpu_seconds
from benchmarks.portal.wrk import Load, load

GOALS = {
    "project list": 10,
    "allocation list": 10,
    "allocation detail": 5,
}  # times ColdFront's requests a second
GROWTH_GOAL = 0.9  # of the requests a second at a tenth of the rows
CONNECTIONS = 4
# The sites take turns, so that a busy moment of the machine hits all; the median of the rounds is reported.
ROUNDS, SECONDS, WARM_UP_S = 3, 5, 2
HEAD = ["page", "site", "queries", "req/s", "p50 ms", "p95 ms", "CPU ms", "kB"]


@dataclass
class Figure:
    """What one page of one site did, round by round. CPU is the application's and the database's."""

    site: Site
    page: str
    bytes: int
    runs: list[Load] = field(default_factory=list)
    cpu_s: float = 0

    @property
    def per_second(self) -> float:
        return median(run.per_second for run in self.runs)

    def cells(self) -> list[object]:
        latencies = (median(run.p50_ms for run in self.runs), median(run.p95_ms for run in self.runs))
        cpu_ms = 1000 * self.cpu_s / sum(run.requests for run in self.runs)
        figures = (self.per_second, *latencies, cpu_ms, self.bytes / 1000)
        queries = self.site.pages[self.page].queries
        return [self.page, self.site.name, queries, *(f"{figure:.1f}" for figure in figures)]

    def over(self, other: "Figure") -> float:
        """Return how many times the other's requests a second, as the median of the rounds."""
        return median(
            mine.per_second / theirs.per_second for mine, theirs in zip(self.runs, other.runs, strict=True)
        )


def measure(sites: list[Site], page: str, server: postgres.Server) -> list[Figure]:
    """Load one page of every site in turn, for a few rounds; check before and after that it is the page."""
    figures = [Figure(site, page, site.check(page)) for site in sites]
    for site in sites:
        load(site.url(page), site.cookie, connections=CONNECTIONS, seconds=WARM_UP_S)
    for _ in range(ROUNDS):
        for figure in figures:
            site = figure.site
            before = cpu_seconds(site.pid) + cpu_seconds(server.pid)
            figure.runs.append(load(site.url(page), site.cookie, connections=CONNECTIONS, seconds=SECONDS))
            figure.cpu_s += cpu_seconds(site.pid) + cpu_seconds(server.pid) - before
    for site in sites:
        site.check(page)
    return figures


@contextmanager
def sites_up(server: postgres.Server, rows: Rows) -> Iterator[list[Site]]:
    """Fill and serve ours, ours with ten times the rows, and the peer."""
    with (
        factory("ours", server, rows) as ours,
        factory("ours 10x", server, rows.times(10)) as large,
        coldfront(server, rows) as peer,
    ):
        yield [ours, large, peer]


def main() -> None:
    rows, growth = Rows(), {}
    print(
        f"{rows.projects:,} projects, {rows.allocations:,} allocations, {CONNECTIONS} connections", flush=True
    )
    with postgres.server() as server, sites_up(server, rows) as sites:
        measured = {page: measure(sites, page, server) for page in GOALS}
    table(HEAD, [figure.cells() for figures in measured.values() for figure in figures])
    for page, (ours, large, peer) in measured.items():
        ratio(f"portal_{page.replace(' ', '_')}", ours.over(peer), GOALS[page])
        growth[page] = large.over(ours)
    ratio("portal_growth_10x", min(growth.values()), GROWTH_GOAL)


if __name__ == "__main__":
    main()
