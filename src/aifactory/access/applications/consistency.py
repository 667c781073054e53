"""Whether the applications of one organisation go together: questions to answer, never refusals.

Pure rules on plain claims: the same text twice, the same data or hours at the same time, promises that contradict
each other, one person's time promised more than once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from aifactory.kit.bilingual import LANGUAGES, Text
from aifactory.kit.units import human

WORDS_IN_A_SHINGLE = 4
ALIKE = 0.25
"""Share of shingles in common from which two texts look like the same work."""
FULL_TIME = 100


@dataclass(frozen=True)
class Promise:
    """An answer that binds beyond its own application: what was asked (in both languages) and said."""

    question: Text
    answer: Any
    said: Text
    of_person: bool = False


@dataclass(frozen=True)
class Claim:
    """One application as the comparison looks at it; `time` is percent of a full week by person's name."""

    id: str
    reference: str
    text: str
    asked: Mapping[str, int]
    datasets: frozenset[str]
    starts: date
    ends: date
    promises: Mapping[str, Promise] = field(default_factory=dict)
    people: frozenset[str] = frozenset()
    time: Mapping[str, int] = field(default_factory=dict)

    def meets(self, other: "Claim") -> bool:
        """Say whether both would run on some same day."""
        return self.starts <= other.ends and other.starts <= self.ends


@dataclass(frozen=True)
class Doubt:
    """One thing to look at, with the reference of the other application (empty: of several)."""

    kind: str
    other: str
    text: Text

    def plain(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"kind": self.kind, "other": self.other, "text": self.text.plain()}


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return every run of four words, in lower case, without punctuation."""
    words = re.findall(r"\w+", text.lower())
    ends = max(len(words) - WORDS_IN_A_SHINGLE + 1, 0)
    return frozenset(tuple(words[at : at + WORDS_IN_A_SHINGLE]) for at in range(ends))


def likeness(one: str, other: str) -> float:
    """Return the Jaccard index of both texts' shingles: 0 nothing in common, 1 the same; 0 for short texts."""
    a, b = shingles(one), shingles(other)
    return len(a & b) / len(a | b) if a and b else 0.0


def doubts(this: Claim, others: Iterable[Claim]) -> list[Doubt]:
    """Return what does not go together with the other applications, in their order; time promised comes last."""
    known = [other for other in others if other.id != this.id]
    found = [doubt for other in known for doubt in _between(this, other)]
    return found + list(_overbooked(this, known))


def _between(this: Claim, other: Claim) -> Iterator[Doubt]:
    alike = likeness(this.text, other.text)
    if alike >= ALIKE:
        yield Doubt("text", other.reference, SAME_TEXT.fill(share=round(alike * 100), other=other.reference))
    twice = [r for r in sorted(this.asked) if this.asked[r] and other.asked.get(r)]
    if twice and alike >= ALIKE and this.meets(other):
        total = {
            language: ", ".join(human(r, this.asked[r] + other.asked[r], language) for r in twice)
            for language in LANGUAGES
        }
        text = Text(
            en=SAME_HOURS.en.format(total=total["en"], other=other.reference),
            nl=SAME_HOURS.nl.format(total=total["nl"], other=other.reference),
        )
        yield Doubt("hours", other.reference, text)
    if both := this.datasets & other.datasets:
        yield Doubt("data", other.reference, SAME_DATA.fill(count=len(both), other=other.reference))
    for name, promise in this.promises.items():
        there = other.promises.get(name)
        if there and there.answer != promise.answer and _same_person(promise, this, other):
            yield Doubt("promise", other.reference, _contradiction(promise, there, other.reference))


def _same_person(promise: Promise, this: Claim, other: Claim) -> bool:
    return not promise.of_person or this.people == other.people or bool(this.people & other.people)


def _contradiction(here: Promise, there: Promise, reference: str) -> Text:
    return Text(
        en=CONTRADICTION.en.format(
            question=here.question.en, here=here.said.en, there=there.said.en, other=reference
        ),
        nl=CONTRADICTION.nl.format(
            question=here.question.nl, here=here.said.nl, there=there.said.nl, other=reference
        ),
    )


def _overbooked(this: Claim, others: Iterable[Claim]) -> Iterator[Doubt]:
    running = [other for other in others if this.meets(other)]
    for name, share in this.time.items():
        total = share + sum(other.time.get(name, 0) for other in running)
        if total > FULL_TIME:
            yield Doubt("time", "", TOO_MUCH_TIME.fill(name=name, total=total))


SAME_TEXT = Text(
    en="{share} % of the text also stands in {other}. Is it the same work? If not, say in both what differs.",
    nl="{share} % van de tekst staat ook in {other}. Is het hetzelfde werk? Zo niet, schrijf in beide wat verschilt.",
)
SAME_HOURS = Text(
    en="Together with {other} you ask {total} for the same time and much the same text. Do you need both?",
    nl="Samen met {other} vraagt u {total} voor dezelfde tijd en bijna dezelfde tekst. Hebt u beide nodig?",
)
SAME_DATA = Text(
    en="{count} of the datasets are asked in {other} too. One agreement may be enough for both.",
    nl="{count} van de datasets vraagt u ook in {other}. Eén overeenkomst kan voor beide genoeg zijn.",
)
CONTRADICTION = Text(
    en="“{question}” is answered “{here}” here and “{there}” in {other}. What you state in one application binds: "
    "which is right?",
    nl="Op “{question}” staat hier “{here}” en in {other} “{there}”. Wat u in de ene aanvraag verklaart, bindt: "
    "wat klopt?",
)
TOO_MUCH_TIME = Text(
    en="{name} is promised for {total} % of a full week in applications that run at the same time.",
    nl="{name} is voor {total} % van een volle week toegezegd in aanvragen die tegelijk lopen.",
)
