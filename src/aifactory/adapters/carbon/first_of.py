"""Several sources in order of trust: a forecast first, typical hours when it is silent."""

from collections.abc import Sequence
from datetime import datetime

from aifactory.ports.carbon import CarbonSignal, NoSignal, Signal


class FirstOf:
    """Asks each source for the whole span and returns the first answer.

    Spans are not stitched together: two sources differ in level, and a planner would move jobs to the seam.
    """

    def __init__(self, sources: Sequence[CarbonSignal]) -> None:
        self.sources = sources

    def between(self, start: datetime, end: datetime) -> Signal:
        """Return every hour that overlaps [start, end). Raises `NoSignal` with every source's reason."""
        reasons = []
        for source in self.sources:
            try:
                return source.between(start, end)
            except NoSignal as silence:
                reasons.append(str(silence))
        raise NoSignal(" ".join(reasons) or "No source of carbon intensity is set.")
