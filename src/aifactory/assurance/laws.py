"""The laws that the house knows, by the kind of assessment."""

from aifactory.assurance import ai_act, ethics, gdpr
from aifactory.assurance.procedure import Procedure
from aifactory.kit.errors import NotFound

LAWS: dict[str, Procedure] = {p.name: p for p in (ai_act.PROCEDURE, gdpr.PROCEDURE, ethics.PROCEDURE)}

#: From this weight on the outcome stops the work, unless a named person gives a ground.
STOPS = 90


def law(kind: str) -> Procedure:
    """Return the law of this kind. Raises `NotFound`."""
    if kind not in LAWS:
        raise NotFound(f"No law is called {kind!r} here.", next_step=f"Choose one of {', '.join(LAWS)}.")
    return LAWS[kind]
