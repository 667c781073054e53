"""The questions of a mode's form: what an answer may be, and what is still missing.

An answer is JSON-plain: text, whole number, true or false, or a date as `YYYY-MM-DD`. Amounts of a resource
are asked in its shown unit and kept in whole base units (see `kit.units`).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from babel.dates import format_date
from pydantic import BaseModel, ConfigDict, Field, field_validator

from aifactory.kit.bilingual import Text
from aifactory.kit.errors import FieldError
from aifactory.kit.units import DUTCH, Resource, base, figure, shown

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Answer = str | int | bool | None

#: the most base units that any one amount may name: beyond it JSON readers disagree (RFC 8785, 3.2.2.3)
LARGEST = 2**53 - 1
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

MESSAGES = {
    "required": Text(en="Answer this question.", nl="Beantwoord deze vraag."),
    "required_file": Text(en="Add this document.", nl="Voeg dit document toe."),
    "characters": Text(
        en="Remove characters that cannot be shown.", nl="Verwijder tekens die niet getoond kunnen worden."
    ),
    "one_line": Text(en="Keep this on one line.", nl="Houd dit op één regel."),
    "length": Text(
        en="Use at most {most} characters; there are {found}.",
        nl="Gebruik hoogstens {most} tekens; het zijn er {found}.",
    ),
    "number": Text(en="Write a number in digits.", nl="Schrijf een getal in cijfers."),
    "at_least": Text(en="Must be {least} or more.", nl="Moet {least} of meer zijn."),
    "at_most": Text(en="Must be {most} or less.", nl="Moet {most} of minder zijn."),
    "choice": Text(en="Choose one of the answers offered.", nl="Kies een van de antwoorden."),
    "yes_no": Text(en="Choose yes or no.", nl="Kies ja of nee."),
    "date": Text(en="Write a date, such as 2027-03-31.", nl="Schrijf een datum, zoals 2027-03-31."),
    "unknown": Text(en="This form has no such question.", nl="Dit formulier heeft die vraag niet."),
}


class Mistake(ValueError):
    """An answer that cannot be accepted: which rule it breaks, said in both languages."""

    def __init__(self, rule: str, **values: object) -> None:
        self.rule = rule
        self.message = MESSAGES[rule].fill(**values)
        super().__init__(self.message.en)


@dataclass(frozen=True)
class FieldMistake:
    """A mistake and the question or attachment it stands at."""

    field: str
    rule: str
    message: Text

    def said(self, language: str) -> FieldError:
        """Return it as one line of an `Invalid` refusal."""
        return FieldError(self.field, self.message.of(language), self.rule)


class Asked(BaseModel):
    """What every question has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    label: Text
    help: Text | None = None
    required: bool = True
    identifying: bool = False
    from_profile: Literal["name", "country", "registration_number", "region", "sector", "staff"] | None = None

    @property
    def identifies(self) -> bool:
        """Say whether the answer tells who applies: reviewers of a double-blind mode do not read it."""
        return self.identifying

    def read(self, raw: object) -> Answer:
        """Return the answer in `raw`, or None where it is empty. Raises `Mistake`."""
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        return self.accept(raw)

    def accept(self, raw: object) -> Answer:
        """Return the answer in a `raw` that is not empty. Raises `Mistake`."""
        raise NotImplementedError

    def write(self, answer: Answer) -> str:
        """Return the answer as a page shows it in the field again."""
        return "" if answer is None else str(answer)

    def tell(self, answer: Answer, language: str) -> str:  # noqa: ARG002 - choices need it
        """Return the answer as a reader sees it."""
        return self.write(answer)


class Line(Asked):
    """A short text on one line.

    `names_people`: it holds names of those who work on it; `excludes_people`: of those whom the applicant does
    not want as judges. The search for conflicts reads both.
    """

    kind: Literal["line"]
    names_people: bool = False
    excludes_people: bool = False
    length: int = Field(default=200, ge=1, le=500)

    def accept(self, raw: object) -> Answer:
        text = clean(raw, self.length)
        if "\n" in text:
            raise Mistake("one_line")
        return text

    @property
    def identifies(self) -> bool:
        """Names of people always tell who applies."""
        return self.identifying or self.names_people or self.excludes_people


class Paragraphs(Asked):
    """A longer text."""

    kind: Literal["paragraphs"]
    length: int = Field(default=2000, ge=1, le=20_000)

    def accept(self, raw: object) -> Answer:
        return clean(raw, self.length)


class Number(Asked):
    """A whole number; `share_of_time`: the percentage of a full week that the people named give to it."""

    kind: Literal["number"]
    least: int = 0
    most: int = 10**12
    share_of_time: bool = False

    def accept(self, raw: object) -> Answer:
        number = decimal(raw)
        if number != number.to_integral_value():
            raise Mistake("number")
        if number < self.least:
            raise Mistake("at_least", least=figure(self.least))
        if number > self.most:
            raise Mistake("at_most", most=figure(self.most))
        return int(number)

    def tell(self, answer: Answer, language: str) -> str:
        return "" if answer is None else _set_apart(Decimal(int(answer)), language)


class Amount(Asked):
    """How much of a resource; whether that is within the grant is for the eligibility rules to say."""

    kind: Literal["amount"]
    resource: Resource

    def accept(self, raw: object) -> Answer:
        number = decimal(raw)
        if number < 0:
            raise Mistake("at_least", least="0")
        if number > shown(self.resource, LARGEST):
            raise Mistake("at_most", most=figure(int(shown(self.resource, LARGEST))))
        return base(self.resource, number)

    def write(self, answer: Answer) -> str:
        return "" if answer is None else f"{shown(self.resource, int(answer)).normalize():f}"

    def tell(self, answer: Answer, language: str) -> str:
        return "" if answer is None else _set_apart(shown(self.resource, int(answer)).normalize(), language)


def _set_apart(number: Decimal, language: str) -> str:
    """Return a number as people write it: 1,800.5, in Dutch 1.800,5."""
    text = f"{number:,f}"
    return text.translate(DUTCH) if language.startswith("nl") else text


class Option(BaseModel):
    """One answer offered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Slug
    label: Text


class Choice(Asked):
    """One of the answers offered."""

    kind: Literal["choice"]
    options: tuple[Option, ...] = Field(min_length=2)

    def accept(self, raw: object) -> Answer:
        if raw not in [option.value for option in self.options]:
            raise Mistake("choice")
        return str(raw)

    def tell(self, answer: Answer, language: str) -> str:
        return next((o.label.of(language) for o in self.options if o.value == answer), self.write(answer))


class Duration(Choice):
    """How many months an award lasts: options `m3`, `m6`, …"""

    kind: Literal["duration"]  # type: ignore[assignment]  # narrows the kind of a choice

    @field_validator("options")
    @classmethod
    def _options_are_months(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        if wrong := [o.value for o in options if not re.fullmatch(r"m([1-9]|[12][0-9]|3[0-6])", o.value)]:
            raise ValueError(f"a duration is m1 to m36, not {', '.join(wrong)}")
        return options

    def months(self, answer: Answer) -> int:
        """Return the months that an answer means."""
        return int(str(answer)[1:])


class PartitionChoice(Choice):
    """Where the GPU-hours would be used: options are partitions that the mode grants."""

    kind: Literal["partition"]  # type: ignore[assignment]  # narrows the kind of a choice


class YesNo(Asked):
    """Yes or no; no is an answer too."""

    kind: Literal["yes_no"]

    def accept(self, raw: object) -> Answer:
        if isinstance(raw, bool):
            return raw
        if raw not in ("yes", "no"):
            raise Mistake("yes_no")
        return raw == "yes"

    def write(self, answer: Answer) -> str:
        return "" if answer is None else ("yes" if answer else "no")

    def tell(self, answer: Answer, language: str) -> str:
        words = {"yes": Text(en="yes", nl="ja"), "no": Text(en="no", nl="nee")}
        return "" if answer is None else words[self.write(answer)].of(language)


class Day(Asked):
    """A date."""

    kind: Literal["day"]

    def accept(self, raw: object) -> Answer:
        try:
            return date.fromisoformat(str(raw).strip()).isoformat()
        except ValueError:
            raise Mistake("date") from None

    def tell(self, answer: Answer, language: str) -> str:
        """Return the day in words."""
        if answer is None:
            return ""
        locale = "nl" if language.startswith("nl") else "en"
        return str(format_date(date.fromisoformat(str(answer)), "d MMMM y", locale=locale))


Question = Annotated[
    Line | Paragraphs | Number | Amount | Choice | Duration | PartitionChoice | YesNo | Day,
    Field(discriminator="kind"),
]


class Step(BaseModel):
    """One page of the form, about one thing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    title: Text
    questions: tuple[Question, ...] = Field(min_length=1)


class Slot(BaseModel):
    """A document that goes with the form: which kinds of file, how large in bytes.

    `identifying`: it tells who applies, so reviewers of a double-blind mode do not get it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    label: Text
    help: Text | None = None
    required: bool = True
    identifying: bool = False
    media_types: tuple[str, ...] = Field(min_length=1)
    most_bytes: int = Field(ge=1, le=50_000_000)


def clean(raw: object, length: int) -> str:
    """Return text as it is kept: NFC, newlines, no control or direction-changing characters."""
    if not isinstance(raw, str):
        raise Mistake("characters")
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if _CONTROL.search(text):
        raise Mistake("characters")
    if len(text) > length:
        raise Mistake("length", most=length, found=len(text))
    return text


def decimal(raw: object) -> Decimal:
    """Return a finite decimal written with digits and at most one point. Raises `Mistake`."""
    text = str(raw).strip().replace(" ", "")
    if isinstance(raw, bool) or not re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,9})?", text):
        raise Mistake("number")
    try:
        return Decimal(text)
    except InvalidOperation:  # pragma: no cover - the pattern leaves nothing to refuse
        raise Mistake("number") from None


def read(
    questions: Iterable[Asked], raw: Mapping[str, object]
) -> tuple[dict[str, Answer], list[FieldMistake]]:
    """Read the answers sent for some questions: what is right, and a mistake for each that is not.

    An empty answer is right here: a draft may be unfinished. A name that is no question is a mistake.
    """
    known = {question.id: question for question in questions}
    answers: dict[str, Answer] = {}
    mistakes = [FieldMistake(name[:40], "unknown", MESSAGES["unknown"]) for name in raw if name not in known]
    for name, question in known.items():
        if name not in raw:
            continue
        try:
            answers[name] = question.read(raw[name])
        except Mistake as mistake:
            mistakes.append(FieldMistake(name, mistake.rule, mistake.message))
    return answers, mistakes


def missing(
    questions: Iterable[Asked], slots: Iterable[Slot], answers: Mapping[str, Answer], attached: Iterable[str]
) -> list[FieldMistake]:
    """Return what a complete application still needs, in the order of the form."""
    there = set(attached)
    return [
        FieldMistake(q.id, "required", MESSAGES["required"])
        for q in questions
        if q.required and answers.get(q.id) is None
    ] + [
        FieldMistake(s.id, "required_file", MESSAGES["required_file"])
        for s in slots
        if s.required and s.id not in there
    ]
