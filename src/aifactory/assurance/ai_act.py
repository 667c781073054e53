"""The AI Act, as amended, as a decision procedure on structured answers. Not legal advice.

The rules stand in `law/ai_act.toml`: scope (S0), role (S1), forbidden practices (S2), products (S3), listed
uses with the filter of Art. 6(3) (S4), transparency (S5), general-purpose models (S6). The same answers are
also evaluated with the exemption for research and development off: that is the outcome's `later`.
"""

from datetime import date

from aifactory.assurance.procedure import Outcome, Procedure, load
from aifactory.assurance.questions import Answers

PROCEDURE: Procedure = load("ai_act")
RULE_VERSION = PROCEDURE.version

#: FLOP above which the Commission presumes a general-purpose model (guidelines of 18 July 2025, para 17) ...
GPAI_FLOP = 1e23
#: ... and one with systemic risk (Art. 51(2)).
SYSTEMIC_FLOP = 1e25


def assess(answers: Answers, *, as_of: date) -> Outcome:
    """Classify under the AI Act on the day `as_of`. Raises `Invalid` on answers that fit no question."""
    return PROCEDURE.assess(answers, as_of=as_of)


def training_flop(gpu_seconds: int, *, peak_flop_per_s: float, utilisation: float = 1.0) -> float:
    """Return the FLOP that `gpu_seconds` of one GPU can have done (peak in FLOP/s, utilisation from 0 to 1).

    At the default utilisation it is an upper bound: a warning may come early, never late
    (hardware method of the Commission guidelines on general-purpose models, annex).
    """
    if gpu_seconds < 0 or peak_flop_per_s <= 0 or not 0 < utilisation <= 1:
        raise ValueError("GPU seconds may not be negative, the peak must be positive, utilisation at most 1.")
    return gpu_seconds * peak_flop_per_s * utilisation


def thresholds_passed(flop: float, *, share: float = 1.0) -> tuple[str, ...]:
    """Name the thresholds of which `flop` passes the given share (0.5: half-way there)."""
    passed = [("gpai", GPAI_FLOP), ("gpai_systemic", SYSTEMIC_FLOP)]
    return tuple(name for name, limit in passed if flop > share * limit)
