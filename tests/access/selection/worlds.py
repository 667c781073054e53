"""Made-up calls for the tests of the rule: candidates with costs, and whole inputs with reviews."""

import random
from typing import Any

from hypothesis import strategies as st

from aifactory.access.modes.parts import Selection as Rule
from aifactory.access.selection.procedure import INPUTS
from aifactory.access.selection.ranking import Candidate

HOUR = 3600
CLASSES = [
    {"id": "small", "label": {"en": "Small", "nl": "Klein"}, "up_to_gpu_hours": 10, "share_percent": 40},
    {"id": "large", "label": {"en": "Large", "nl": "Groot"}, "share_percent": 60},
]


def rule(**changes: object) -> Rule:
    return Rule.model_validate({"classes": CLASSES, "sme_floor_percent": 30} | changes)


def candidate(
    pk: int, score: int, hours: int, *, sme: bool = False, margin: int = 0, storage: int = 1
) -> Candidate:
    requested = {"gpu": hours * HOUR, "storage": storage}
    return Candidate(f"a{pk:03}", sme, requested, score, score - margin, score + margin)


@st.composite
def candidates(draw: Any, *, margin: int = 40, distinct: bool = False) -> list[Candidate]:
    scores = draw(st.lists(st.integers(300, 500), min_size=1, max_size=14, unique=distinct))
    hours, yes = st.integers(1, 25), st.booleans()
    margins = st.integers(0, margin)
    return [
        candidate(i, s, draw(hours), sme=draw(yes), margin=draw(margins), storage=draw(st.integers(1, 5)))
        for i, s in enumerate(scores)
    ]


def inputs(
    count: int, *, reviewers: int = 30, seed: int = 1, each: int = 3, **selection: object
) -> dict[str, Any]:
    """Make a call with lenient and strict reviewers: scores 0-5 on two criteria."""
    chance = random.Random(seed)
    leniency = [chance.gauss(0, 0.6) for _ in range(reviewers)]
    applications = []
    for i in range(count):
        worth = chance.gauss(3.4, 0.8)
        judges = chance.sample(range(reviewers), each)

        def score(judge: int, worth: float = worth) -> int:
            return min(5, max(0, round(worth + leniency[judge] + chance.gauss(0, 0.5))))

        applications.append(
            {
                "id": f"A{i:04}",
                "sme": chance.random() < 0.4,
                "requested": {"gpu": chance.choice([2, 5, 8, 10, 15, 20, 40]) * HOUR, "storage": 10**9},
                "eligible": chance.random() > 0.04,
                "gate": chance.choices(["pass", "conditions", "stop"], [90, 7, 3])[0],
                "reviews": [
                    {"reviewer": f"R{j:04}", "scores": {"value": score(j), "approach": score(j)}}
                    for j in judges
                ],
            }
        )
    return {
        "format": INPUTS,
        "call": "cal_1",
        "mode": "regional-v1",
        "rule": {
            "criteria": [
                {"id": "value", "weight": 60, "minimum": 0},
                {"id": "approach", "weight": 40, "minimum": 2},
            ],
            "threshold": "3.0",
            "selection": {"classes": CLASSES, "sme_floor_percent": 30} | selection,
        },
        "budget": {"gpu": count * 4 * HOUR, "storage": count * 10**9},
        "seed": "00" * 32,
        "applications": applications,
    }
