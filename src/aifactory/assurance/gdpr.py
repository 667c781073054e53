"""The GDPR as a decision procedure on what a project does with personal data. Not legal advice.

The rules stand in `law/gdpr.toml`: personal data (G0), ground (G1), special categories (G2), reuse (G3),
transfers (G4), impact assessment (G5).
"""

from datetime import date

from aifactory.assurance.procedure import Outcome, Procedure, load
from aifactory.assurance.questions import Answers

PROCEDURE: Procedure = load("gdpr")
RULE_VERSION = PROCEDURE.version


def assess(answers: Answers, *, as_of: date) -> Outcome:
    """Say what the GDPR asks on the day `as_of`. Raises `Invalid` on answers that fit no question."""
    return PROCEDURE.assess(answers, as_of=as_of)
