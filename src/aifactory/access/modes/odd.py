"""What a mode may say and hardly means: each oddity with the place in the mode where it stands."""

from collections.abc import Iterable, Iterator
from typing import Any

from aifactory.access.applications.forms import Duration, PartitionChoice
from aifactory.access.modes import Mode
from aifactory.access.review.scores import HIGHEST
from aifactory.kit.units import Resource

Place = tuple[str | int, ...]
Oddity = tuple[Place, str]

#: the term of the General Administrative Law Act, Article 6:7, where a factory is an administrative authority
DUTCH_WEEKS = 6


def oddities(mode: Mode) -> Iterator[Oddity]:
    """Return everything odd about a mode that is valid, in no order."""
    yield from _clock(mode)
    yield from _review(mode)
    yield from _partitions(mode)
    yield from _shares(mode)
    yield from _untranslated(mode.plain())
    if not mode.fits:
        yield (), "without `fits` the route finder offers this mode to nobody"
    if not mode.duties:
        yield (), "an awardee owes nothing afterwards: without a report nobody learns what came of it"


def _clock(mode: Mode) -> Iterator[Oddity]:
    clock = mode.clock
    if clock.cut_offs and clock.counted_from == "submission":
        yield ("clock", "cut_offs"), "these cut-offs do nothing: the clock counts from the submission"
    if mode.first_in_first_out and clock.working_days > 10:
        yield ("clock", "working_days"), "more than ten working days is long where nothing is compared"
    if clock.holidays == "NL" and clock.objection_weeks < DUTCH_WEEKS:
        yield ("clock", "objection_weeks"), "Dutch administrative law gives six weeks to object (Awb 6:7)"


def _review(mode: Mode) -> Iterator[Oddity]:
    reviewing = mode.reviewing
    if reviewing is None:
        return
    if reviewing.working_days >= mode.clock.working_days:
        days = (
            f"{reviewing.working_days} working days, and the decision is due after {mode.clock.working_days}"
        )
        yield ("reviewing", "working_days"), f"reviewers have {days}"
    if reviewing.line == HIGHEST:
        yield ("reviewing", "threshold"), f"only full marks from everybody reach {reviewing.threshold}"
    if reviewing.line == 0:
        yield ("reviewing", "threshold"), "a threshold of 0 keeps nothing out"
    for number, criterion in enumerate(reviewing.criteria):
        place = ("reviewing", "criteria", number)
        if criterion.minimum > reviewing.line:
            yield (*place, "minimum"), f"the minimum of {criterion.id} is above the threshold of the whole"
        if len(reviewing.criteria) > 1 and not 10 <= criterion.weight <= 70:
            yield (*place, "weight"), f"{criterion.weight} % makes {criterion.id} decide all, or nothing"


def _partitions(mode: Mode) -> Iterator[Oddity]:
    asked = [question for question in mode.questions if isinstance(question, PartitionChoice)]
    if mode.partitions and not asked:
        yield ("partitions",), "the form does not ask on which of these partitions the work would run"
    if len(mode.partitions) > 1 and len(asked) == 1:
        yield ("partitions",), "the form asks for no second choice: machines close, and the work stops"
    gpu = next((grant for grant in mode.grants if grant.resource == Resource.GPU), None)
    for number, grant in enumerate(mode.partitions):
        if gpu and grant.most < gpu.least:
            yield ("partitions", number, "most"), f"nobody can choose {grant.id}: the least grant is more"
        if gpu and grant.most > gpu.most:
            yield ("partitions", number, "most"), f"{grant.id} allows more than the mode grants"
    durations = [q for q in mode.questions if isinstance(q, Duration)]
    if len(durations) > 1:
        yield ("steps",), "the form asks twice how long the award lasts; the first answer counts"


def _shares(mode: Mode) -> Iterator[Oddity]:
    for number, quota in enumerate(mode.quotas):
        if quota.modes and mode.id not in quota.modes:
            yield ("quotas", number, "modes"), f"the quota {quota.id} does not limit this mode"
    gpu = next((grant for grant in mode.grants if grant.resource == Resource.GPU), None)
    for number, part in enumerate(mode.selection.classes if mode.selection else ()):
        if gpu and part.up_to_gpu_hours is not None and not gpu.least <= part.up_to_gpu_hours < gpu.most:
            place = ("selection", "classes", number, "up_to_gpu_hours")
            yield place, f"the class {part.id} ends outside what may be asked"


def _untranslated(part: Any, place: Place = ()) -> Iterator[Oddity]:
    """Find texts of several words that are the same in both languages."""
    if isinstance(part, dict) and set(part) == {"en", "nl"}:
        if part["en"] == part["nl"] and len(part["en"].split()) > 3:
            yield (*place, "nl"), "the Dutch text is the English one"
        return
    inside: Iterable[tuple[str | int, Any]] = ()
    if isinstance(part, dict):
        inside = part.items()
    elif isinstance(part, list):
        inside = enumerate(part)
    for key, value in inside:
        if key == "source" and isinstance(value, str) and len(value.split()) > 3:
            yield (*place, key), "the source is in one language, and a letter quotes it in both"
        yield from _untranslated(value, (*place, key))
