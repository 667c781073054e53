"""The whole rule of a selection, from scores to the proposed list, for 300 and 3,000 applications.

Ours: correction for strict and lenient reviewers, classes, floor, rank and skip, the draw; three times, for the
result tells what came of it without the correction and without the floor. Peers in the same run: statsmodels'
MixedLM, which only corrects the scores (its own environment, from PyPI; 300 applications, as it holds a dense matrix
of all reviews), and a knapsack by scipy's HiGHS, which only divides the budget. Times are seconds of processor
time. The other figure is what the correction is for: how many of the truly best third are found.
"""

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from aifactory.access.selection.procedure import INPUTS, result_of
from benchmarks import ratio, table

HOUR = 3600
SIZES = (300, 3000)
SECONDS_ALLOWED = 60
CLASSES = [
    {"id": "small", "label": {"en": "Small", "nl": "Klein"}, "up_to_gpu_hours": 2000, "share_percent": 30},
    {"id": "medium", "label": {"en": "Medium", "nl": "Middel"}, "up_to_gpu_hours": 8000, "share_percent": 40},
    {"id": "big", "label": {"en": "Big", "nl": "Groot"}, "share_percent": 30},
]
MIXED_MODEL = """
import json, sys, time, warnings
import pandas, statsmodels.formula.api as models
warnings.simplefilter("ignore")
rows = pandas.DataFrame(json.load(sys.stdin), columns=["application", "reviewer", "score"])
begun = time.process_time()
parts = {"application": "0 + C(application)", "reviewer": "0 + C(reviewer)"}
rows["all"] = 1
models.mixedlm("score ~ 1", rows, groups="all", vc_formula=parts, use_sparse=False).fit(reml=True, maxiter=50)
print(time.process_time() - begun)
"""


def world(count: int, seed: int = 1) -> tuple[dict[str, Any], dict[str, float]]:
    """Return inputs with three reviews an application, 15 a reviewer, and what each is truly worth."""
    chance = random.Random(seed)
    reviewers = [chance.gauss(0, 0.6) for _ in range(count // 5)]
    worth = {f"A{i:04d}": chance.gauss(3.3, 0.8) for i in range(count)}
    applications = []
    for name, true in worth.items():
        judges = chance.sample(range(len(reviewers)), 3)
        reviews = [
            {
                "reviewer": f"R{j:04d}",
                "scores": {
                    c: min(5, max(0, round(true + reviewers[j] + chance.gauss(0, 0.6))))
                    for c in ("value", "way")
                },
            }
            for j in judges
        ]
        hours = chance.choice([500, 1000, 2000, 4000, 8000, 12000, 20000])
        applications.append(
            {
                "id": name,
                "sme": chance.random() < 0.35,
                "requested": {"gpu": hours * HOUR, "storage": 10**11},
                "eligible": True,
                "gate": "pass",
                "reviews": reviews,
            }
        )
    rule = {"classes": CLASSES, "sme_floor_percent": 30}
    criteria = [{"id": "value", "weight": 60, "minimum": 0}, {"id": "way", "weight": 40, "minimum": 0}]
    inputs = {
        "format": INPUTS,
        "rule": {"criteria": criteria, "threshold": "2.5", "selection": rule},
        "budget": {"gpu": count * 2000 * HOUR},
        "seed": "00" * 32,
        "applications": applications,
    }
    return inputs, worth


def knapsack(inputs: dict[str, Any], result: dict[str, Any]) -> float:
    """Return the processor seconds of dividing the budget by the largest sum of scores."""
    scores = {line["id"]: line["corrected"] for line in result["applications"] if "corrected" in line}
    asked = [a["requested"]["gpu"] / HOUR for a in inputs["applications"] if a["id"] in scores]
    begun = time.process_time()
    milp(
        -np.array(list(scores.values()), dtype=float),
        constraints=LinearConstraint(np.array([asked]), ub=inputs["budget"]["gpu"] / HOUR),
        integrality=np.ones(len(asked)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 1e-4, "time_limit": 60},
    )
    return time.process_time() - begun


def mixed_model(inputs: dict[str, Any]) -> float | None:
    """Return the processor seconds of statsmodels' MixedLM on the same reviews; None where it can't be had."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:.tools/bin")
    if uv is None:
        return None
    rows = [
        (a["id"], r["reviewer"], r["scores"]["value"] * 0.6 + r["scores"]["way"] * 0.4)
        for a in inputs["applications"]
        for r in a["reviews"]
    ]
    with_it = [
        uv,
        "run",
        "-q",
        "--no-project",
        "--with",
        "statsmodels",
        "--with",
        "pandas",
        "python",
        "-c",
        MIXED_MODEL,
    ]
    try:
        done = subprocess.run(
            with_it, input=json.dumps(rows), text=True, capture_output=True, timeout=600, check=True
        )
    except (subprocess.SubprocessError, OSError) as error:
        print(f"statsmodels could not be run: {error}")
        return None
    return float(done.stdout)


def found(scores: dict[str, float], worth: dict[str, float]) -> float:
    """Return the share of the truly best third that the scores put in their own best third."""
    third = len(worth) // 3
    best = set(sorted(worth, key=lambda a: -worth[a])[:third])
    return len(best & set(sorted(scores, key=lambda a: (-scores[a], a))[:third])) / third


def main() -> None:
    """Measure, and print the table and the ratios."""
    rows, ratios = [], []
    for count in SIZES:
        inputs, worth = world(count)
        begun = time.process_time()
        result = result_of(inputs)
        ours = time.process_time() - begun
        other = mixed_model(inputs) if count == SIZES[0] else None
        packed = knapsack(inputs, result)
        lines = {line["id"]: line for line in result["applications"]}
        raw = found({a: lines[a]["raw"] for a in worth}, worth)
        corrected = found({a: lines[a].get("corrected", 0) for a in worth}, worth)
        awarded = sum(bool(line.get("proposed")) for line in lines.values())
        drew = sum(bool(line.get("odds")) for line in lines.values())
        shown = f"{other:.2f}" if other is not None else "–"
        rows.append(
            (
                f"{count:,}",
                f"{ours:.2f}",
                shown,
                f"{packed:.2f}",
                awarded,
                drew,
                f"{raw:.3f}",
                f"{corrected:.3f}",
            )
        )
        ratios.append((f"select_{count}_best_found_over_raw", corrected / raw, 1))
        if other is not None:
            ratios.append((f"select_{count}_mixedlm_seconds_over_ours", other / ours, 1))
    ratios.append((f"select_{SIZES[-1]}_a_minute_over_ours", SECONDS_ALLOWED / ours, 1))
    table(
        (
            "applications",
            "ours s",
            "MixedLM s",
            "knapsack s",
            "awarded",
            "drew",
            "best found, raw",
            "corrected",
        ),
        rows,
    )
    for name, value, goal in ratios:
        ratio(name, value, goal)


if __name__ == "__main__":
    main()
