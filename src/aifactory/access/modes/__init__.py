"""Access modes: the whole rule of a kind of call, in one versioned file that people can read.

A call copies its mode and the digest of it when it opens, so that a later version changes no running call.
`regional-v1.toml` and `playground-v1.toml` beside this file come with the platform.
"""

from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

import holidays
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationInfo,
    field_validator,
    model_validator,
)

from aifactory.access.applications.forms import Amount, Asked, Line, Slot, Slug, Step
from aifactory.access.bilingual import Text
from aifactory.access.review.scores import HIGHEST, Criterion
from aifactory.access.screening.eligibility import Comparison, Rule
from aifactory.kit.canonical import digest
from aifactory.kit.units import Resource, base

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


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Clock(_Part):
    """Working days to a decision, and where the counting starts; weeks in which one may object."""

    time_zone: str
    holidays: str
    working_days: int = Field(ge=1, le=250)
    counted_from: Literal["cut_off", "submission"]
    objection_weeks: int = Field(ge=1, le=52)

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"there is no time zone {name!r}") from None
        return name

    @field_validator("holidays")
    @classmethod
    def _country_exists(cls, country: str) -> str:
        if country not in holidays.list_supported_countries():
            raise ValueError(f"no public holidays are known for {country!r}")
        return country


class Grant(_Part):
    """The least and the most of one resource that may be asked, in its shown unit."""

    resource: Resource
    least: int = Field(ge=0)
    most: int = Field(ge=1)

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Self:
        if self.least > self.most:
            raise ValueError("`least` is more than `most`")
        return self

    def rules(self) -> tuple[Rule, ...]:
        """Return the eligibility rules that this range means; values in base units. No rule for zero."""
        name = self.resource.value
        unit = {"gpu": "GPU-h", "core": "core-h", "storage": "GB", "advice": "adviser-h"}[name]
        change = Text(
            en=f"Ask for {self.least:,} to {self.most:,} {unit}.",
            nl=f"Vraag {self.least:,} tot {self.most:,} {unit} aan.",
        )

        def rule(kind: str, test: Comparison, amount: int, text: Text) -> Rule:
            value = base(self.resource, amount)
            return Rule(
                id=f"{kind}_{name}",
                fact=f"requested.{name}",
                test=test,
                value=value,
                text=text,
                change=change,
                source="The grant of this mode.",
            )

        least = Text(
            en=f"An application asks for at least {self.least:,} {unit}.",
            nl=f"Een aanvraag vraagt minstens {self.least:,} {unit}.",
        )
        most = Text(
            en=f"An application asks for at most {self.most:,} {unit}.",
            nl=f"Een aanvraag vraagt hoogstens {self.most:,} {unit}.",
        )
        lower = (rule("least", Comparison.AT_LEAST, self.least, least),) if self.least else ()
        return (*lower, rule("most", Comparison.AT_MOST, self.most, most))


class Reviewing(_Part):
    """Who scores, and the line: `reviews` per application, `threshold` as a decimal 0-5."""

    reviews: int = Field(ge=1, le=5)
    threshold: str = Field(pattern=r"^[0-5](\.[0-9]{1,2})?$")
    working_days: int = Field(ge=1, le=100)
    look_back_months: int = Field(ge=0, le=120)
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    @property
    def line(self) -> Fraction:
        """Return the threshold exactly."""
        return Fraction(self.threshold)

    @field_validator("criteria")
    @classmethod
    def _weights_add_up(cls, criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        if (total := sum(c.weight for c in criteria)) != 100:
            raise ValueError(f"the weights add up to {total}, not to 100")
        return criteria

    @model_validator(mode="after")
    def _line_can_be_reached(self) -> Self:
        if self.line > HIGHEST:
            raise ValueError(f"the threshold {self.threshold} is above the highest score, {HIGHEST}")
        return self


class Duty(_Part):
    """Something an awardee owes, so many months after the award ends."""

    id: Slug
    label: Text
    months_after_end: int = Field(ge=0, le=120)


class Mode(_Part):
    """One way to get access. Without `reviewing`, applications are decided first in, first out."""

    id: Slug
    version: int = Field(ge=1)
    title: Text
    summary: Text
    months: int = Field(ge=1, le=36)
    assessments: tuple[Literal["ai_act", "gdpr", "ethics"], ...]
    clock: Clock
    grants: tuple[Grant, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)
    eligibility: tuple[Rule, ...] = Field(min_length=1)
    slots: tuple[Slot, ...] = ()
    reviewing: Reviewing | None = None
    duties: tuple[Duty, ...] = ()

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

    @field_validator("steps", "slots", "eligibility", "duties")
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
