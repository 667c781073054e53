"""Full contract negotiations a second and their latency, beside a bare pair of stubs in the same run.

Two whole factories, each with its own PostgreSQL database, web server, keys and log, agree over HTTP: request,
agreement, verification, finalisation, each message signed, checked, written to an outbox and to the log. The
peer is the floor: two HTTP servers that keep states in memory, without checks, records or proof of who speaks.
The transfer of the data follows by itself; a negotiation begins when that of the one before is open, and in one row
some are under way together. Then the same where 3,000 other offers stand on either side. What a negotiation asks of
the databases is read from their server's own log, its calls over HTTP from the outboxes. Processor time is told
apart, of both factories and both databases, transfer included: it stays the same on a busy machine.
`python -m benchmarks.negotiate [NEGOTIATIONS]`.
"""

import re
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

import psycopg
from tests.services import postgres

from benchmarks import ratio, table
from benchmarks.negotiate.sides import TOGETHER, factory, run
from benchmarks.negotiate.stub import stub_pair
from benchmarks.portal.site import cpu_seconds

GOAL_MS, GOAL_GROWTH = 40.0, 1.1
MANY, STANDING, WARM, COUNTED = 60, 3_000, 15, 4
ROLES = ("provider", "consumer")
#: what the server writes down of a statement; how the benchmark waits is no part of a negotiation
_STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]*): \s*(?!SELECT (?:state|bool_or))(\w+)")
_CALLS = "SELECT coalesce(sum(tries), 0) FROM datasets_message WHERE standing <> 'received'"


def figures(name: str, taken: list[float], seconds: float | None = None) -> list[object]:
    """Return a row of the table: milliseconds, and negotiations a second, one after the other or in `seconds`."""
    p95 = quantiles(taken, n=20)[-1]
    each = (f"{1000 * s:.1f}" for s in (median(taken), p95))
    return [name, len(taken), *each, f"{len(taken) / (seconds or sum(taken)):.1f}"]


def asked(server: postgres.Server, databases: list[str], consumer: dict[str, str]) -> list[float]:
    """Return statements, transactions and calls over HTTP of one negotiation with its transfer, both sides together.

    Twice as many negotiations are followed as before: the difference is theirs, and what a process asks first is not.
    """
    log = server.folder / "log"
    with ExitStack() as stack:
        both = [stack.enter_context(psycopg.connect(url, autocommit=True)) for url in databases]
        both[0].execute("ALTER SYSTEM SET log_statement = 'all'")
        both[0].execute("SELECT pg_reload_conf()")
        found: list[Counter[str]] = []
        for many in (COUNTED, 2 * COUNTED):
            before = log.stat().st_size
            calls = [one.execute(_CALLS).fetchone() for one in both]
            run(consumer, "negotiate", str(many), "1")
            said = Counter(_STATEMENT.findall(log.read_bytes()[before:].decode()))
            after = [one.execute(_CALLS).fetchone() for one in both]
            said["calls"] = sum(b[0] - a[0] for a, b in zip(calls, after, strict=True) if a and b)
            found.append(said)
        both[0].execute("ALTER SYSTEM RESET log_statement")
        both[0].execute("SELECT pg_reload_conf()")
    each = {name: (found[1][name] - found[0][name]) / COUNTED for name in found[1]}
    calls_each, around = each.pop("calls"), ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [sum(n for name, n in each.items() if name not in around), each.get("COMMIT", 0.0), calls_each]


def main(many: int) -> None:
    """Run both pairs, and print the tables and the ratios."""
    floor = stub_pair(many)[5:]
    with tempfile.TemporaryDirectory() as name, postgres.server() as server, ExitStack() as stack:
        folder, ports = Path(name), [postgres.free_port(), postgres.free_port()]
        databases = [server.create(role) for role in ROLES]
        provider, one = stack.enter_context(factory("provider", databases[0], folder, ports[0]))
        consumer, other = stack.enter_context(factory("consumer", databases[1], folder, ports[1]))
        run(provider, "admit", "provider")
        run(
            consumer, "negotiate", str(WARM), str(TOGETHER)
        )  # opens the connections and prepares the questions
        before = cpu_seconds(one) + cpu_seconds(other), cpu_seconds(server.pid)
        alone = run(consumer, "negotiate", str(many), "1")
        used = cpu_seconds(one) + cpu_seconds(other) - before[0], cpu_seconds(server.pid) - before[1]
        together = run(consumer, "negotiate", str(many), str(TOGETHER))
        each = asked(server, databases, consumer)
        run(provider, "crowd", "provider", str(STANDING))
        run(consumer, "crowd", "consumer", str(STANDING))
        for role in ROLES:
            server.analyze(role)
        crowded = run(consumer, "negotiate", str(many), "1")
    ours, full = (
        alone["taken"][5:],
        crowded["taken"][5:],
    )  # the first ones open the asking process's connections
    table(
        ["negotiations", "n", "median ms", "p95 ms", "per s"],
        [
            figures("two factories", ours),
            figures("and the transfer open", alone["whole"][5:]),
            figures(f"{TOGETHER} at a time, transfer open", together["whole"], together["all"][0]),
            figures(f"with {STANDING:,} offers standing", full),
            figures("stub pair, in memory", floor),
        ],
    )
    print(
        "of each, with its transfer, both sides: {:g} statements, {:g} transactions, {:g} calls".format(*each)
    )
    cpu = [f"{1000 * seconds / many:.1f}" for seconds in used]
    print(f"processor time of each, with its transfer: web servers {cpu[0]} ms, PostgreSQL {cpu[1]} ms")
    ratio("negotiate_p95_ms", 1000 * quantiles(ours, n=20)[-1], GOAL_MS)
    ratio("negotiate_over_stub", median(ours) / median(floor), GOAL_MS / 6.3)
    ratio("negotiate_growth_with_offers", median(full) / median(ours), GOAL_GROWTH)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else MANY)
