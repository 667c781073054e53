"""Who may apply: rules as data, each answered by a verdict that quotes the rule and the fact found."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aifactory.access.deadlines import add_months
from aifactory.kit.bilingual import Text, TextOrString, read_text
from aifactory.kit.units import DUTCH, human
from aifactory.people.enterprises.words import SIZES


class Comparison(StrEnum):
    """How a fact is held to a rule's value."""

    ONE_OF = "one_of"
    EQUALS = "equals"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    PRESENT = "present"
    OUTLASTS = "outlasts"


#: the type that `value` of a rule has, by test; PRESENT takes none
VALUES: dict[Comparison, type | tuple[type, ...]] = {
    Comparison.ONE_OF: list,
    Comparison.EQUALS: (bool, int, str),
    Comparison.AT_LEAST: int,
    Comparison.AT_MOST: int,
    Comparison.PRESENT: type(None),
    Comparison.OUTLASTS: int,
}


class Rule(BaseModel):
    """One condition. `change` says what would turn a refusal; `source` names the law or own rule.

    OUTLASTS holds the date in `fact` to the date in `than` plus `value` months.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    fact: str = Field(pattern=r"^[a-z]+\.[a-z][a-z0-9_]*$")
    test: Comparison
    value: Any = None
    than: str | None = None
    text: Text
    change: Text
    source: TextOrString

    @model_validator(mode="after")
    def _value_fits_the_test(self) -> Self:
        if not isinstance(self.value, VALUES[self.test]):
            raise ValueError(  # noqa: TRY004 - pydantic turns a ValueError into a problem with its place
                f"the value of a rule that tests {self.test} has another type"
            )
        if (self.than is not None) != (self.test is Comparison.OUTLASTS):
            raise ValueError("`than` belongs to a rule that tests outlasts, and to no other")
        return self


#: codes that a fact may hold, in words
WORDS = {
    "yes": Text(en="yes", nl="ja"),
    "no": Text(en="no", nl="nee"),
    **{size.value: text for size, text in SIZES.items()},
    "public": Text(en="public body or research organisation", nl="overheid of kennisinstelling"),
    "company": Text(en="company", nl="bedrijf"),
    "research": Text(en="university or research institute", nl="universiteit of kennisinstelling"),
    "hospital": Text(en="hospital", nl="ziekenhuis"),
    "": Text(en="nothing", nl="niets"),
}


@dataclass(frozen=True)
class Verdict:
    """What one rule says of one application."""

    rule: str
    passed: bool
    fact: str
    found: str
    text: Text
    change: Text
    source: Text
    told: Text | None = None
    """The answer to a choice in words, where the fact holds only its code."""

    def found_in(self, language: str) -> str:
        """Return the fact as a reader sees it: words for codes, amounts as the language writes numbers."""
        if self.told:
            return self.told.of(language)
        if self.fact.startswith("requested.") and language.startswith("nl"):
            return self.found.translate(DUTCH)
        return WORDS[self.found].of(language) if self.found in WORDS else self.found

    def plain(self) -> dict[str, Any]:
        """Return the verdict as JSON keeps it."""
        kept = {name: value for name, value in vars(self).items() if value is not None}
        return kept | {name: text.plain() for name, text in kept.items() if isinstance(text, Text)}

    @classmethod
    def from_plain(cls, kept: Mapping[str, Any]) -> Self:
        """Return the verdict that `plain` wrote; one from before has its source as a string, for both languages."""
        texts = {name: Text(**kept[name]) for name in ("text", "change", "told") if name in kept}
        source = Text.model_validate(read_text(kept["source"]))
        return cls(**{**kept, **texts, "source": source})


def _outlasts(rule: Rule, found: Any, facts: Mapping[str, Any]) -> bool:
    end = facts.get(rule.than or "")
    return end is not None and _day(found) >= add_months(_day(end), rule.value)


_HOLDS: dict[Comparison, Callable[[Rule, Any, Mapping[str, Any]], bool]] = {
    Comparison.ONE_OF: lambda rule, found, _: found in rule.value,
    Comparison.EQUALS: lambda rule, found, _: bool(found == rule.value),
    Comparison.AT_LEAST: lambda rule, found, _: bool(found >= rule.value),
    Comparison.AT_MOST: lambda rule, found, _: bool(found <= rule.value),
    Comparison.PRESENT: lambda _rule, _found, _: True,
    Comparison.OUTLASTS: _outlasts,
}


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _written(fact: str, found: Any) -> str:
    """Write a fact down: an amount in its shown unit, a yes or no as such, nothing as an empty text."""
    if found is None:
        return ""
    if isinstance(found, bool):
        return "yes" if found else "no"
    room, _, name = fact.partition(".")
    return human(name, found) if room == "requested" else str(found)


def judge(rules: Iterable[Rule], facts: Mapping[str, Any]) -> list[Verdict]:
    """Hold every rule to the facts (`organisation.country` → value); a missing fact fails its rule."""
    verdicts = []
    for rule in rules:
        found = facts.get(rule.fact)
        passed = found not in (None, "") and _HOLDS[rule.test](rule, found, facts)
        verdicts.append(
            Verdict(
                rule.id, passed, rule.fact, _written(rule.fact, found), rule.text, rule.change, rule.source
            )
        )
    return verdicts
