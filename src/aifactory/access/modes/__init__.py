"""Access modes: the whole rule of a kind of call, in one versioned file that people can read.

A call copies its mode and the digest of it when it opens, so that a later version changes no running call.
The TOML files beside this one come with the platform; an office adopts others (see `actions`).
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationInfo, field_validator, model_validator

from aifactory.access.applications.forms import (
    Amount,
    Asked,
    Duration,
    Line,
    PartitionChoice,
    Slot,
    Slug,
    Step,
)
from aifactory.access.finder.questions import questions as finder_questions
from aifactory.access.modes.parts import (
    Capacity,
    Clock,
    Conflicts,
    Duty,
    Fit,
    Grant,
    Objecting,
    Part,
    PartitionGrant,
    Quota,
    Reviewing,
    Selection,
)
from aifactory.access.screening.eligibility import Rule
from aifactory.access.screening.steps import Screening, StateAid
from aifactory.kit.bilingual import Text
from aifactory.kit.canonical import digest

__all__ = [
    "Capacity",
    "Clock",
    "Conflicts",
    "Duty",
    "Fit",
    "Grant",
    "Mode",
    "Objecting",
    "PartitionGrant",
    "Quota",
    "Reviewing",
    "Selection",
    "from_plain",
    "kept",
    "named",
    "names",
]

#: facts that rules may test without the form asking for them; `answers.…` and `requested.…` come on top
KNOWN_FACTS = frozenset(
    {
        "organisation.country",
        "organisation.kind",
        "organisation.registration",
        "organisation.size",
        "award.ends_on",
    }
)


class Mode(Part):
    """One way to get access. Without `reviewing`, applications are decided first in, first out.

    `source` says where the rules come from, and what of them is the factory's own choice.
    """

    id: Slug
    version: int = Field(ge=1)
    title: Text
    summary: Text
    source: Text | None = None
    months: int = Field(ge=1, le=36)
    assessments: tuple[Literal["ai_act", "gdpr", "ethics"], ...]
    clock: Clock
    grants: tuple[Grant, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)
    eligibility: tuple[Rule, ...] = Field(min_length=1)
    slots: tuple[Slot, ...] = ()
    partitions: tuple[PartitionGrant, ...] = ()
    reviewing: Reviewing | None = None
    conflicts: Conflicts | None = None
    selection: Selection | None = None
    capacity: Capacity | None = None
    quotas: tuple[Quota, ...] = ()
    duties: tuple[Duty, ...] = ()
    objections: Objecting | None = None
    fits: tuple[Fit, ...] = ()
    screening: Screening | None = None
    state_aid: StateAid | None = None

    @property
    def name(self) -> str:
        """Return e.g. `regional-v1`, also the name of its file."""
        return f"{self.id}-v{self.version}"

    @property
    def questions(self) -> tuple[Asked, ...]:
        """Return the questions of all steps in order."""
        return tuple(question for step in self.steps for question in step.questions)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return every eligibility rule: those written, then those that the grants mean."""
        return self.eligibility + tuple(rule for grant in self.grants for rule in grant.rules())

    def rules_for(self, answers: Mapping[str, Any]) -> tuple[Rule, ...]:
        """Return every rule that these answers are held to: `rules`, and those of the partitions chosen."""
        chosen = {answers.get(q.id) for q in self.questions if isinstance(q, PartitionChoice)}
        return self.rules + tuple(grant.rule() for grant in self.partitions if grant.id in chosen)

    def duration(self, answers: Mapping[str, Any]) -> int:
        """Return how many months an award lasts: those chosen in the form, or the mode's own number."""
        asked = [q for q in self.questions if isinstance(q, Duration) and answers.get(q.id)]
        return asked[0].months(answers[asked[0].id]) if asked else self.months

    @property
    def durations(self) -> tuple[int, ...]:
        """Return the months that the form lets an applicant choose from; nothing where it does not ask."""
        asked = [q for q in self.questions if isinstance(q, Duration)]
        return tuple(asked[0].months(option.value) for option in asked[0].options) if asked else ()

    @property
    def form(self) -> dict[str, Any]:
        """Return the form's definition as JSON: what an application keeps of it, with its answers."""
        return self.model_dump(mode="json", exclude_none=True, include={"steps", "slots"})

    @property
    def objecting(self) -> Objecting:
        """Return how objections are handled: as the mode says, else as the law does."""
        return self.objections or Objecting()

    @property
    def first_in_first_out(self) -> bool:
        """Say whether applications are decided in the order in which they came."""
        return self.reviewing is None

    def step(self, step_id: str) -> Step:
        """Return the step called `step_id`. Raises `KeyError`."""
        return {step.id: step for step in self.steps}[step_id]

    def slot(self, slot_id: str) -> Slot:
        """Return the slot called `slot_id`. Raises `KeyError`."""
        return {slot.id: slot for slot in self.slots}[slot_id]

    def people_named(self, answers: dict[str, Any]) -> tuple[str, ...]:
        """Return the answers that hold names of people."""
        asked = [q for q in self.questions if isinstance(q, Line) and q.names_people]
        return tuple(str(answers[q.id]) for q in asked if answers.get(q.id))

    def requested(self, answers: dict[str, Any]) -> dict[str, int]:
        """Return what the answers ask, resource → base units; a question left open asks nothing."""
        amounts = [q for q in self.questions if isinstance(q, Amount)]
        return {q.resource.value: int(answers[q.id]) for q in amounts if answers.get(q.id) is not None}

    @field_validator("steps", "slots", "eligibility", "duties", "quotas", "partitions")
    @classmethod
    def _ids_are_unique(cls, parts: tuple[Any, ...]) -> tuple[Any, ...]:
        ids = [p.id for p in parts] + [q.id for p in parts for q in getattr(p, "questions", ())]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"used twice: {', '.join(twice)}")
        return parts

    @field_validator("steps")
    @classmethod
    def _amounts_are_those_granted(cls, steps: tuple[Step, ...], info: ValidationInfo) -> tuple[Step, ...]:
        asked = [q.resource for step in steps for q in step.questions if isinstance(q, Amount)]
        if sorted(asked) != sorted(grant.resource for grant in info.data.get("grants", ())):
            raise ValueError("the form asks exactly one amount for every resource that is granted")
        return steps

    @field_validator("partitions")
    @classmethod
    def _partitions_offered_are_granted(
        cls, granted: tuple[PartitionGrant, ...], info: ValidationInfo
    ) -> tuple[PartitionGrant, ...]:
        asked = [q for step in info.data.get("steps", ()) for q in step.questions]
        offered = {o.value for q in asked if isinstance(q, PartitionChoice) for o in q.options}
        if unknown := sorted(offered - {grant.id for grant in granted}):
            raise ValueError(f"the form offers partitions that are not granted: {', '.join(unknown)}")
        return granted

    @field_validator("quotas")
    @classmethod
    def _quotas_have_a_whole(cls, quotas: tuple[Quota, ...], info: ValidationInfo) -> tuple[Quota, ...]:
        if quotas and info.data.get("capacity") is None:
            raise ValueError("a quota is a share of `capacity`, which is not given")
        return quotas

    @field_validator("state_aid")
    @classmethod
    def _whatever_is_granted_has_a_price(cls, aid: StateAid | None, info: ValidationInfo) -> StateAid | None:
        granted = {grant.resource for grant in info.data.get("grants", ())}
        if aid and (missing := sorted(granted - set(aid.prices))):
            raise ValueError(f"`prices` says nothing of: {', '.join(missing)}")
        return aid

    @field_validator("fits")
    @classmethod
    def _fits_are_answers_of_the_finder(cls, fits: tuple[Fit, ...]) -> tuple[Fit, ...]:
        known = {q.id: {option.value for option in q.options} for q in finder_questions()}
        for part in [part for fit in fits for part in (fit, *fit.also)]:
            if unknown := sorted(set(part.one_of) - known.get(part.question, set())):
                raise ValueError(f"the route finder has no {part.question!r} {', '.join(unknown)}")
        return fits

    @field_validator("eligibility")
    @classmethod
    def _facts_are_given(cls, rules: tuple[Rule, ...], info: ValidationInfo) -> tuple[Rule, ...]:
        asked = {f"answers.{q.id}" for step in info.data.get("steps", ()) for q in step.questions}
        used = {rule.fact for rule in rules} | {rule.than for rule in rules if rule.than}
        if "steps" in info.data and (unknown := sorted(used - KNOWN_FACTS - asked)):
            raise ValueError(f"rules test facts that nobody gives: {', '.join(unknown)}")
        return rules

    @model_validator(mode="after")
    def _clock_fits_the_queue(self) -> Self:
        if self.first_in_first_out and self.clock.counted_from != "submission":
            raise ValueError("first in, first out counts the decision clock from the submission")
        if self.first_in_first_out and (self.conflicts or self.selection):
            raise ValueError("`conflicts` and `selection` belong to a mode with `reviewing`")
        return self

    def plain(self) -> dict[str, Any]:
        """Return the mode as JSON, the form in which a call keeps its copy."""
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def digest(self) -> str:
        """Return the digest of `plain()`."""
        return digest(self.plain())


_reader = TypeAdapter(Mode)


def from_plain(plain: dict[str, Any]) -> Mode:
    """Read a mode from its JSON. Raises `pydantic.ValidationError`."""
    return _reader.validate_python(plain)


_kept: dict[str, Mode] = {}


def kept(mode_digest: str, plain: dict[str, Any]) -> Mode:
    """Read a mode that a call keeps, once per digest: lists of calls and applications read the same few."""
    if mode_digest not in _kept:
        _kept[mode_digest] = from_plain(plain)
    return _kept[mode_digest]


def folder() -> Path:
    """Return where the modes that come with the platform lie."""
    return Path(str(files(__name__)))


def names() -> list[str]:
    """Return the names of the modes that come with the platform."""
    return sorted(path.stem for path in folder().glob("*.toml"))


@lru_cache(maxsize=32)
def named(name: str) -> Mode:
    """Return a mode that comes with the platform. Raises `LookupError`, `ModeFileIsWrong`."""
    from aifactory.access.modes.check import load

    if name not in names():
        raise LookupError(f"There is no mode {name!r}; there are: {', '.join(names())}.")
    return load(folder() / f"{name}.toml")
