"""Drawing who reviews what in a call, and asking them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.access.calls.models import Call
from aifactory.access.matching import seeds
from aifactory.access.matching.commitments import seed_of
from aifactory.access.matching.draw import Pair, draw, settle
from aifactory.access.matching.inputs import MILLION, Inputs, gather, lacking, reviewers
from aifactory.access.matching.models import Expectation, Matching
from aifactory.access.matching.optimum import CAP_PERCENT, Optimum, Problem, optimum
from aifactory.access.matching.similarity import Model, require
from aifactory.access.permissions import Permission
from aifactory.access.review.actions import assign_reviewers
from aifactory.audit.actions import ChangedMeanwhile, enter
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.kit.units import figure
from aifactory.people.actors import SystemActor
from aifactory.people.language import spoken
from aifactory.people.models import Mandate, User
from aifactory.people.queries import mandate_for

#: asks whom the draw names: it chooses nobody, and has no conflict with anything
DRAW = SystemActor("draw", frozenset({Permission.ASSIGN}))
#: applications times reviewers: a page answers within a few seconds up to here (300 by 1,000)
MOST_PAIRS = 300_000


class NobodyLacksReviewers(Refused):
    """Every eligible application of the call has its reviewers."""


class DrawIsLarge(Refused):
    """The draw takes longer than a page or a request may."""


class LimitNeedsMandate(Refused):
    """Only who is accountable for decisions in this mode may let somebody be surer of a file than one half."""

    status = 403


@dataclass(frozen=True)
class Division:
    """A draw before it is kept: the best probabilities, made exact, and who came out."""

    inputs: Inputs
    best: Optimum
    pairs: list[Pair]
    drawn: list[tuple[int, int]]


def require_quick(call: Call) -> None:
    """Raise `DrawIsLarge` where a draw would hold up a page or a request: above `MOST_PAIRS`."""
    pairs = len(lacking(call)) * len(reviewers())
    if pairs > MOST_PAIRS:
        raise DrawIsLarge(
            _("This draw weighs %(pairs)s pairs; a page or a request draws up to %(most)s.")
            % {"pairs": figure(pairs).of(spoken()), "most": figure(MOST_PAIRS).of(spoken())},
            rule="matching:size",
            next_step=_("The operator runs it beside the factory: aifactory admin draw %(call)s.")
            % {"call": call.pk},
        )


def match(
    call: Call, *, by: User, cap_percent: int = CAP_PERCENT, reason: str = "", model: Model = Model.TFIDF
) -> Matching:
    """Draw reviewers for every application of a call that lacks some, and ask them.

    After somebody declines, the same verb fills the gap: a new draw for what is lacking, with the best level
    and sum for just that. Above `CAP_PERCENT` the person needs the mandate to decide in this mode, and a reason.
    Raises `TooFewFree`, `NobodyLacksReviewers`, `SecretsAreAwaited`, `SeedNeedsTwoSides`, `LimitNeedsMandate`,
    `MatchingIsNotInstalled`, `Invalid`, `NotAllowed`.
    """
    require("numpy", "scipy")
    if not by.may(Permission.MATCH, call):
        raise NotAllowed(_("You may not do this."), rule=Permission.MATCH)
    mandate, words = _limit(call, cap_percent, reason, by)
    seed, number = seed_of(call), call.matchings.count() + 1
    inputs = gather(call, model)
    if not inputs.applications:
        raise NobodyLacksReviewers(
            _("No eligible application of this call lacks reviewers."), next_step=_("There is nothing to do.")
        )
    made = divide(inputs, cap_percent, seeds.of_run(seed.value, number))
    matching = Matching(
        call=call,
        number=number,
        seed=seed.value,
        withheld=seed.withheld,
        model=model.value,
        inputs_digest=inputs.digest(),
        cap_percent=cap_percent,
        reason=words,
        mandate=mandate,
        loads={person.pk: int(load) for person, load in zip(inputs.people, inputs.load, strict=True)},
        **figures(made),
    )
    try:
        with transaction.atomic():
            enter(matching, "matching:run", by=by, data={"call": call.pk, "number": number})
            _keep_and_ask(matching, made)
    except IntegrityError:
        raise ChangedMeanwhile(
            _("Somebody else changed this a moment ago."), next_step=_("Reload the page and look again.")
        ) from None
    return matching


def _limit(call: Call, cap_percent: int, reason: str, by: User) -> tuple[Mandate | None, str]:
    words = reason.strip()
    if not 1 <= cap_percent <= 100:
        raise Invalid([FieldError("cap_percent", _("Give a share from 1 to 100 %."), "range")])
    if cap_percent <= CAP_PERCENT:
        return None, ""
    mandate = mandate_for(by, Permission.DECIDE, scope=call.mode.id)
    if mandate is None:
        raise LimitNeedsMandate(
            _("Only who holds the mandate to decide in this mode may raise the limit."),
            rule=Permission.DECIDE,
            next_step=_("Ask that person, or invite more reviewers."),
        )
    if not words or len(words) > 500:
        raise Invalid([FieldError("reason", _("Say why, in at most 500 characters."), "required")])
    return mandate, words


def divide(inputs: Inputs, cap_percent: int, seed: bytes) -> Division:
    """Return the best division of these inputs and its draw from the seed. Raises `TooFewFree`."""
    allowed = inputs.scores >= 0
    best = optimum(Problem(inputs.scores.clip(0) / MILLION, allowed, inputs.demand, inputs.load, cap_percent))
    demand, load = inputs.demand.tolist(), inputs.load.tolist()
    answer = list(zip(best.item.tolist(), best.person.tolist(), best.probability.tolist(), strict=True))
    pairs = settle(answer, demand, load, cap_percent)
    return Division(inputs, best, pairs, draw(pairs, demand, load, seed))


def figures(made: Division) -> dict[str, int]:
    """Return how good a division could be, is expected to be, and came out, in millionths."""
    drawn = _drawn_scores(made)
    demand, best = made.inputs.demand.tolist(), made.best
    return {
        "applications": len(demand),
        "reviews": sum(demand),
        "level": round(best.level * MILLION),
        "level_bound": round(best.level_bound * MILLION),
        "worst": round(best.worst * MILLION),
        "total": round(best.total * MILLION),
        "total_bound": round(best.total_bound * MILLION),
        "drawn_worst": min(drawn[item] // lacks for item, lacks in enumerate(demand)),
        "drawn_total": sum(drawn.values()),
    }


def _drawn_scores(made: Division) -> dict[int, int]:
    """Return the sum of the drawn scores of each item."""
    found = dict.fromkeys(range(len(made.inputs.applications)), 0)
    for item, person in made.drawn:
        found[item] += int(made.inputs.scores[item, person])
    return found


def _keep_and_ask(matching: Matching, made: Division) -> None:
    inputs = made.inputs
    by_item: dict[int, list[Pair]] = {}
    for pair in made.pairs:
        by_item.setdefault(pair.item, []).append(pair)
    drawn: dict[int, list[int]] = {}
    for item, person in made.drawn:
        drawn.setdefault(item, []).append(person)
    got = _drawn_scores(made)
    for item, application in enumerate(inputs.applications):
        facts = _facts(inputs, item, by_item[item], drawn[item], got[item])
        kept = Expectation(matching=matching, application=application, **facts)
        enter(kept, "matching:expect", by=DRAW, data={"matching": matching.pk})
        assign_reviewers(application, by=DRAW, reviewers=[inputs.people[person] for person in drawn[item]])


def _facts(inputs: Inputs, item: int, pairs: list[Pair], drawn: list[int], got: int) -> Mapping[str, Any]:
    demand = int(inputs.demand[item])
    scores = {pair.person: int(inputs.scores[item, pair.person]) for pair in pairs}
    expected = sum(pair.probability * scores[pair.person] for pair in pairs)
    return {
        "demand": demand,
        "probabilities": {inputs.people[pair.person].pk: pair.probability for pair in pairs},
        "scores": {inputs.people[person].pk: score for person, score in scores.items()},
        "drawn": [inputs.people[person].pk for person in drawn],
        "expected": expected // (demand * 1_000_000_000),
        "got": got // demand,
    }
