"""Civil use and the headings of trustworthy AI: what is not in order becomes a condition, never a score.

The rules stand in `law/ethics.toml`.
"""

from datetime import date

from aifactory.assurance.procedure import Outcome, Procedure, load
from aifactory.assurance.questions import Answers

PROCEDURE: Procedure = load("ethics")
RULE_VERSION = PROCEDURE.version


def assess(answers: Answers, *, as_of: date) -> Outcome:
    """Say which conditions follow on the day `as_of`. Raises `Invalid` on answers that fit no question."""
    return PROCEDURE.assess(answers, as_of=as_of)
