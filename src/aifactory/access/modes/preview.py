"""What a mode will mean, before anybody applies under it: clocks with real dates, and a letter as it would be sent."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from aifactory.access.deadlines import decision_due, objection_ends
from aifactory.access.decisions import letters
from aifactory.access.modes import Mode
from aifactory.access.review.scores import outcome
from aifactory.access.screening.eligibility import Verdict
from aifactory.kit.bilingual import Text
from aifactory.kit.units import base

SAMPLE = Text(en="Sample", nl="Voorbeeld")


@dataclass(frozen=True)
class Dates:
    """One example of the clock: from when it counts, when is decided at the latest, and until when one objects."""

    start: datetime
    due: datetime
    object_until: date


def dates(mode: Mode, now: datetime, count: int = 3) -> list[Dates]:
    """Return examples: of the next cut-offs, or of submissions today and in the weeks after."""
    timer = mode.clock
    starts = timer.next_cut_offs(now, count) or [now + timedelta(weeks=n) for n in range(count)]
    found = []
    for start in starts:
        due = decision_due(start, timer.working_days, timer.time_zone, timer.holidays, timer.days_off)
        until = objection_ends(due, timer.objection_weeks, timer.time_zone, timer.holidays)
        found.append(Dates(start.astimezone(ZoneInfo(timer.time_zone)), due, until))
    return found


def sample_letter(mode: Mode, now: datetime, language: str, *, granted: bool) -> dict[str, Any]:
    """Return a letter under this mode to an invented applicant: granted with the most, or refused at the line."""
    timer, reviewing = mode.clock, mode.reviewing
    most = {grant.resource.value: base(grant.resource, grant.most) for grant in mode.grants}
    score = 4 if granted else max(int(reviewing.line) - 1, 0) if reviewing else 0
    result = (
        outcome(
            reviewing.criteria, [{c.id: score for c in reviewing.criteria}], Fraction(reviewing.threshold)
        )
        if reviewing
        else None
    )
    failed = not granted and reviewing is None
    ground = letters.Ground(
        reference=f"{mode.id[:3].upper()}-{now:%Y}-000000",
        title=SAMPLE.of(language),
        organisation=SAMPLE.of(language),
        mode=mode,
        awarded=most if granted else {},
        requested=most,
        verdicts=[
            Verdict(rule.id, not (failed and number == 0), rule.fact, "", rule.text, rule.change, rule.source)
            for number, rule in enumerate(mode.rules)
        ],
        outcome=result,
        reasons=SAMPLE.of(language),
        decided_by=SAMPLE.of(language),
        capacity=SAMPLE.of(language),
        object_until=objection_ends(now, timer.objection_weeks, timer.time_zone, timer.holidays),
    )
    return letters.write(ground, language)
