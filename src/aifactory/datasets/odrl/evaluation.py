"""A policy held against a request and the state of the world: which rules are active, and may it be done?

Truth has three values here: True, False, and None where it cannot be told. A report says Unsatisfied of both
False and None; the decision does not forget the difference: what cannot be told never permits, and a prohibition
that cannot be ruled out forbids.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aifactory.datasets.odrl import words as w
from aifactory.datasets.odrl.model import (
    AnyConstraint,
    Ask,
    Choice,
    Constraint,
    Duty,
    DutyRecord,
    Logical,
    Policy,
    Request,
    Rule,
    World,
)
from aifactory.datasets.odrl.values import Literal, Term, holds, same
from aifactory.datasets.odrl.words import ODRL

Truth = bool | None


@dataclass(frozen=True)
class ConstraintResult:
    """Whether a constraint holds, and what stood on its left."""

    constraint: AnyConstraint
    holds: Truth
    left: tuple[Term, ...] = ()
    parts: "tuple[ConstraintResult, ...]" = ()


@dataclass(frozen=True)
class PremiseResult:
    """Whether a rule's `Target`, `Party` or `Action` is the one that is asked for, with its refinements."""

    about: str
    holds: Truth
    refinements: tuple[ConstraintResult, ...] = ()


@dataclass(frozen=True)
class DutyResult:
    """How a duty stands: is it in effect, was it done, and so `Fulfilled`, `Violated` or `NonSet`."""

    duty: Duty
    active: bool
    performance: str
    deontic: str
    constraints: tuple[ConstraintResult, ...]
    consequences: "tuple[DutyResult, ...]"
    report: str = ""


@dataclass(frozen=True)
class RuleResult:
    """One rule held against one ask (None: nobody attempts anything)."""

    rule: Rule
    ask: Ask | None
    truth: Truth
    premises: tuple[PremiseResult, ...]
    constraints: tuple[ConstraintResult, ...]
    duties: tuple[DutyResult, ...]

    @property
    def active(self) -> bool:
        """Whether the rule is in effect: a permission permits, a prohibition forbids."""
        return self.truth is True


@dataclass(frozen=True)
class Evaluation:
    """Everything that was found. `permitted` is the answer, `reasons` why not, in English, for people."""

    policy: Policy
    request: Request
    now: Literal | None
    rules: tuple[RuleResult, ...]
    obligations: tuple[DutyResult, ...]
    permitted: bool
    reasons: tuple[str, ...]

    @property
    def forbids(self) -> bool:
        """Whether it stands in the way of what another policy permits."""
        may_forbid = any(not r.rule.is_permission and r.truth is not False for r in self.rules)
        return bool(self.policy.problems) or (may_forbid and self.policy.conflict != "perm")


def evaluate(policy: Policy, request: Request, world: World, *, duties_first: bool = False) -> Evaluation:
    """Hold a policy against a request and the world.

    A duty that may still be done does not stand in the way; one that was violated does. With `duties_first`
    every duty that is in effect must have been fulfilled (the other reading of ODRL's conditions).
    """
    look = _Look(policy, request, world, duties_first=duties_first)
    asks: tuple[Ask | None, ...] = request.asks or (None,)
    rules = tuple(look.rule(rule, ask) for ask in asks for rule in policy.rules)
    reasons = [f"The policy uses words that are not known: {x}." for x in policy.problems]
    for ask in asks:
        reasons += _refusal(policy, [r for r in rules if r.ask is ask])
    obligations = tuple(look.duty(x) for x in policy.obligations)
    permitted = not reasons and bool(request.asks)
    return Evaluation(policy, request, look.now, rules, obligations, permitted, tuple(dict.fromkeys(reasons)))


def together(found: Sequence[Evaluation]) -> tuple[bool, list[str]]:
    """Return the decision of policies that hold side by side, with the reasons for a no."""
    permitted = any(x.permitted for x in found) and not any(x.forbids for x in found)
    return permitted, [] if permitted else list(dict.fromkeys(r for x in found for r in x.reasons))


def _refusal(policy: Policy, rules: list[RuleResult]) -> list[str]:
    """Return why one ask is refused, nothing where it is permitted (ODRL Information Model §2.10)."""
    permitted = any(r.active for r in rules if r.rule.is_permission)
    forbidding = [r.rule.id for r in rules if not r.rule.is_permission and r.truth is not False]
    reasons = [] if permitted else ["No permission is active for what is asked."]
    if forbidding and policy.conflict != "perm":
        reasons.append(f"It is forbidden, or may be, by {', '.join(forbidding)}.")
    return reasons


class _Look:
    """One evaluation: where values are looked up."""

    def __init__(self, policy: Policy, request: Request, world: World, *, duties_first: bool) -> None:
        self.policy, self.request, self.world, self.duties_first = policy, request, world, duties_first
        claimed = request.values.get(ODRL + "dateTime", ())
        self.now = world.now or next((x for x in claimed if isinstance(x, Literal)), None)

    def rule(self, rule: Rule, ask: Ask | None) -> RuleResult:
        """Evaluate every premise; a rule is active when all hold and nothing in it is unknown."""
        every = rule.is_permission
        premises = self._premises(rule, ask, every=every) if ask else ()
        constraints = tuple(self.constraint(x, every=every) for x in rule.constraints)
        duties = tuple(self.duty(x) for x in rule.duties)
        truths = [p.holds for p in premises] + [c.holds for c in constraints]
        truths += [None] * bool(rule.problems)
        if rule.is_permission:
            truths += [self._condition(x) for x in duties]
        return RuleResult(rule, ask, _all(truths), premises, constraints, duties)

    def _premises(self, rule: Rule, ask: Ask, *, every: bool) -> tuple[PremiseResult, ...]:
        looks: tuple[tuple[str, tuple[Choice, ...], str | None, Callable[[Choice, str], bool]], ...] = (
            ("Target", rule.targets, ask.target, self._is_member),
            ("Party", rule.assignees, ask.party, self._is_member),
            ("Action", rule.actions, ask.action, self._is_way_of),
        )
        return tuple(
            self._premise(about, choices, asked, fits, every=every)
            for about, choices, asked, fits in looks
            if choices
        )

    def _premise(
        self,
        about: str,
        choices: tuple[Choice, ...],
        asked: str | None,
        fits: Callable[[Choice, str], bool],
        *,
        every: bool,
    ) -> PremiseResult:
        """Any of the choices will do. What the request leaves open fits no permission and may meet a prohibition."""
        if asked is None:
            return PremiseResult(about, None)
        member = "" if about == "Action" else asked
        truths: list[Truth] = []
        results: list[ConstraintResult] = []
        for choice in choices:
            if not fits(choice, asked):
                truths.append(False)
                continue
            refined = [self.constraint(x, every=every, member=member) for x in choice.refinements]
            results += refined
            truths.append(_all([x.holds for x in refined]))
        return PremiseResult(about, _any(truths), tuple(results))

    def _is_member(self, choice: Choice, asked: str) -> bool:
        return asked in choice.names or not self.world.parts.get(asked, frozenset()).isdisjoint(choice.names)

    def _is_way_of(self, choice: Choice, asked: str) -> bool:
        return w.contains(choice.names[0], asked, self.policy.included)

    def constraint(self, given: AnyConstraint, *, every: bool, member: str = "") -> ConstraintResult:
        """Evaluate one constraint. `every`: all values on the left must satisfy it, else any may.

        `member` is the party or asset that a refinement is about.
        """
        if isinstance(given, Logical):
            parts = tuple(self.constraint(x, every=every, member=member) for x in given.parts)
            joined = _join(given.operator, [x.holds for x in parts]) if parts else None
            return ConstraintResult(given, None if given.problems else joined, parts=parts)
        values = self._values(given, member)
        return ConstraintResult(given, self._satisfied(given, values, every=every), values)

    def _values(self, given: Constraint, member: str) -> tuple[Term, ...]:
        """Return what stands on the left. The world's word goes before the request's."""
        if member and (found := self.world.properties.get((member, given.left))):
            return found
        if given.left == ODRL + "dateTime":
            return (self.now,) if self.now else ()
        if found := self.world.values.get(given.left, ()):
            return found
        return () if given.left in w.BOOKED else self.request.values.get(given.left, ())

    def _satisfied(self, given: Constraint, values: tuple[Term, ...], *, every: bool) -> Truth:
        if given.problems or not given.right:
            return None
        name = given.operator.removeprefix(ODRL)
        if not values:
            return True if name == "isNoneOf" else None
        if name == "isAllOf":
            return all(any(same(v, r) for v in values) for r in given.right)
        join = _all if every else _any
        if name == "isNoneOf":
            return join([not any(self._is_kind(v, r) for r in given.right) for v in values])
        return join([self._compared(name, given, value) for value in values])

    def _compared(self, name: str, given: Constraint, value: Term) -> Truth:
        match name:
            case "isAnyOf":
                return any(same(value, r) for r in given.right)
            case "isA":
                return any(self._is_kind(value, r) for r in given.right)
            case "isPartOf":
                return any(self._is_part(value, r) for r in given.right)
            case "hasPart":
                return any(self._is_part(r, value) for r in given.right)
            case "neq":
                return _all([holds(given.operator, value, r) for r in given.right])
        return _any([holds(given.operator, value, r) for r in given.right])

    def _is_kind(self, value: Term, kind: Term) -> bool:
        if same(value, kind):
            return True
        if not isinstance(value, str):
            return False
        claimed = self.request.kinds.get(value, frozenset())
        known = self.world.kinds
        return any(kind == x or kind in known.get(x, ()) for x in (*claimed, *known.get(value, ())))

    def _is_part(self, thing: Term, whole: Term) -> bool:
        return same(thing, whole) or (isinstance(thing, str) and whole in self.world.parts.get(thing, ()))

    def duty(self, duty: Duty) -> DutyResult:
        """Say how a duty stands, from what is on record and from its last moment, if that has passed."""
        record = self.world.duties.get(duty.id, DutyRecord())
        constraints = tuple(self.constraint(x, every=True) for x in duty.constraints)
        in_effect = _all([x.holds for x in constraints])
        overdue = self._is_overdue(duty)
        performance = record.performance
        if performance == "Unknown" and overdue:
            performance = "Unperformed"
        consequences = tuple(self.duty(x) for x in duty.consequences)
        deontic = _deontic(performance, record.deontic, excused=in_effect is False and not overdue)
        if deontic == "Violated" and performance == "Performed" and consequences:
            healed = all(x.deontic == "Fulfilled" for x in consequences)
            deontic = "Fulfilled" if healed else "Violated"
        active = in_effect is True and not duty.problems
        return DutyResult(duty, active, performance, deontic, constraints, consequences, record.report)

    def _is_overdue(self, duty: Duty) -> bool:
        """A constraint `dateTime lt|lteq|eq moment` that no later moment can satisfy any more."""
        deadlines = {ODRL + "lt", ODRL + "lteq", ODRL + "eq"}
        return any(
            isinstance(x, Constraint)
            and x.left == ODRL + "dateTime"
            and x.operator in deadlines
            and self.now is not None
            and bool(x.right)
            and all(self._is_past(x.operator, r) for r in x.right)
            for x in duty.constraints
        )

    def _is_past(self, operator: str, moment: Term) -> bool:
        """What has to be before a moment is too late at that moment; what may be at it, only after it."""
        later = "gteq" if operator == ODRL + "lt" else "gt"
        return self.now is not None and holds(ODRL + later, self.now, moment) is True

    def _condition(self, duty: DutyResult) -> Truth:
        if duty.duty.problems:
            return None
        if duty.deontic == "Violated":
            return False
        if self.duties_first and duty.active:
            return duty.deontic == "Fulfilled"
        return True


def _deontic(performance: str, established: str, *, excused: bool) -> str:
    """A word that was established stays, unless what happened contradicts it; then the worse one counts."""
    if established == "Violated":
        return "Violated"
    if performance == "Performed":
        return "Fulfilled"
    if performance == "Unperformed" and not excused:
        return "Violated"
    return "NonSet"


def _all(truths: list[Truth]) -> Truth:
    return False if False in truths else None if None in truths else True


def _any(truths: list[Truth]) -> Truth:
    return True if True in truths else None if None in truths else False


def _join(operator: str, truths: list[Truth]) -> Truth:
    """`andSequence` asks for an order in time; at one moment there is none, so it is `and`."""
    match operator.removeprefix(ODRL):
        case "or":
            return _any(truths)
        case "xone":
            met = truths.count(True)
            return False if met > 1 else None if None in truths else met == 1
    return _all(truths)
