"""From a newcomer's answers to the modes that fit, what to do first, and the service that helps; each with reasons.

Modes say themselves whom they are for; size and time are held to their grants and clocks, so that no mode can be
offered for what it does not grant. Pure: the modes come in as an argument.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from aifactory.access.finder.questions import FOLDER, Question, questions
from aifactory.access.modes import Mode
from aifactory.access.modes.parts import Answered
from aifactory.kit.bilingual import Text
from aifactory.kit.units import Resource, figure


class Line(BaseModel):
    """Something to say, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    when: tuple[Answered, ...] = ()
    title: Text
    reason: Text

    def holds(self, answers: Mapping[str, str]) -> bool:
        """Say whether these answers call for it."""
        return all(answers[part.question] in part.one_of for part in self.when)


class Lines(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: tuple[Line, ...] = Field(min_length=1)
    services: tuple[Line, ...] = Field(min_length=1)
    fallback: Line
    ready: Line


@dataclass(frozen=True)
class Route:
    """One mode, what speaks for it and what stands in the way."""

    mode: Mode
    reasons: tuple[Text, ...]
    against: tuple[Text, ...]

    @property
    def fits(self) -> bool:
        """Say whether nothing stands in the way."""
        return not self.against


@dataclass(frozen=True)
class Advice:
    """What the finder answers: modes that fit (quickest first), those that do not, steps and services."""

    fitting: tuple[Route, ...]
    others: tuple[Route, ...]
    first: tuple[Line, ...]
    services: tuple[Line, ...]


class AnswerIsUnknown(ValueError):
    """A question is not answered, or with something that is not offered; `question` names it."""

    def __init__(self, question: str) -> None:
        self.question = question
        super().__init__(f"Answer `{question}` with one of the answers offered.")


@lru_cache(maxsize=1)
def lines() -> Lines:
    """Return what the finder can say besides modes."""
    return Lines.model_validate(tomllib.loads((FOLDER / "routes.toml").read_text("utf-8")))


def read(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return one answer to every question. Raises `AnswerIsUnknown` for the first that is missing or wrong."""
    answers = {}
    for question in questions():
        given = raw.get(question.id)
        if given not in [option.value for option in question.options]:
            raise AnswerIsUnknown(question.id)
        answers[question.id] = str(given)
    return answers


def advise(answers: Mapping[str, str], modes: Iterable[Mode]) -> Advice:
    """Return the advice for a full set of answers: there is always something to do, with its reason."""
    routes = [_route(mode, answers) for mode in modes if mode.fits]
    fitting = sorted(
        (route for route in routes if route.fits), key=lambda r: (r.mode.clock.working_days, r.mode.id)
    )
    others = sorted(
        (r for r in routes if not r.fits), key=lambda r: (len(r.against), r.mode.clock.working_days)
    )
    first = tuple(line for line in lines().first if line.holds(answers))
    services = {line.id: line for line in reversed(lines().services) if line.holds(answers)}
    if not fitting:
        services = {lines().fallback.id: lines().fallback} | {
            name: line for name, line in services.items() if name != lines().fallback.id
        }
    elif not services:
        services = {lines().ready.id: lines().ready}
    return Advice(tuple(fitting), tuple(others), first, tuple(services.values()))


def _route(mode: Mode, answers: Mapping[str, str]) -> Route:
    held = list(_held(mode, answers))
    return Route(
        mode,
        tuple(text for good, text in held if good),
        tuple(text for good, text in held if not good),
    )


def _held(mode: Mode, answers: Mapping[str, str]) -> Iterator[tuple[bool, Text]]:
    """Hold the answers to everything a mode asks: whether it fits, and the sentence for that."""
    for fit in mode.fits:
        good = fit.holds(answers)
        yield good, fit.yes if good else fit.no
    known = {question.id: question for question in questions()}
    yield from _size(mode, known["size"], answers["size"])
    yield from _time(mode, known["hurry"], answers["hurry"])


def _size(mode: Mode, question: Question, answer: str) -> Iterator[tuple[bool, Text]]:
    grant = next((grant for grant in mode.grants if grant.resource == Resource.GPU), None)
    wanted = question.option(answer).gpu_hours
    if grant is None or wanted is None:
        return
    text = Text(en="It grants {least} to {most} GPU-hours.", nl="Het geeft {least} tot {most} GPU-uren.")
    text = text.fill(least=figure(grant.least), most=figure(grant.most))
    yield wanted[0] <= grant.most and grant.least <= wanted[1], text


def _time(mode: Mode, question: Question, answer: str) -> Iterator[tuple[bool, Text]]:
    days, patience = mode.clock.working_days, question.option(answer).working_days
    counted = mode.clock.counted_from
    text = Text(
        en=f"It is decided within {days} working days after "
        + ("the cut-off." if counted == "cut_off" else "you submit."),
        nl=f"Er wordt binnen {days} werkdagen beslist na "
        + ("de sluiting." if counted == "cut_off" else "het indienen."),
    )
    yield patience is None or days <= patience, text
