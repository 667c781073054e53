"""The published policy of retention, and the day on which data goes. Plain data and dates."""

import tomllib
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from aifactory.kit.bilingual import Text
from aifactory.kit.canonical import digest

FOLDER = Path(str(files(__package__))) / "policies"


class Policy(BaseModel):
    """One version, in force from the start of `valid_from` (UTC). `notice_days`: before the day on which data goes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int = Field(ge=1)
    valid_from: date
    days: int = Field(ge=1, le=3660)
    notice_days: tuple[int, ...] = Field(min_length=1)
    title: Text
    goes: Text
    stays: Text
    held: Text

    @field_validator("notice_days")
    @classmethod
    def _earliest_first(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if list(days) != sorted(set(days), reverse=True) or days[-1] < 1 or days[0] > 60:
            raise ValueError("the days before it, the earliest first, each once, between 60 and 1")
        return days

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.id}-v{self.version}"

    @property
    def digest(self) -> str:
        """The digest of everything that it says."""
        return digest(self.model_dump(mode="json"))

    def goes_on(self, ended: datetime, zone: tzinfo) -> date:
        """Return the first day on which data may be deleted: so many whole days after the day of the end."""
        return ended.astimezone(zone).date() + timedelta(days=self.days + 1)


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
