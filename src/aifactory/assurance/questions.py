"""Questions as data: what a form shows and what an answer may be."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aifactory.assurance.truth import Truth
from aifactory.kit.errors import FieldError

#: `yes`, `no`, `unknown`; an option; a list of options; a number. An absent answer counts as unknown.
Answers = Mapping[str, Any]
UNKNOWN = "unknown"
NONE = "none"


@dataclass(frozen=True)
class Text:
    """One thing said in both languages of the house, in plain words."""

    en: str
    nl: str

    def said(self, language: str) -> str:
        """Return the Dutch text for `nl` (and `nl-…`), the English one for every other language."""
        return self.nl if language.startswith("nl") else self.en

    def fill(self, words: Mapping[str, "Text"]) -> "Text":
        """Replace `{question}` by the label of the option chosen there."""
        return Text(
            self.en.format_map({key: text.en for key, text in words.items()}),
            self.nl.format_map({key: text.nl for key, text in words.items()}),
        )


@dataclass(frozen=True)
class Option:
    """One choice of a question."""

    id: str
    label: Text


@dataclass(frozen=True)
class Question:
    """One thing to ask: `kind` is yes_no, one (of the options), many (of them, or none) or number."""

    id: str
    topic: str
    article: str
    kind: str
    text: Text
    help: Text
    options: tuple[Option, ...] = ()

    def mistake(self, answer: Any) -> FieldError | None:
        """Say what is wrong with the form of `answer`, or nothing."""
        if self._fits(answer):
            return None
        choices = ", ".join([*(o.id for o in self.options), UNKNOWN])
        message = {
            "yes_no": "Answer yes, no or unknown.",
            "one": f"Choose one of: {choices}.",
            "many": f"Choose all that fit of: {choices}; or only {NONE}.",
            "number": "Give a number of zero or more, or unknown.",
        }[self.kind]
        return FieldError(field=self.id, message=message, rule=f"question:{self.kind}")

    def _fits(self, answer: Any) -> bool:
        chosen = {o.id for o in self.options}
        if self.kind == "many":
            if not isinstance(answer, list) or not answer or not all(isinstance(a, str) for a in answer):
                return False
            return answer == [NONE] or set(answer) <= chosen | {UNKNOWN}
        if answer == UNKNOWN:
            return True
        if self.kind == "number":
            return _is_amount(answer)
        return isinstance(answer, str) and answer in ({"yes", "no"} if self.kind == "yes_no" else chosen)

    def truth(self, sign: str, value: str, answer: Any) -> Truth:
        """Evaluate `id`, `id=option` or `id>number` against `answer` (None where there is none)."""
        if answer is None or answer == UNKNOWN:
            return None
        if sign == ">":
            return bool(float(answer) > float(value))
        if self.kind == "yes_no":
            return bool(answer == "yes")
        if self.kind == "one":
            return bool(answer == value)
        return True if value in answer else None if UNKNOWN in answer else False

    def label(self, answer: Any) -> Text | None:
        """Return the label of the one option chosen."""
        return next((o.label for o in self.options if o.id == answer), None)

    def document(self) -> dict[str, Any]:
        """Return the question as JSON-plain data, for the API and the command line."""
        return asdict(self)


def _is_amount(answer: Any) -> bool:
    """Say whether this is zero or more and finite; a string such as 1e22 is a number too."""
    if isinstance(answer, bool) or not isinstance(answer, int | float | str):
        return False
    try:
        return 0 <= float(answer) < float("inf")
    except (ValueError, OverflowError):
        return False
