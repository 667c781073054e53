"""The published policy: what counts as slow or idle, who is warned, what is taken back, who decides. As data."""

import tomllib
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aifactory.kit.bilingual import Text
from aifactory.kit.canonical import digest
from aifactory.kit.units import Resource

FOLDER = Path(str(files(__package__))) / "policies"
Percent = Annotated[int, Field(ge=1, le=100)]
Count = Annotated[int, Field(ge=1, le=1000)]


class Part(BaseModel):
    """What all parts are: read only, and without a key that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Forecasting(Part):
    """How the forecast is made; see `forecast`."""

    history_weeks: Count
    prior_weeks: int = Field(ge=0, le=8)
    draws: int = Field(ge=100, le=10_000)
    level: int = Field(ge=50, le=99)
    least_days: Count


class Warnings(Part):
    """When a project is warned: `slow` behind what was expected, `idle` without any use, `fast` used up early."""

    slow_percent: Percent
    slow_from_percent: Percent
    idle_days: Count
    fast_days: Count
    fast_percent: Percent
    again_days: Count


class Planning(Part):
    """What a ramp plan may say."""

    half_percent: int = Field(ge=0, le=100)


class Reclaiming(Part):
    """When, how much and by whom unused time is taken back. `decides` is the duty of who confirms it."""

    resources: tuple[Resource, ...]
    from_percent: Percent
    used_percent: Percent
    warnings: int = Field(ge=1, le=10)
    answer_days: Count
    share_percent: Percent
    least_hours: Count
    decides: str
    object_weeks: Count


class Pooling(Part):
    """Who may ask the pool for more, and for how much."""

    used_percent: Percent
    most_percent: Percent


class Rule(Part):
    """One rule in a sentence; names in braces stand for the policy's figures."""

    title: Text
    text: Text


class Policy(Part):
    """One version of the policy, in force from the start of `valid_from` (UTC)."""

    id: str
    version: int = Field(ge=1)
    valid_from: date
    title: Text
    intro: Text
    appeal: Text
    forecast: Forecasting
    warnings: Warnings
    plan: Planning
    reclaim: Reclaiming
    pool: Pooling
    rule: tuple[Rule, ...] = Field(min_length=1)

    @property
    def rules(self) -> list[Rule]:
        """The rules in sentences, with the figures in their places."""
        figures = dict(self)
        return [Rule(title=one.title, text=one.text.fill(**figures)) for one in self.rule]

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.id}-v{self.version}"

    @property
    def digest(self) -> str:
        """The digest of everything that it says."""
        return digest(self.model_dump(mode="json"))


def load(folder: Path) -> tuple[Policy, ...]:
    """Read every version in a folder, oldest first. Raises `ValueError` for a mistake or a file misnamed."""
    found = []
    for path in folder.glob("*.toml"):
        policy = Policy.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        if policy.name != path.stem:
            raise ValueError(f"{path.name} holds {policy.name}.")
        found.append(policy)
    return tuple(sorted(found, key=lambda policy: (policy.valid_from, policy.version)))


@cache
def versions() -> tuple[Policy, ...]:
    """Return every version that comes with the platform, oldest first."""
    return load(FOLDER)


def in_force(at: datetime) -> Policy:
    """Return the version in force at a moment; the first one before there was any."""
    begun = [p for p in versions() if datetime.combine(p.valid_from, time(), UTC) <= at]
    return begun[-1] if begun else versions()[0]


def named(name: str) -> Policy:
    """Return a version by its name. Raises `KeyError`."""
    return {policy.name: policy for policy in versions()}[name]
