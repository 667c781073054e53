"""The whole rule, from published inputs to the proposed list: plain JSON in, plain JSON out, no clock, no chance.

Inputs hold the rule, the budget and what of it is kept back, the seed, and for each application what it asks,
whether it may be awarded and can run here, and its reviews; applications and reviewers go by labels. Scores and
ranges in the result are whole hundredths of a point, amounts are base units, odds are fractions: nothing depends
on how a machine writes a decimal.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from aifactory.access.modes.parts import Selection as Rule
from aifactory.access.review.scores import HIGHEST
from aifactory.access.selection.calibration import Calibration, Given, calibrate
from aifactory.access.selection.draw import commitment, seed_of
from aifactory.access.selection.ranking import Candidate, Portfolio, select
from aifactory.kit.canonical import canonical, digest
from aifactory.kit.errors import Refused

INPUTS = "aifactory/selection-inputs/1"
RESULT = "aifactory/selection-result/1"


class InputsAreNotReadable(Refused):
    """The file holds no inputs of a selection that this version knows."""


def result_of(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result for published inputs. Raises `InputsAreNotReadable`."""
    try:
        if inputs["format"] != INPUTS:
            raise InputsAreNotReadable(f"This is no file of the format {INPUTS}.")
        _require_seed(inputs)
        return _Procedure(inputs).result()
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise InputsAreNotReadable(
            f"The inputs lack something, or hold something that can't be: {error}.",
            next_step="Download them anew from the page of the call's selection.",
        ) from error


def _require_seed(inputs: Mapping[str, Any]) -> None:
    """Hold the seed to its parts, and the factory's part to what it committed to."""
    parts = inputs.get("seed_parts")
    if parts and (seed_of(parts) != inputs["seed"] or commitment(parts["factory"]) != inputs["commitment"]):
        raise InputsAreNotReadable("The seed is not the one that was committed to.", rule="commitment")


def to_give(inputs: Mapping[str, Any]) -> dict[str, int]:
    """Return what the list may give (resource → base units): the budget, less what open objections may still ask."""
    kept_back = inputs.get("kept_back", {})
    return {name: max(amount - kept_back.get(name, 0), 0) for name, amount in inputs["budget"].items()}


def result_bytes(inputs: Mapping[str, Any]) -> bytes:
    """Return the result as canonical JSON (RFC 8785): the bytes that a replay must give."""
    return canonical(result_of(inputs))


def hundredths(score: float | Fraction) -> int:
    """Return a score in whole hundredths of a point, halves up, within the scale."""
    return min(max(int((Fraction(score) * 100 + Fraction(1, 2)) // 1), 0), HIGHEST * 100)


class _Procedure:
    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self.inputs = inputs
        self.rule = Rule.model_validate(inputs["rule"]["selection"])
        self.weights: dict[str, int] = {c["id"]: c["weight"] for c in inputs["rule"]["criteria"]}
        self.minimums: dict[str, int] = {c["id"]: c["minimum"] for c in inputs["rule"]["criteria"]}
        self.threshold = Fraction(inputs["rule"]["threshold"])
        self.seed = bytes.fromhex(inputs["seed"])
        self.applications = sorted(inputs["applications"], key=lambda a: a["id"])
        self.raw = {a["id"]: self._raw(a) for a in self.applications if a["reviews"]}

    def result(self) -> dict[str, Any]:
        known = self._calibration()
        standing = {a["id"]: self._standing(a) for a in self.applications}
        open_ = [a for a in self.applications if standing[a["id"]] == "ranked"]
        corrected = [self._candidate(a, known) for a in open_]
        raw = [self._uncorrected(a) for a in open_]
        chosen = self._select(corrected, self.rule)
        by_raw = self._select(raw, self.rule)
        free = self._select(corrected, self.rule.model_copy(update={"sme_floor_percent": 0}))
        scores = {c.id: c for c in corrected}
        lines = []
        for a in self.applications:
            line: dict[str, Any] = {"id": a["id"], "standing": standing[a["id"]]}
            if a["id"] in self.raw:
                line["raw"] = hundredths(self.raw[a["id"]])
            if a["id"] in scores:
                line |= _placed(scores[a["id"]], chosen)
                line["without_correction"] = bool(by_raw.places[a["id"]].awarded)
                line["without_floor"] = bool(free.places[a["id"]].awarded)
            lines.append(line)
        return {
            "format": RESULT,
            "inputs": digest(dict(self.inputs)),
            "calibration": _told(known),
            "classes": [self._class(name, chosen) for name in chosen.classes],
            "left": chosen.left,
            "applications": lines,
        }

    def _select(self, candidates: list[Candidate], rule: Rule) -> Portfolio:
        return select(candidates, rule, to_give(self.inputs), self.seed)

    def _total(self, scores: Mapping[str, int]) -> Fraction:
        return Fraction(
            sum(weight * scores[c] for c, weight in self.weights.items()), sum(self.weights.values())
        )

    def _raw(self, application: Mapping[str, Any]) -> Fraction:
        totals = [self._total(review["scores"]) for review in application["reviews"]]
        return sum(totals, Fraction(0)) / len(totals)

    def _standing(self, application: Mapping[str, Any]) -> str:
        """Return why an application is not ranked, or that it is; raw scores alone decide on the quality line."""
        if not application["eligible"]:
            return "ineligible"
        if application["gate"] == "stop":
            return "stopped"
        if not application.get("feasible", True):
            return "not_feasible"
        if not application["reviews"]:
            return "not_reviewed"
        means = {
            c: Fraction(sum(r["scores"][c] for r in application["reviews"]), len(application["reviews"]))
            for c in self.minimums
        }
        low = any(means[c] < minimum for c, minimum in self.minimums.items())
        return "below_the_line" if low or self.raw[application["id"]] < self.threshold else "ranked"

    def _calibration(self) -> Calibration:
        given = [
            Given(a["id"], review["reviewer"], self._total(review["scores"]))
            for a in self.applications
            for review in a["reviews"]
        ]
        squares = sum(weight * weight for weight in self.weights.values())
        rounding = Fraction(squares, 12 * sum(self.weights.values()) ** 2)
        return calibrate(given, interval=self.rule.range_percent, rounding=rounding)

    def _candidate(self, application: Mapping[str, Any], known: Calibration) -> Candidate:
        found = known.scores[application["id"]]
        score = hundredths(found.score)
        low, high = hundredths(found.score - found.margin), hundredths(found.score + found.margin)
        return Candidate(
            application["id"],
            application["sme"],
            application["requested"],
            score,
            min(low, score),
            max(high, score),
        )

    def _uncorrected(self, application: Mapping[str, Any]) -> Candidate:
        score = hundredths(self.raw[application["id"]])
        return Candidate(application["id"], application["sme"], application["requested"], score, score, score)

    def _class(self, name: str, chosen: Portfolio) -> dict[str, Any]:
        report = chosen.classes[name]
        members = {a["id"]: a["sme"] for a in self.applications if a["id"] in chosen.places}
        inside = [pk for pk in members if chosen.places[pk].size_class == name]
        awarded = [pk for pk in inside if chosen.places[pk].awarded]
        return {
            "id": name,
            "budget": report.budget,
            "floor": report.floor,
            "candidates": len(inside),
            "awarded": len(awarded),
            "spent": _sum(chosen, awarded),
            "spent_on_smes": _sum(chosen, [pk for pk in awarded if members[pk]]),
            "lists": {
                key: {"line": one.line, "entrants": one.entrants, "places": one.places}
                for key, one in report.lists.items()
            },
        }


def _sum(chosen: Portfolio, names: list[str]) -> dict[str, int]:
    total: dict[str, int] = {}
    for name in names:
        for resource, amount in chosen.places[name].awarded.items():
            total[resource] = total.get(resource, 0) + amount
    return total


def _placed(candidate: Candidate, chosen: Portfolio) -> dict[str, Any]:
    place = chosen.places[candidate.id]
    lists = chosen.classes[place.size_class].lists
    name = place.drawn_in.partition("/")[2] or "open"
    return {
        "class": place.size_class,
        "rank": place.rank,
        "corrected": candidate.score,
        "low": candidate.low,
        "high": candidate.high,
        "line": lists[name].line,
        "way": place.way,
        "odds": str(place.odds) if place.odds is not None else None,
        "entrants": lists[name].entrants if place.odds is not None else 0,
        "places": lists[name].places if place.odds is not None else 0,
        "proposed": place.awarded,
    }


def _told(known: Calibration) -> dict[str, Any]:
    """Return the calibration in whole millionths of a point, and of a point squared."""
    return {
        "corrected": known.corrected,
        "variances": {name: _millionths(value) for name, value in known.variances.items()},
        "leniency": {name: _millionths(value) for name, value in known.leniency.items()},
    }


def _millionths(value: float) -> int:
    return int((Fraction(value) * 1_000_000 + Fraction(1, 2)) // 1)
