"""The parts of a mode file: clock, grants, partitions, review, conflicts, selection, quotas, duties.

What a law or a funder fixes has a `source`, in both languages or as one string; everything else is the factory's own
published choice.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from aifactory.access.applications.forms import Slug
from aifactory.access.deadlines import HOLIDAYS, local_moment, next_working_day
from aifactory.access.review.scores import HIGHEST, Criterion
from aifactory.access.screening.eligibility import Comparison, Rule
from aifactory.awards import partitions
from aifactory.kit.bilingual import Text, TextOrString
from aifactory.kit.units import Resource, base, figure

Percent = Annotated[int, Field(ge=1, le=100)]
SizeClass = Literal["micro", "small", "medium", "small_mid_cap", "large", "public"]
Handling = Literal["recuse", "manage", "disclose"]

OF_THE_GRANT = Text(
    en="The rules of this call on how much can be asked.",
    nl="De regels van deze oproep over hoeveel kan worden gevraagd.",
)
OF_THE_PARTITIONS = Text(
    en="The rules of this call on its partitions.", nl="De regels van deze oproep over de partities."
)


class Part(BaseModel):
    """What all parts are: read only, and without a key that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CutOffs(Part):
    """Cut-offs that come back: on these days of these months (none named: of every month), at a local time.

    One that falls on a day off moves to the next working day.
    """

    days_of_month: tuple[Annotated[int, Field(ge=1, le=28)], ...] = Field(min_length=1)
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    at: str = Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")

    @property
    def time(self) -> time:
        """Return the local time of day."""
        return time.fromisoformat(self.at)


class Clock(Part):
    """Working days to a decision, and where the counting starts; weeks in which one may object.

    `holidays` is a country (ISO 3166-1 alpha-2), or EU for the institutions of the Union; `days_off` adds days.
    """

    time_zone: str
    holidays: str
    days_off: tuple[date, ...] = ()
    working_days: int = Field(ge=1, le=250)
    counted_from: Literal["cut_off", "submission"]
    cut_offs: CutOffs | None = None
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
        if country not in HOLIDAYS:
            raise ValueError(f"no public holidays are known for {country!r}")
        return country

    def next_cut_offs(self, after: datetime, count: int) -> list[datetime]:
        """Return the first `count` cut-offs later than a moment; none where the mode names no days."""
        if self.cut_offs is None:
            return []
        found: list[datetime] = []
        year, month = (day := after.astimezone(ZoneInfo(self.time_zone)).date()).year, day.month
        while len(found) < count:
            if not self.cut_offs.months or month in self.cut_offs.months:
                found += [m for m in self._cut_offs_in(year, month) if m > after and m not in found]
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        return found[:count]

    def has_cut_off(self, moment: datetime) -> bool:
        """Say whether a call may close at that moment: always where the mode names no days."""
        just_before = moment - timedelta(seconds=1)
        return self.cut_offs is None or self.next_cut_offs(just_before, 1) == [moment]

    def _cut_offs_in(self, year: int, month: int) -> list[datetime]:
        assert self.cut_offs is not None  # noqa: S101 - asked by next_cut_offs alone
        days = [date(year, month, day) for day in sorted(set(self.cut_offs.days_of_month))]
        moved = [next_working_day(day, self.holidays, self.days_off) for day in days]
        return [local_moment(datetime.combine(day, self.cut_offs.time), self.time_zone) for day in moved]


class Grant(Part):
    """The least and the most of one resource that may be asked, in its shown unit."""

    resource: Resource
    least: int = Field(ge=0)
    most: int = Field(ge=1)
    source: TextOrString | None = None

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
            nl=f"Vraag {figure(self.least).nl} tot {figure(self.most).nl} {unit} aan.",
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
                source=self.source or OF_THE_GRANT,
            )

        least = Text(
            en=f"An application asks for at least {self.least:,} {unit}.",
            nl=f"Een aanvraag vraagt minstens {figure(self.least).nl} {unit}.",
        )
        most = Text(
            en=f"An application asks for at most {self.most:,} {unit}.",
            nl=f"Een aanvraag vraagt hoogstens {figure(self.most).nl} {unit}.",
        )
        lower = (rule("least", Comparison.AT_LEAST, self.least, least),) if self.least else ()
        return (*lower, rule("most", Comparison.AT_MOST, self.most, most))


class PartitionGrant(Part):
    """A partition on which the GPU-hours may be used, and the most that one award gets there."""

    id: Slug
    most: int = Field(ge=1)
    source: TextOrString | None = None

    @field_validator("id")
    @classmethod
    def _partition_exists(cls, name: str) -> str:
        if name not in partitions.table():
            raise ValueError(f"there is no partition {name!r}; there are: {', '.join(partitions.table())}")
        return name

    @property
    def partition(self) -> partitions.Partition:
        """Return the partition, with how it bills."""
        return partitions.table()[self.id]

    def rule(self) -> Rule:
        """Return the eligibility rule that holds where this partition is chosen."""
        name = self.partition.title
        return Rule(
            id=f"most_{self.id}"[:40],
            fact="requested.gpu",
            test=Comparison.AT_MOST,
            value=base(Resource.GPU, self.most),
            text=Text(
                en=f"At most {self.most:,} GPU-h are granted on {name.en}.",
                nl=f"Op {name.nl} worden hoogstens {figure(self.most).nl} GPU-uren toegekend.",
            ),
            change=Text(
                en=f"Ask for at most {self.most:,} GPU-h, or choose another partition.",
                nl=f"Vraag hoogstens {figure(self.most).nl} GPU-uren, of kies een andere partitie.",
            ),
            source=self.source or OF_THE_PARTITIONS,
        )


class Reviewing(Part):
    """Who scores, and the line: `reviews` per application, `threshold` as a decimal 0-5.

    `blind`: in `double` reviewers do not see who applies, in `single` applicants do not see who reviews.
    `shown_to_applicant`: who applied reads each review once the decision is published.
    """

    reviews: int = Field(ge=1, le=5)
    threshold: str = Field(pattern=r"^[0-5](\.[0-9]{1,2})?$")
    working_days: int = Field(ge=1, le=100)
    look_back_months: int = Field(ge=0, le=120)
    blind: Literal["open", "single", "double"] = "single"
    shown_to_applicant: bool = False
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    source: TextOrString | None = None

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


class Conflicts(Part):
    """How far back ties count, in months, and what follows from each kind of tie."""

    affiliation_months: int = Field(default=24, ge=0, le=120)
    coauthor_months: int = Field(default=36, ge=0, le=120)
    coproject_months: int = Field(default=36, ge=0, le=120)
    competing_sme: bool = True
    handling: dict[Slug, Handling] = {}
    source: TextOrString | None = None


class RequestClass(Part):
    """Applications of about one size compete with each other, for a share of the budget."""

    id: Slug
    label: Text
    up_to_gpu_hours: int | None = Field(default=None, ge=1)
    share_percent: Percent


class Selection(Part):
    """How a budget is divided among what passed the line.

    The floor holds in every class. `range_percent` is the chance that the range of a corrected score is meant to
    hold it; those whose range reaches the line draw (`entrants` line), or everybody whose place in the class the
    ranges leave open (class). What is left at the end may be given for a part of a request, `least_percent` of
    it or more.
    """

    classes: tuple[RequestClass, ...] = Field(min_length=1)
    sme_floor_percent: int = Field(default=0, ge=0, le=100)
    draw: bool = True
    entrants: Literal["line", "class"] = "line"
    range_percent: int = Field(default=50, ge=10, le=99)
    least_percent: Percent = 100
    source: TextOrString | None = None

    @field_validator("classes")
    @classmethod
    def _classes_cover_everything(cls, classes: tuple[RequestClass, ...]) -> tuple[RequestClass, ...]:
        if (total := sum(c.share_percent for c in classes)) != 100:
            raise ValueError(f"the shares add up to {total}, not to 100")
        ends = [c.up_to_gpu_hours for c in classes]
        lower = [end for end in ends[:-1] if end is not None]
        if ends[-1] is not None or len(lower) != len(ends) - 1 or lower != sorted(set(lower)):
            raise ValueError("the classes go from small to large, and only the last one has no upper end")
        return classes

    def class_of(self, gpu_hours: float) -> RequestClass:
        """Return the class to which a request of that many GPU-hours belongs."""
        return next(c for c in self.classes if c.up_to_gpu_hours is None or gpu_hours <= c.up_to_gpu_hours)


class Capacity(Part):
    """What the factory has to give in a calendar year, in GPU-hours: what quotas are a share of."""

    gpu_hours: int = Field(ge=1)
    source: TextOrString


class Quota(Part):
    """The most of the year's capacity that some modes, or some classes of organisations, get together."""

    id: Slug
    label: Text
    percent: Percent
    modes: tuple[Slug, ...] = ()
    classes: tuple[SizeClass, ...] = ()
    source: TextOrString

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if not self.modes and not self.classes:
            raise ValueError("a quota names the modes or the classes of organisations that it limits")
        return self


class Answered(Part):
    """Answers to one question of the route finder."""

    question: Slug
    one_of: tuple[Slug, ...] = Field(min_length=1)


class Fit(Answered):
    """For whom a mode is meant: the answers that fit, or `also` others that do as well, and why (not)."""

    also: tuple[Answered, ...] = ()
    yes: Text
    no: Text

    def holds(self, answers: Mapping[str, str]) -> bool:
        """Say whether somebody who answers so is meant."""
        return any(answers[part.question] in part.one_of for part in (self, *self.also))


class Duty(Part):
    """Something an awardee owes, so many months after the award ends, and what happens if it is not done."""

    id: Slug
    label: Text
    months_after_end: int = Field(ge=0, le=120)
    consequence: Text | None = None
    source: TextOrString | None = None


class Objecting(Part):
    """How objections are handled, in weeks. The defaults are those of the Dutch general administrative law act.

    `authority`: whether the factory decides as an administrative authority (Awb 1:1). One that does not keeps
    the same steps as its own rules, and its letters name `next_remedy` in place of the court.
    """

    authority: bool = True
    weeks: int = Field(default=6, ge=1, le=26)
    committee: bool = False
    weeks_with_committee: int = Field(default=12, ge=1, le=26)
    extension_weeks: int = Field(default=6, ge=0, le=26)
    repair_weeks: int = Field(default=2, ge=1, le=8)
    hearing: bool = True
    appeal_weeks: int = Field(default=6, ge=1, le=26)
    next_remedy: Text | None = None
    source: TextOrString = Text.alike("Awb 6:5-6:7, 7:2-7:13")
