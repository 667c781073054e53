"""The decision letter: what was decided, on what ground, what would have changed it, and how to object.

A letter is data (sections of paragraphs and lists), so that a page, a mail and a PDF say the same. It is
written in the applicant's language when the decision is taken and kept as it was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from babel.dates import format_date

from aifactory.access.decisions import standing as places
from aifactory.access.decisions.standing import Standing, amount, number
from aifactory.access.modes import Mode
from aifactory.access.review.scores import HIGHEST, Criterion, Outcome
from aifactory.access.screening.eligibility import Verdict
from aifactory.kit.bilingual import Text


@dataclass(frozen=True)
class Ground:
    """Everything a decision rests on. `reasons` are the deciding person's own words, per language written."""

    reference: str
    title: str
    organisation: str
    mode: Mode
    awarded: Mapping[str, int]
    requested: Mapping[str, int]
    verdicts: Sequence[Verdict]
    outcome: Outcome | None
    reasons: str
    decided_by: str
    capacity: str
    object_until: date
    permits: Sequence[str] = ()
    """Titles of the datasets that the project may ask an agreement for."""
    purpose: str = ""
    """In the words of the letter's language."""
    standing: Standing | None = None
    """The place in the selection of a call that is decided as one list."""
    conditions: Sequence[str] = ()
    """What law and ethics ask of the work, in the letter's language."""

    @property
    def granted(self) -> bool:
        """Say whether anything was awarded."""
        return bool(self.awarded)

    @property
    def failed(self) -> list[Verdict]:
        """Return the verdicts of the rules that were not met."""
        return [verdict for verdict in self.verdicts if not verdict.passed]


@dataclass
class Section:
    """A heading with paragraphs, then list items."""

    heading: str
    paragraphs: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)


T = {
    "granted": Text(en="Your application {reference} is granted", nl="Uw aanvraag {reference} is toegekend"),
    "refused": Text(
        en="Your application {reference} is not granted", nl="Uw aanvraag {reference} is niet toegekend"
    ),
    "about": Text(
        en="This is the decision on “{title}” by {organisation} under “{mode}”, version {version}.",
        nl="Dit is het besluit over “{title}” van {organisation} binnen “{mode}”, versie {version}.",
    ),
    "get": Text(en="What you get", nl="Wat u krijgt"),
    "amount": Text(en="{awarded} (asked: {requested})", nl="{awarded} (gevraagd: {requested})"),
    "permit": Text(
        en="You may ask the holder of “{dataset}” for an agreement, for this purpose: {purpose}.",
        nl="U mag de houder van “{dataset}” om een overeenkomst vragen, voor dit doel: {purpose}.",
    ),
    "conditions": Text(en="Conditions", nl="Voorwaarden"),
    "conditions_bind": Text(
        en="Law and ethics let this work pass on these conditions. They are part of the award.",
        nl="Recht en ethiek laten dit werk toe onder deze voorwaarden. Ze horen bij de toekenning.",
    ),
    "why": Text(en="Why", nl="Waarom"),
    "eligible": Text(
        en="Your application meets all {count} rules for applying.",
        nl="Uw aanvraag voldoet aan alle {count} regels om aan te vragen.",
    ),
    "not_met": Text(
        en="Rule not met: “{rule}” We found: {found}. Ground: {source}",
        nl="Regel waaraan niet is voldaan: “{rule}” Wij vonden: {found}. Grond: {source}",
    ),
    "score": Text(
        en="{criterion}: {score} of 5, {weight} % of the total. That score means: “{words}”",
        nl="{criterion}: {score} van 5, {weight} % van het totaal. Daarbij horen deze woorden: “{words}”",
    ),
    "total": Text(
        en="Together that is {total}. The line is {line}.", nl="Samen is dat {total}. De grens is {line}."
    ),
    "below": Text(
        en="{criterion} scored under its own minimum of {minimum}.",
        nl="{criterion} scoorde onder het eigen minimum van {minimum}.",
    ),
    "change": Text(en="What would have changed this", nl="Wat dit had veranderd"),
    "points": Text(
        en="A total {missing} higher would have reached the line.",
        nl="Een totaal dat {missing} hoger was, had de grens gehaald.",
    ),
    "example": Text(
        en="That is, for example, {points} more on {criterion}.",
        nl="Dat is bijvoorbeeld {points} meer op {criterion}.",
    ),
    "minimum": Text(
        en="A score of at least {minimum} on {criterion} was needed.",
        nl="Op {criterion} was een score van minstens {minimum} nodig.",
    ),
    "duties": Text(en="What you owe", nl="Wat u moet doen"),
    "duty": Text(
        en="{label}: within {months} months after the end of the award.",
        nl="{label}: binnen {months} maanden na het einde van de toekenning.",
    ),
    "object": Text(en="If you do not agree", nl="Als u het er niet mee eens bent"),
    "objection": Text(
        en="You can object until {until}. Write why you do not agree and name {reference}. Somebody who"
        " had no part in this decision looks at it again. It costs nothing.",
        nl="U kunt bezwaar maken tot en met {until}. Schrijf waarom u het er niet mee eens bent en noem"
        " {reference}. Iemand die niet bij dit besluit betrokken was, bekijkt het opnieuw. Het kost niets.",
    ),
    "decided": Text(en="Decided by {person}, {capacity}.", nl="Besloten door {person}, {capacity}."),
}


def write(ground: Ground, language: str) -> dict[str, Any]:
    """Return the letter as JSON: `language`, `subject`, `opening`, `sections`, `closing`."""

    def say(key: str, **values: object) -> str:
        return T[key].of(language).format(**values)

    sections = [
        _get(ground, language, say),
        _conditions(ground, say),
        _why(ground, language, say),
        _change(ground, language, say),
    ]
    sections += [_duties(ground, language, say), _object(ground, language, say)]
    mode = ground.mode
    return {
        "language": language,
        "subject": say("granted" if ground.granted else "refused", reference=ground.reference),
        "opening": say(
            "about",
            title=ground.title,
            organisation=ground.organisation,
            mode=mode.title.of(language),
            version=mode.version,
        ),
        "sections": [vars(section) for section in sections if section.paragraphs or section.items],
        "closing": say("decided", person=ground.decided_by, capacity=ground.capacity),
    }


def _conditions(ground: Ground, say: Any) -> Section:
    if not ground.conditions:
        return Section(say("conditions"))
    return Section(say("conditions"), [say("conditions_bind")], list(ground.conditions))


def _get(ground: Ground, language: str, say: Any) -> Section:
    items = [
        say(
            "amount",
            awarded=amount(r, awarded, language),
            requested=amount(r, ground.requested.get(r, 0), language),
        )
        for r, awarded in ground.awarded.items()
    ]
    if ground.granted:
        items += [say("permit", dataset=dataset, purpose=ground.purpose) for dataset in ground.permits]
    return Section(say("get"), items=items)


def _why(ground: Ground, language: str, say: Any) -> Section:
    section = Section(say("why"), [ground.reasons])
    for v in ground.failed:
        found = v.found_in(language)
        section.items.append(
            say("not_met", rule=v.text.of(language), found=found, source=v.source.of(language))
        )
    if not ground.failed:
        section.items.append(say("eligible", count=len(ground.verdicts)))
    if ground.outcome and ground.mode.reviewing:
        section.items += _scores(ground.outcome, ground.mode, language, say)
    if ground.standing:
        section.items += places.why(ground.standing, language)
    return section


def _scores(outcome: Outcome, mode: Mode, language: str, say: Any) -> list[str]:
    criteria = mode.reviewing.criteria if mode.reviewing else ()
    lines = [
        say(
            "score",
            criterion=c.label.of(language),
            score=number(outcome.means[c.id], language),
            weight=c.weight,
            words=c.words[int(outcome.means[c.id])].of(language),
        )
        for c in criteria
    ]
    below = [
        say("below", criterion=c.label.of(language), minimum=c.minimum)
        for c in criteria
        if c.id in outcome.below_minimum
    ]
    return [
        *lines,
        say("total", total=number(outcome.total, language), line=number(outcome.threshold, language)),
        *below,
    ]


def _change(ground: Ground, language: str, say: Any) -> Section:
    """Say what would have turned a refusal: each failed rule, or the points short of the line."""
    section = Section(say("change"), items=[v.change.of(language) for v in ground.failed])
    if ground.outcome and ground.mode.reviewing and not ground.granted:
        section.items += _short(ground.outcome, ground.mode.reviewing.criteria, language, say)
    if ground.standing:
        section.items += places.change(ground.standing, language)
    return section


def _short(outcome: Outcome, criteria: Sequence[Criterion], language: str, say: Any) -> list[str]:
    lines = [
        say("minimum", minimum=c.minimum, criterion=c.label.of(language))
        for c in criteria
        if c.id in outcome.below_minimum
    ]
    short = outcome.threshold - outcome.total
    if short > 0:
        lines.append(say("points", missing=number(short, language)))
        for c in sorted(criteria, key=lambda c: -c.weight):
            if outcome.means[c.id] + (points := short * 100 / c.weight) <= HIGHEST:
                lines.append(say("example", points=number(points, language), criterion=c.label.of(language)))
                break
    return lines


def _duties(ground: Ground, language: str, say: Any) -> Section:
    duties = ground.mode.duties if ground.granted else ()
    items = [say("duty", label=d.label.of(language), months=d.months_after_end) for d in duties]
    return Section(say("duties"), items=items)


def _object(ground: Ground, language: str, say: Any) -> Section:
    until = format_date(ground.object_until, "d MMMM y", locale="nl" if language.startswith("nl") else "en")
    return Section(say("object"), [say("objection", until=until, reference=ground.reference)])
