"""Requests a second and latency of the portal's lists and of one allocation, ours beside ColdFront's."""

from dataclasses import dataclass
from statistics import median

from benchmarks import postgres, table
from benchmarks.portal.coldfront import coldfront
from benchmarks.portal.rows import Rows
from benchmarks.portal.site import Page, Site, cpu_seconds
from benchmarks.portal.wrk import load

CONNECTIONS = 4
# Connections are shared out between the workers by chance, so the median of fresh starts is reported.
REPEATS, SECONDS = 3, 5


@dataclass(frozen=True)
class Figure:
    """What one page of one site did."""

    site: str
    page: Page
    per_second: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    kilobytes: float

    def cells(self) -> list[str]:
        return [
            f"{self.site}, {self.page.name}", str(self.page.queries), f"{self.per_second:.1f}",
            f"{self.p50_ms:.1f}", f"{self.p95_ms:.1f}", f"{self.cpu_ms:.1f}", f"{self.kilobytes:.0f}",
        ]  # fmt: skip


def measure(name: str, site: Site, page: Page, server: postgres.Server) -> Figure:
    """Warm the page, then take the median of a few runs; CPU is the application's and the database's."""
    size = site.check(page)
    url = f"http://127.0.0.1:{site.port}{page.path}"
    load(url, site.cookie, connections=CONNECTIONS, seconds=2)
    before = cpu_seconds(site.pid) + cpu_seconds(server.pid)
    runs = [load(url, site.cookie, connections=CONNECTIONS, seconds=SECONDS) for _ in range(REPEATS)]
    cpu = cpu_seconds(site.pid) + cpu_seconds(server.pid) - before
    site.check(page)
    return Figure(
        name, page,
        per_second=median(run.per_second for run in runs),
        p50_ms=median(run.p50_ms for run in runs),
        p95_ms=median(run.p95_ms for run in runs),
        cpu_ms=1000 * cpu / sum(run.requests for run in runs),
        kilobytes=size / 1000,
    )  # fmt: skip


def main() -> None:
    with postgres.server() as server, coldfront(server, Rows()) as (site, pages):
        peer = [measure("ColdFront", site, page, server) for page in pages]
    table(
        ["page", "queries", "req/s", "p50 ms", "p95 ms", "CPU ms", "kB"], [figure.cells() for figure in peer]
    )


if __name__ == "__main__":
    main()
