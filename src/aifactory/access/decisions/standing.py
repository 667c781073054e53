"""What a letter says of an application's place in a selection: scores, line, draw, and what they would have changed.

Scores come as whole hundredths of a point, amounts as base units; both are written as the letter's language
writes numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from babel.numbers import format_decimal

from aifactory.kit.bilingual import Text
from aifactory.kit.units import Resource, shown

UNITS = {
    Resource.GPU: Text(en="GPU-hours", nl="GPU-uren"),
    Resource.CORE: Text(en="core-hours", nl="core-uren"),
    Resource.STORAGE: Text(en="GB of storage", nl="GB opslag"),
    Resource.ADVICE: Text(en="hours of advice", nl="uren advies"),
}


@dataclass(frozen=True)
class Standing:
    """An application's line in the published result, with what a reader needs to check it."""

    label: str
    facts: Mapping[str, Any]
    class_title: Text | None
    range_percent: int
    seed: str
    inputs_digest: str
    proposed: Mapping[str, int]
    final: Mapping[str, int]

    @property
    def deviates(self) -> bool:
        """Say whether a person decided otherwise than the rule proposes."""
        return self.proposed != self.final


T = {
    "corrected": Text(
        en="Some reviewers are stricter than others. Corrected for that, and for how little a few scores tell, your"
        " score is {corrected} (range {low} to {high}; uncorrected {raw}).",
        nl="De ene beoordelaar is strenger dan de andere. Gecorrigeerd daarvoor, en voor hoe weinig enkele scores"
        " zeggen, is uw score {corrected} (bereik {low} tot {high}; ongecorrigeerd {raw}).",
    ),
    "range": Text(
        en="The range is meant to hold the true score with a chance of {percent} %.",
        nl="Het bereik is bedoeld om de werkelijke score met een kans van {percent} % te bevatten.",
    ),
    "class": Text(
        en="Your request competes in the class “{title}”; there you stand at number {rank}.",
        nl="Uw aanvraag dingt mee in de klasse “{title}”; daar staat u op plaats {rank}.",
    ),
    "line": Text(
        en="The line in your class is {line}: the corrected score of the first for which nothing was left by rank.",
        nl="De grens in uw klasse is {line}: de gecorrigeerde score van de eerste voor wie op rang niets over was.",
    ),
    "no_line": Text(
        en="In your class there was room for everybody above the quality line.",
        nl="In uw klasse was er plaats voor iedereen boven de kwaliteitsgrens.",
    ),
    "draw": Text(
        en="Scores this close cannot be told apart, so a draw chose {places} of {entrants} applications; your chance"
        " was {odds} ({percent} %). Your application was {drawn}.",
        nl="Scores die zo dicht bij elkaar liggen zijn niet te onderscheiden. Daarom koos een loting {places} van de"
        " {entrants} aanvragen; uw kans was {odds} ({percent} %). Uw aanvraag is {drawn}.",
    ),
    "drawn": Text(en="drawn", nl="ingeloot"),
    "not_drawn": Text(en="not drawn", nl="niet ingeloot"),
    "seed": Text(
        en="The seed of the draw was fixed before the first score and is now public: {seed}.",
        nl="Het startgetal van de loting lag vast voor de eerste score en is nu openbaar: {seed}.",
    ),
    "remainder": Text(
        en="It was given from what all classes left, in the order of the corrected scores.",
        nl="Het is toegekend uit wat alle klassen overlieten, in volgorde van de gecorrigeerde scores.",
    ),
    "raw_other": Text(
        en="Without the correction the rule would have come to another outcome for you: {outcome}.",
        nl="Zonder de correctie was de regel voor u anders uitgekomen: {outcome}.",
    ),
    "raw_same": Text(
        en="Without the correction the rule would have come to the same outcome for you.",
        nl="Zonder de correctie was de regel voor u op hetzelfde uitgekomen.",
    ),
    "floor_other": Text(
        en="Without the share that is set aside for small and medium-sized enterprises the outcome for you would"
        " have been: {outcome}.",
        nl="Zonder het deel dat voor het midden- en kleinbedrijf is gereserveerd was de uitkomst voor u: {outcome}.",
    ),
    "granted": Text(en="granted", nl="toegekend"),
    "refused": Text(en="not granted", nl="niet toegekend"),
    "deviation": Text(
        en="The rule proposed {proposed}. The person who decided came to another conclusion, for the reasons given"
        " above.",
        nl="De regel stelde voor: {proposed}. Wie besliste kwam tot een andere conclusie, om de redenen hierboven.",
    ),
    "nothing": Text(en="nothing", nl="niets"),
    "check": Text(
        en="In the published list your application is {label}. With the published inputs anybody can compute the"
        " list again; their digest is {digest}.",
        nl="In de openbare lijst heet uw aanvraag {label}. Met de openbare gegevens kan iedereen de lijst narekenen;"
        " hun kenmerk is {digest}.",
    ),
    "higher": Text(
        en="A range that lies wholly above the line: a corrected score {missing} higher, with the same range.",
        nl="Een bereik dat geheel boven de grens ligt: een gecorrigeerde score die {missing} hoger was, met"
        " hetzelfde bereik.",
    ),
    "smaller": Text(
        en="A smaller request: what did not fit in what was left was skipped.",
        nl="Een kleinere aanvraag: wat niet paste in wat over was, is overgeslagen.",
    ),
}


def number(value: Fraction | int, language: str, places: int = 2) -> str:
    """Return a figure as the language writes it, with so many decimals."""
    pattern = "#,##0." + "0" * places if places else "#,##0"
    exact = round(Fraction(value) * 10**places + Fraction(1, 10**9))
    return format_decimal(exact / 10**places, format=pattern, locale=_locale(language))


def score(hundredths: int, language: str) -> str:
    """Return a score in points, with two decimals."""
    return number(Fraction(hundredths, 100), language)


def amount(resource: str, base_units: int, language: str) -> str:
    """Return an amount with its unit in words, e.g. `1,500 GPU-hours` or `1.500 GPU-uren`."""
    value = shown(resource, base_units)
    written = format_decimal(value, format="#,##0.###", locale=_locale(language))
    return f"{written} {UNITS[Resource(resource)].of(language)}"


def amounts(by_resource: Mapping[str, int], language: str) -> str:
    """Return amounts one after the other, or the word for nothing."""
    given = [amount(r, n, language) for r, n in sorted(by_resource.items()) if n]
    return ", ".join(given) or T["nothing"].of(language)


def _locale(language: str) -> str:
    return "nl" if language.startswith("nl") else "en"


def why(standing: Standing, language: str) -> list[str]:
    """Return the sentences on the place in the selection; none for what was not ranked but the label."""
    facts = standing.facts

    def say(key: str, **values: object) -> str:
        return T[key].of(language).format(**values)

    lines = []
    if facts["standing"] == "ranked":
        points = {name: score(facts[name], language) for name in ("corrected", "low", "high", "raw")}
        lines += [say("corrected", **points), say("range", percent=standing.range_percent)]
        if standing.class_title:
            lines.append(say("class", title=standing.class_title.of(language), rank=facts["rank"]))
        line = facts["line"]
        lines.append(say("line", line=score(line, language)) if line is not None else say("no_line"))
        lines += _draw(standing, language)
        lines += [say("remainder")] if facts["way"] == "remainder" else []
        lines += _otherwise(standing, language)
    if standing.deviates:
        lines.append(say("deviation", proposed=amounts(standing.proposed, language)))
    return [*lines, say("check", label=standing.label, digest=standing.inputs_digest)]


def _draw(standing: Standing, language: str) -> list[str]:
    facts = standing.facts
    if facts["odds"] is None:
        return []
    chance = Fraction(facts["odds"])
    said = (
        T["draw"]
        .of(language)
        .format(
            entrants=facts["entrants"],
            places=facts["places"],
            odds=facts["odds"],
            percent=number(chance * 100, language, 0),
            drawn=T["drawn" if facts["way"] == "draw" else "not_drawn"].of(language),
        )
    )
    return [said, T["seed"].of(language).format(seed=standing.seed)]


def _otherwise(standing: Standing, language: str) -> list[str]:
    """Say what the correction and the floor changed for this application."""
    facts, proposed = standing.facts, bool(standing.proposed)

    def word(granted: bool) -> str:
        return T["granted" if granted else "refused"].of(language)

    lines = []
    if facts["without_correction"] == proposed:
        lines.append(T["raw_same"].of(language))
    else:
        lines.append(T["raw_other"].of(language).format(outcome=word(not proposed)))
    if facts["without_floor"] != proposed:
        lines.append(T["floor_other"].of(language).format(outcome=word(not proposed)))
    return lines


def change(standing: Standing, language: str) -> list[str]:
    """Return what would have turned a refusal of something that was above the quality line."""
    facts = standing.facts
    if facts["standing"] != "ranked" or standing.final or facts["line"] is None:
        return []
    missing = facts["line"] + 1 - facts["low"]
    lines = [T["higher"].of(language).format(missing=score(missing, language))] if missing > 0 else []
    return [*lines, T["smaller"].of(language)]
