"""Who reads what: the exact max-min then max-sum division and its draw, beside solvers that do less.

Made-up scores of 100 × 300 and 1,000 × 3,000: mixtures of twenty subjects, a fifth of noise, 5 % of pairs in
conflict; three reviews an application, two a person at most. Peers on the same scores: OR-tools' min-cost flow
(the highest sum alone, whole assignments, no limit on how sure somebody may be) and scipy's HiGHS MILP
(max-min alone, whole assignments, on each application's 60 best pairs, stopped after 30 s). Seconds are of
processor time. `assign_bound` is what both steps reached over the bound from the dual prices, the lower of the
two: 1 means that nothing can be better.
"""

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from ortools.graph.python import min_cost_flow
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from aifactory.access.matching.draw import draw, settle
from aifactory.access.matching.optimum import Problem, optimum
from benchmarks import ratio, table

SIZES = ((100, 300), (1_000, 3_000))
REVIEWS, LOAD, SUBJECTS, CONFLICTS = 3, 2, 20, 0.05
LIMIT_S = 10
PRUNED = 60
MILP_LIMIT_S = 30
SCALE = 1_000_000


def problem(items: int, people: int) -> Problem:
    """Return made-up scores, the same at each run."""
    chance = np.random.default_rng(2027)
    about, knows = (chance.dirichlet(np.full(SUBJECTS, 0.2), count) for count in (items, people))
    lengths = np.linalg.norm(about, axis=1)[:, None] * np.linalg.norm(knows, axis=1)[None, :]
    scores = np.clip(0.8 * (about @ knows.T) / lengths + 0.2 * chance.random((items, people)), 0, 1)
    allowed = chance.random((items, people)) > CONFLICTS
    return Problem(scores, allowed, np.full(items, REVIEWS), np.full(people, LOAD))


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what the work gives, and the processor time of it in seconds."""
    start = time.process_time()
    return work(), time.process_time() - start


def least(scores: np.ndarray, pairs: np.ndarray) -> float:
    """Return the lowest score per review of any item."""
    sums = np.bincount(pairs[:, 0], scores[pairs[:, 0], pairs[:, 1]], len(scores))
    return float(sums.min() / REVIEWS)


def flow(p: Problem) -> np.ndarray:
    """Return the pairs with the highest sum, by OR-tools' min-cost flow over every allowed pair."""
    items, people = p.scores.shape
    item, person = np.nonzero(p.allowed)
    source, sink = items + people, items + people + 1
    tail = np.r_[np.full(items, source), item, items + np.arange(people)]
    head = np.r_[np.arange(items), items + person, np.full(people, sink)]
    room = np.r_[p.demand, np.ones(len(item), dtype=np.int64), p.load]
    cost = np.r_[np.zeros(items), -np.round(p.scores[item, person] * SCALE), np.zeros(people)].astype(
        np.int64
    )
    network = min_cost_flow.SimpleMinCostFlow()
    arcs = network.add_arcs_with_capacity_and_unit_cost(tail, head, room, cost)
    supply = np.zeros(items + people + 2, dtype=np.int64)
    supply[source], supply[sink] = p.demand.sum(), -p.demand.sum()
    network.set_nodes_supplies(np.arange(len(supply)), supply)
    if network.solve() != network.OPTIMAL:
        raise RuntimeError("OR-tools found no flow.")
    taken = network.flows(arcs)[items : items + len(item)] > 0
    return np.column_stack([item[taken], person[taken]])


def max_min(p: Problem) -> np.ndarray:
    """Return the whole assignment with the best worst-served item, by HiGHS' MILP on the best pairs of each."""
    items, people = p.scores.shape
    ranked = np.where(p.allowed, p.scores, -1)
    person = np.argpartition(-ranked, PRUNED, axis=1)[:, :PRUNED].ravel()
    item = np.repeat(np.arange(items), PRUNED)
    kept = p.allowed[item, person]
    item, person, pairs = item[kept], person[kept], int(kept.sum())
    each, ones = np.arange(pairs), np.ones(pairs)
    rows = np.r_[item, items + person, items + people + item, items + people + np.arange(items)]
    columns = np.r_[each, each, each, np.full(items, pairs)]
    values = np.r_[ones, ones, p.scores[item, person], np.full(items, -float(REVIEWS))]
    matrix = coo_array((values, (rows, columns)), shape=(2 * items + people, pairs + 1)).tocsr()
    low = np.r_[p.demand, np.zeros(people + items)]
    high = np.r_[p.demand, p.load, np.full(items, np.inf)]
    found = milp(
        np.r_[np.zeros(pairs), -1.0],
        constraints=LinearConstraint(matrix, low, high),
        integrality=np.r_[ones, 0],
        bounds=Bounds(0, np.r_[ones, np.inf]),
        options={"time_limit": MILP_LIMIT_S, "disp": False},
    )
    if found.x is None:
        raise RuntimeError(f"HiGHS found no assignment: {found.message}")
    taken = found.x[:pairs] > 0.5
    return np.column_stack([item[taken], person[taken]])


def measure(items: int, people: int) -> tuple[list[list[str]], float, float]:
    """Return the rows of the table, our seconds, and what was reached over its bound."""
    p = problem(items, people)
    size = f"{items:,} × {people:,}"
    best, seconds = timed(lambda: optimum(p))
    answer = list(zip(best.item.tolist(), best.person.tolist(), best.probability.tolist(), strict=True))
    demand, load = p.demand.tolist(), p.load.tolist()
    drawn, draw_s = timed(lambda: draw(settle(answer, demand, load, p.cap_percent), demand, load, b"bench"))
    pairs = np.array(drawn)
    rows = [
        row("this division, expected", size, seconds, best.worst, best.total, 0.5),
        row("  and its draw", size, draw_s, least(p.scores, pairs), total(p, pairs), 1),
        ["  the worst served alone could have", size, "", f"{best.level:.4f}", "", ""],
        ["  what nothing exceeds", size, "", f"{best.level_bound:.4f}", f"{best.total_bound:.2f}", ""],
    ]
    for name, solver in (
        ("OR-tools min-cost flow: sum", flow),
        (f"HiGHS MILP, {MILP_LIMIT_S} s at most: max-min", max_min),
    ):
        found, peer_s = timed(lambda solver=solver: solver(p))
        rows.append(row(name, size, peer_s, least(p.scores, found), total(p, found), 1))
    return rows, seconds + draw_s, min(best.level / best.level_bound, best.total / best.total_bound)


def total(p: Problem, pairs: np.ndarray) -> float:
    """Return the sum of the scores of pairs."""
    return float(p.scores[pairs[:, 0], pairs[:, 1]].sum())


def row(  # noqa: PLR0917 - the columns of the table
    name: str, size: str, seconds: float, worst: float, whole: float, sure: float
) -> list[str]:
    """Return one line of the table."""
    return [name, size, f"{seconds:.2f}", f"{worst:.4f}", f"{whole:.2f}", f"{sure:g}"]


def main() -> None:
    """Print the table, and the figures of each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="only 100 × 300")
    sizes = SIZES[:1] if parser.parse_args().small else SIZES
    lines, figures = [], []
    for items, people in sizes:
        rows, seconds, gap = measure(items, people)
        lines += rows
        figures.append((items, seconds, gap))
    table(["", "size", "CPU s", "worst served", "sum", "surest of a pair"], lines)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    for items, seconds, gap in figures:
        ratio(f"assign_bound_{items}", gap, 1 - 1e-6)
        ratio(f"assign_within_{LIMIT_S}s_{items}", LIMIT_S / seconds, 1)


if __name__ == "__main__":
    main()
