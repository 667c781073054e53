"""The terms of use, each version a file with both languages; and what an organisation still has to accept."""

import tomllib
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from aifactory.kit.bilingual import Text
from aifactory.kit.canonical import digest

FOLDER = Path(str(files(__package__))) / "texts"


class TermsText(BaseModel):
    """One version of one text. It binds from the start of `valid_from` (UTC).

    Who accepted an earlier version has `accept_within_days` from then on; who never did accepts it first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: int = Field(ge=1)
    valid_from: date
    accept_within_days: int = Field(ge=0, le=365)
    title: Text
    intro: Text
    clause: tuple[Text, ...] = Field(min_length=1)

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.id}-v{self.version}"

    @property
    def digest(self) -> str:
        """The digest of everything that is accepted."""
        return digest(self.model_dump(mode="json"))

    @property
    def binds_from(self) -> datetime:
        """The moment from which it is the text in force."""
        return datetime.combine(self.valid_from, time(), UTC)

    @property
    def accept_by(self) -> datetime:
        """The end of the term for those who accepted an earlier version."""
        return self.binds_from + timedelta(days=self.accept_within_days)


@dataclass(frozen=True)
class Due:
    """A text in force that was not accepted. `by` None: before anything new; a moment: from then on."""

    text: TermsText
    by: datetime | None

    def stops(self, at: datetime) -> bool:
        """Say whether nothing new may begin at that moment until it is accepted."""
        return self.by is None or self.by <= at


def load(folder: Path) -> tuple[TermsText, ...]:
    """Read every text of a folder. Raises `ValueError` for a file with a mistake or another one's name."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        text = TermsText.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        if text.name != path.stem:
            raise ValueError(f"{path.name} holds {text.name}.")
        found.append(text)
    return tuple(found)


@cache
def texts() -> tuple[TermsText, ...]:
    """Return every version that comes with the platform."""
    return load(FOLDER)


def current(known: Iterable[TermsText], at: datetime) -> dict[str, TermsText]:
    """Return the version in force of each text."""
    in_force = sorted((t for t in known if t.binds_from <= at), key=lambda t: (t.valid_from, t.version))
    return {text.id: text for text in in_force}


def due(known: Iterable[TermsText], accepted: AbstractSet[tuple[str, int]], at: datetime) -> list[Due]:
    """Return what still has to be accepted by who accepted these (id, version), in the order of the texts."""
    found = []
    for text in current(known, at).values():
        if (text.id, text.version) in accepted:
            continue
        earlier = any(name == text.id and version < text.version for name, version in accepted)
        found.append(Due(text, text.accept_by if earlier else None))
    return sorted(found, key=lambda due: due.text.id)
