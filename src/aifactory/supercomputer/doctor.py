"""Why a job waits, was refused or ended, in plain words with the next step: rules as data, and no database."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aifactory.kit.bilingual import Text

RULES = Path(__file__).with_suffix(".toml")
_PLACE = re.compile(r"{(\w+)}")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Rule:
    """One line of the table: which words and messages it fits, what they mean, and what to do."""

    id: str
    kind: str
    words: tuple[re.Pattern[str], ...]
    says: tuple[re.Pattern[str], ...]
    means: Text
    do: Text
    figures: Text | None

    def fits(self, said: str) -> dict[str, str] | None:
        """Return what the message names (mostly nothing) where the rule fits it, else None."""
        for pattern in self.says:
            if found := pattern.search(said):
                return {name: value for name, value in found.groupdict().items() if value}
        fits = any(pattern.fullmatch(word) for word in _WORD.findall(said) for pattern in self.words)
        return {} if fits else None


@dataclass(frozen=True)
class Finding:
    """What the doctor says. `kind`: waits, refused, ended, well or unknown; `figures` where they are known."""

    rule: str
    kind: str
    said: str
    means: Text
    do: Text
    figures: Text | None = None

    def plain(self, language: str) -> dict[str, str]:
        """Return it in one language, as the API and the command show it."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "said": self.said,
            "means": self.means.of(language),
            "figures": self.figures.of(language) if self.figures else "",
            "do": self.do.of(language),
        }


@cache
def rules(path: Path = RULES) -> tuple[Rule, ...]:
    """Read the table."""
    return tuple(_rule(line) for line in tomllib.loads(path.read_text(encoding="utf-8"))["rule"])


def _rule(line: dict[str, Any]) -> Rule:
    return Rule(
        id=line["id"],
        kind=line["kind"],
        words=tuple(re.compile(word) for word in line.get("words", ())),
        says=tuple(re.compile(part) for part in line.get("says", ())),
        means=Text(**line["means"]),
        do=Text(**line["do"]),
        figures=Text(**line["figures"]) if "figures" in line else None,
    )


def diagnose(said: str, **figures: object) -> Finding:
    """Explain what Slurm said: a reason, a state, or a line that it printed.

    `figures` are put into the rule's own sentence, which is left out where one that it needs is missing or None.
    """
    said = said.strip()[:2000]
    for rule in rules():
        named = rule.fits(said)
        if named is not None or rule.id == "unknown":
            known = {name: value for name, value in figures.items() if value is not None} | (named or {})
            return Finding(rule.id, rule.kind, said, rule.means, rule.do, _filled(rule.figures, known))
    raise LookupError("The table of the doctor has no last rule.")


def _filled(text: Text | None, known: dict[str, object]) -> Text | None:
    if text is None or not set(_PLACE.findall(text.en + text.nl)) <= known.keys():
        return None
    return text.fill(**known)
