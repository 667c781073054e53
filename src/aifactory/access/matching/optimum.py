"""The best fair division of reading: how likely each person should read each item, exactly, with its proof.

Between 0 and `cap` lies the probability that a person gets an item, so that nobody can be more than that sure
of a file. First the worst-served item is served as well as possible (max-min); then the sum is made as large
as possible while every item keeps at least `KEEP` of that level (max-sum). Both are linear programs over
probabilities, after Jecmen et al. (2020) and Stelmakh, Shah and Singh (2021), solved by HiGHS.

Most pairs never matter, so each program starts with each item's best pairs and takes in those whose reduced
cost says that they could improve it, until none can. A bound computed from the dual prices over all pairs,
without trusting the solver, then says how far from the best the answer can be at most (weak duality).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from aifactory.access.matching.similarity import require
from aifactory.kit.errors import Refused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Allowed = NDArray[np.bool_]

#: the share of the max-min level that every item keeps while the sum grows
KEEP = 0.98
#: the probability of a pair, in percent, that is never passed without somebody saying so on record
CAP_PERCENT = 50
#: the best pairs of each item, and of each person, that the programs start with
FIRST_OF_ITEM, FIRST_OF_PERSON = 40, 3
TOLERANCE = 1e-7


class TooFewFree(Refused):
    """The people who are free of conflicts can't read everything, at this limit and these loads."""

    def __init__(self, short: dict[int, float], cap_percent: int) -> None:
        lacking = sum(short.values())
        super().__init__(
            _(
                "Too few people are free to read everything at a limit of %(cap)s %%: "
                "%(lacking)s reviews can't be given out. Items that lack some: %(items)s."
            )
            % {"items": len(short), "lacking": f"{lacking:.2f}", "cap": cap_percent},
            rule="cap",
            next_step=_(
                "Invite more reviewers, or let somebody with the mandate raise the limit, on record."
            ),
        )
        self.short = short


@dataclass(frozen=True)
class Problem:
    """Scores (items × people), which pairs are allowed, reviews an item needs, most that a person reads."""

    scores: "Floats"
    allowed: "Allowed"
    demand: "Whole"
    load: "Whole"
    cap_percent: int = CAP_PERCENT


@dataclass(frozen=True)
class Optimum:
    """The probabilities, as pairs (item, person, probability), and what they are worth.

    `worst` is the least expected score per review of any item, `level` the best that it could be; `total` the
    expected sum. No division is above `level_bound` and `total_bound`, whoever computes it.
    """

    item: "Whole"
    person: "Whole"
    probability: "Floats"
    level: float
    level_bound: float
    worst: float
    total: float
    total_bound: float


@dataclass(frozen=True)
class _Answer:
    x: "Floats"
    objective: float
    of_item: "Floats"
    of_person: "Floats"
    of_level: "Floats"


def optimum(problem: Problem) -> Optimum:
    """Return the division that is max-min, then max-sum. Raises `TooFewFree`, `MatchingIsNotInstalled`."""
    require("numpy", "scipy")
    columns = _Columns(problem)
    if not len(problem.demand) or not problem.demand.sum():
        return _nothing()
    _feed(columns, "feasible")
    best, level_bound = _feed(columns, "level")
    level = best.objective
    answer, total_bound = _feed(columns, "total", floor=KEEP * level)
    x = answer.x.clip(0, problem.cap_percent / 100)
    kept = x > TOLERANCE
    item, person, x = columns.item[kept], columns.person[kept], x[kept]
    served = _per_item(problem, item, person, x)
    return Optimum(item, person, x, level, level_bound, float(served.min()), answer.objective, total_bound)


def _nothing() -> Optimum:
    import numpy as np

    none = np.zeros(0, dtype=np.int64)
    return Optimum(none, none, np.zeros(0), 0.0, 0.0, 0.0, 0.0, 0.0)


def _per_item(problem: Problem, item: "Whole", person: "Whole", x: "Floats") -> "Floats":
    """Return the expected score per review of each item that needs any."""
    import numpy as np

    value = np.bincount(item, x * problem.scores[item, person], len(problem.demand))
    asked = problem.demand > 0
    served: Floats = value[asked] / problem.demand[asked]
    return served


class _Columns:
    """The pairs that are in the programs so far."""

    def __init__(self, problem: Problem) -> None:
        import numpy as np

        self.problem = problem
        self.allowed = problem.allowed & (problem.demand > 0)[:, None] & (problem.load > 0)[None, :]
        self.inside = np.zeros_like(self.allowed)
        ranked = np.where(self.allowed, problem.scores, -1.0)
        for axis, wanted in ((1, FIRST_OF_ITEM), (0, FIRST_OF_PERSON)):
            first = min(wanted, ranked.shape[axis])
            if first:
                best = np.argpartition(-ranked, first - 1, axis=axis).take(range(first), axis=axis)
                np.put_along_axis(self.inside, best, values=True, axis=axis)
        self.inside &= self.allowed
        self._list()

    def _list(self) -> None:
        import numpy as np

        self.item, self.person = np.nonzero(self.inside)
        self.score = self.problem.scores[self.item, self.person]

    def take(self, gain: "Floats", most: int) -> bool:
        """Take in the pairs outside with the highest gain above zero, `most` for each item; say if any did."""
        import numpy as np

        gain = np.where(self.allowed & ~self.inside, gain, 0.0)
        if not (gain > TOLERANCE).any():
            return False
        best = np.argpartition(-gain, min(most, gain.shape[1]) - 1, axis=1)[:, :most]
        chosen = np.zeros_like(self.inside)
        np.put_along_axis(chosen, best, values=True, axis=1)
        self.inside |= chosen & (gain > TOLERANCE)
        self._list()
        return True


def _feed(columns: _Columns, goal: str, floor: float = 0.0) -> tuple[_Answer, float]:
    """Solve, take in what could improve, and solve again until nothing can; return the answer and its bound."""
    problem, most = columns.problem, 8
    while True:
        answer = _solve(columns, goal, floor)
        if goal == "feasible" and answer.objective > -TOLERANCE * max(problem.demand.sum(), 1):
            return answer, 0.0
        gain = _gain(problem, answer, goal)
        if not columns.take(gain, most):
            if goal == "feasible":
                raise TooFewFree(_short(columns, answer), problem.cap_percent)
            return answer, _bound(columns, answer, gain, goal, floor)
        most *= 2


def _gain(problem: Problem, answer: _Answer, goal: str) -> "Floats":
    """Return what one more unit of each pair would add, at the prices of items and people."""
    worth = (1.0 if goal == "total" else 0.0) + answer.of_level[:, None]
    gain: Floats = problem.scores * worth - answer.of_item[:, None] - answer.of_person[None, :]
    return gain


def _bound(columns: _Columns, answer: _Answer, gain: "Floats", goal: str, floor: float) -> float:
    """Return what no division can exceed: the dual prices' value, with every pair that would gain at the cap."""
    import numpy as np

    problem = columns.problem
    paid = answer.of_item @ problem.demand + answer.of_person @ problem.load
    paid += problem.cap_percent / 100 * np.where(columns.allowed, gain, 0.0).clip(0).sum()
    if goal == "level":  # the prices of the levels have to add up to one; any scale of valid prices is valid
        return float(paid) / max(float(answer.of_level @ problem.demand), 1e-12)
    return float(paid - floor * (answer.of_level @ problem.demand))


def _short(columns: _Columns, answer: _Answer) -> dict[int, float]:
    """Return how many reviews each item lacks."""
    import numpy as np

    given = np.bincount(columns.item, answer.x, len(columns.problem.demand))
    lacking = columns.problem.demand - given
    return {int(i): round(float(lacking[i]), 6) for i in np.flatnonzero(lacking > 1e-6)}


def _solve(columns: _Columns, goal: str, floor: float) -> _Answer:
    """Solve one program over the pairs inside.

    Rows: each item's demand (equal; with `feasible` up to a shortfall that costs 1), each person's load (at
    most), and each item's level (at least `floor`, or the variable level that `level` makes as high as it can).
    """
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import coo_array, csr_array

    problem, pairs = columns.problem, len(columns.item)
    items, people = len(problem.demand), len(problem.load)
    ones, each = np.ones(pairs), np.arange(pairs)
    extra = {"feasible": items, "level": 1, "total": 0}[goal]
    shape = pairs + extra
    demand_rows, demand_columns, demand_values = [columns.item], [each], [ones]
    if goal == "feasible":
        demand_rows.append(np.arange(items))
        demand_columns.append(pairs + np.arange(items))
        demand_values.append(np.ones(items))
    equal = csr_array(
        (np.concatenate(demand_values), (np.concatenate(demand_rows), np.concatenate(demand_columns))),
        shape=(items, shape),
    )
    rows, cols, values = [columns.person], [each], [ones]
    upper = [problem.load.astype(float)]
    if goal != "feasible":
        rows.append(people + columns.item)
        cols.append(each)
        values.append(-columns.score)
        upper.append(-floor * problem.demand)
    if goal == "level":
        asked = np.flatnonzero(problem.demand > 0)
        rows.append(people + asked)
        cols.append(np.full(len(asked), pairs))
        values.append(problem.demand[asked].astype(float))
    most = coo_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(cols))),
        shape=(people + (items if goal != "feasible" else 0), shape),
    ).tocsr()
    cost = np.concatenate([-columns.score if goal == "total" else np.zeros(pairs), np.ones(extra)])
    if goal == "level":
        cost[-1] = -1.0
    limit = problem.cap_percent / 100
    bounds = np.column_stack([np.zeros(shape), np.r_[np.full(pairs, limit), np.full(extra, np.inf)]])
    found = linprog(
        cost, A_ub=most, b_ub=np.concatenate(upper), A_eq=equal, b_eq=problem.demand, bounds=bounds,
        method="highs-ds",
    )  # fmt: skip
    if found.status != 0:
        raise RuntimeError(f"HiGHS did not solve the program for {goal}: {found.message}")
    prices = -found.ineqlin.marginals.clip(max=0)
    of_level = prices[people:] if goal != "feasible" else np.zeros(items)
    return _Answer(found.x[:pairs], -found.fun, -found.eqlin.marginals, prices[:people], of_level)
