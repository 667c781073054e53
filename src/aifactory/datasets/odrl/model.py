"""A policy as typed records, a request, and the state of the world that both are held against.

`problems` names what could not be understood; whoever carries one never permits.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aifactory.datasets.odrl.values import Literal, Term


@dataclass(frozen=True)
class Constraint:
    """A left operand, an operator, and one or more right operands."""

    id: str
    left: str
    operator: str
    right: tuple[Term, ...]
    unit: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Logical:
    """Constraints joined by `odrl:and`, `or`, `xone` or `andSequence`."""

    id: str
    operator: str
    parts: "tuple[Constraint | Logical, ...]"
    problems: tuple[str, ...] = ()


AnyConstraint = Constraint | Logical


@dataclass(frozen=True)
class Choice:
    """An action, party or asset that a rule names, narrowed by refinements.

    `names` holds its IRI and, of a collection, that of its source; it is matched by any of them.
    """

    names: tuple[str, ...]
    refinements: tuple[AnyConstraint, ...] = ()


@dataclass(frozen=True)
class Duty:
    """What must be done. `consequences` come on top once it was not done in time."""

    id: str
    actions: tuple[Choice, ...]
    constraints: tuple[AnyConstraint, ...] = ()
    consequences: "tuple[Duty, ...]" = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A permission or a prohibition. Several actions, assets or parties mean: each of them."""

    id: str
    is_permission: bool
    actions: tuple[Choice, ...] = ()
    targets: tuple[Choice, ...] = ()
    assignees: tuple[Choice, ...] = ()
    constraints: tuple[AnyConstraint, ...] = ()
    duties: tuple[Duty, ...] = ()
    problems: tuple[str, ...] = ()
    """`duties` are a permission's duties or a prohibition's remedies."""


@dataclass(frozen=True)
class Policy:
    """Rules, its own and inherited ones, and what to do when they contradict each other."""

    id: str
    kind: str = ""
    rules: tuple[Rule, ...] = ()
    obligations: tuple[Duty, ...] = ()
    conflict: str = "invalid"
    included: Mapping[str, frozenset[str]] = field(default_factory=dict)
    operands: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    """`included` and `operands` are actions and left operands that the policy's own document declares."""


@dataclass(frozen=True)
class Ask:
    """Who wants to do what with which asset; None where the request does not say."""

    id: str
    party: str | None = None
    action: str | None = None
    target: str | None = None


@dataclass(frozen=True)
class Request:
    """All of it is asked for together. Without asks, rules are evaluated as nobody's attempt."""

    id: str = ""
    asks: tuple[Ask, ...] = ()
    values: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)
    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """`values` by left operand: claims, that count only where the world is silent."""


@dataclass(frozen=True)
class DutyRecord:
    """What is known of a duty: `Performed`, `Unperformed` or `Unknown`; and the state once established, if any."""

    performance: str = "Unknown"
    deontic: str = ""
    report: str = ""


@dataclass(frozen=True)
class World:
    """The facts of the moment, as the one who evaluates knows them. What is not stated is not so."""

    now: Literal | None = None
    values: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)
    parts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    properties: Mapping[tuple[str, str], tuple[Term, ...]] = field(default_factory=dict)
    duties: Mapping[str, DutyRecord] = field(default_factory=dict)
    """`parts`: thing → what it is part of. `kinds`: thing → its types and what is broader. Both in full."""


def problems_in(constraints: Iterable[AnyConstraint]) -> list[str]:
    """Return what could not be understood in these constraints, and in those inside them."""
    found: list[str] = []
    for constraint in constraints:
        found += constraint.problems
        if isinstance(constraint, Logical):
            found += problems_in(constraint.parts)
    return found
