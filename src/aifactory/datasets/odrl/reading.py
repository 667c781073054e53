"""Policies, requests and states of the world, read from triples. Nothing here raises for content: what is not
understood becomes a `problem` of the record that carries it.
"""

from collections.abc import Iterable

from aifactory.datasets.odrl import words as w
from aifactory.datasets.odrl.graph import Graph
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
    problems_in,
)
from aifactory.datasets.odrl.values import Literal, Term
from aifactory.datasets.odrl.words import DCT, ODRL, RDF, RDFS, REPORT, SKOS, SOTW, XSD

_KINDS = tuple(ODRL + x for x in ("Policy", "Set", "Offer", "Agreement", "Assertion", "Privacy", "Ticket"))
_SHARED = {ODRL + x for x in ("action", "target", "assigner", "assignee", "constraint")}
_POLICY = _SHARED | {
    ODRL + x for x in ("permission", "prohibition", "obligation", "uid", "profile", "conflict", "inheritFrom")
}
_RULE = _SHARED | {ODRL + x for x in ("uid", "output", "function", "relation")} | w.PARTY_FUNCTIONS
_CONSTRAINT = {
    ODRL + x
    for x in ("uid", "leftOperand", "operator", "rightOperand", "rightOperandReference", "dataType", "unit")
}
_CHOICE = {
    ODRL + x for x in ("uid", "source", "refinement", "partOf", "includedIn", "hasPolicy", "assigneeOf")
} | {RDF + "value"}
#: What the evaluators' own vocabulary calls the moment of the request.
_MOMENTS = {SOTW + "TemporalData", SOTW + "CurrentXSDDateTime", ODRL + "dateTime"}
_CURRENT_TIME = "http://example.com/request/currentTime"
_DEEPEST = 40
_LARGEST = 5_000  # constraints and duties of one document, each counted as often as it is used


def policies(graph: Graph, *, profiles: Iterable[str] = ()) -> list[Policy]:
    """Return the policies of a document that no other one in it inherits from. `profiles`: those understood."""
    found = graph.typed(*_KINDS)
    parents = {parent for one in found for parent in graph.iris(one, ODRL + "inheritFrom")}
    read = _Reader(graph, frozenset(profiles))
    return [read.policy(one) for one in found if one not in parents or len(found) == 1]


class _Reader:
    """Reads one document. Depth is bounded, so that a document that contains itself ends."""

    def __init__(self, graph: Graph, profiles: frozenset[str]) -> None:
        self.graph, self.profiles = graph, profiles
        self.included = graph.closure(ODRL + "includedIn", SKOS + "broader")
        self.actions = w.ACTIONS | set(graph.typed(ODRL + "Action")) | set(self.included)
        self.operands = frozenset(graph.typed(ODRL + "LeftOperand"))
        self.left = _LARGEST

    def _is_too_much(self, depth: int) -> bool:
        self.left -= 1
        return depth > _DEEPEST or self.left < 0

    def policy(self, name: str) -> Policy:
        graph = self.graph
        problems = self._unknown(name, _POLICY)
        problems += [f"profile {x}" for x in graph.iris(name, ODRL + "profile") if x not in self.profiles]
        rules, obligations, _ = self._lineage(name, (), problems)
        strategies = {x.removeprefix(ODRL) for x in graph.iris(name, ODRL + "conflict")} or {"invalid"}
        strategy = strategies.pop() if len(strategies) == 1 else ""
        if strategy not in {"perm", "prohibit", "invalid"}:
            problems.append(f"conflict {strategy or 'twice'}")
            strategy = "invalid"
        if not rules and not obligations:
            problems.append("no rule")
        return Policy(
            name,
            next((x for x in graph.iris(name, RDF + "type") if x in _KINDS), ""),
            tuple(rules),
            tuple(obligations),
            strategy,
            self.included,
            self.operands,
            tuple(dict.fromkeys(problems)),
        )

    def _lineage(
        self, name: str, seen: tuple[str, ...], problems: list[str]
    ) -> tuple[list[Rule], list[Duty], tuple[str, ...]]:
        """Return the rules of a policy and of those it inherits from, each with what its policy says once for all."""
        graph = self.graph
        rules = [self._rule(x, name, is_permission=True) for x in graph.objects(name, w.PERMISSION)]
        rules += [self._rule(x, name, is_permission=False) for x in graph.objects(name, w.PROHIBITION)]
        obligations = [self._duty(x, 0) for x in graph.objects(name, w.OBLIGATION)]
        for parent in graph.objects(name, ODRL + "inheritFrom"):
            if parent in (*seen, name):
                problems.append(f"inherits from itself: {parent}")
            elif parent not in graph.typed(*_KINDS):
                problems.append(f"inherits from {parent}, which is not at hand")
            else:
                problems += self._unknown(str(parent), _POLICY)
                more, duties, seen = self._lineage(str(parent), (*seen, name), problems)
                rules += more
                obligations += duties
        return rules, obligations, (*seen, name)

    def _rule(self, node: Term, policy: str, *, is_permission: bool) -> Rule:
        graph = self.graph
        duty_key = ODRL + ("duty" if is_permission else "remedy")
        problems = self._unknown(node, _RULE | {duty_key}) + self._unsaid(node)
        both = (policy, str(node))
        targets = [x for one in both for x in graph.objects(one, ODRL + "target")]
        targets += [x for one in both for x in graph.subjects(ODRL + "hasPolicy", one)]
        assignees = [x for one in both for x in graph.objects(one, ODRL + "assignee")]
        assignees += [x for one in both for x in graph.subjects(ODRL + "assigneeOf", one)]
        actions = [x for one in both for x in graph.objects(one, ODRL + "action")]
        constraints = [self.constraint(x, 0) for one in both for x in graph.objects(one, ODRL + "constraint")]
        return Rule(
            str(node),
            is_permission,
            tuple(self._action(x, problems) for x in actions),
            tuple(self._choice(x, problems) for x in targets),
            tuple(self._choice(x, problems) for x in assignees),
            tuple(constraints),
            tuple(self._duty(x, 0) for x in graph.objects(node, duty_key)),
            # An unknown word anywhere in a rule counts, even where another branch of an `or` would do.
            tuple(problems + problems_in(constraints)),
        )

    def _duty(self, node: Term, depth: int) -> Duty:
        problems = self._unknown(node, _RULE | {ODRL + "consequence"}) + self._unsaid(node)
        actions = tuple(self._action(x, problems) for x in self.graph.objects(node, ODRL + "action"))
        if not actions:
            problems.append("a duty without an action")
        if self._is_too_much(depth):
            return Duty(str(node), actions, problems=(*problems, "nested too deep"))
        constraints = [self.constraint(x, 0) for x in self.graph.objects(node, ODRL + "constraint")]
        after = [self._duty(x, depth + 1) for x in self.graph.objects(node, ODRL + "consequence")]
        problems += problems_in(constraints) + [problem for x in after for problem in x.problems]
        return Duty(str(node), actions, tuple(constraints), tuple(after), tuple(dict.fromkeys(problems)))

    def _action(self, node: Term, problems: list[str]) -> Choice:
        named = self.graph.iris(node, RDF + "value")
        name = named[0] if len(named) == 1 else str(node)
        if name not in self.actions:
            problems.append(f"action {w.short(name)}")
        return Choice((name,), self._refinements(node, problems) if named else ())

    def _choice(self, node: Term, problems: list[str]) -> Choice:
        """A party or an asset: itself, or a collection that is narrowed."""
        names = dict.fromkeys(
            [str(node), *self.graph.iris(node, ODRL + "source"), *self.graph.iris(node, ODRL + "uid")]
        )
        return Choice(tuple(names), self._refinements(node, problems))

    def _refinements(self, node: Term, problems: list[str]) -> tuple[AnyConstraint, ...]:
        found = self.graph.objects(node, ODRL + "refinement")
        if not found:
            return ()
        refinements = [self.constraint(x, 0) for x in found]
        problems += self._unknown(node, _CHOICE) + problems_in(refinements)
        return tuple(refinements)

    def constraint(self, node: Term, depth: int) -> AnyConstraint:
        """Return one constraint, with those inside it."""
        graph, name = self.graph, str(node)
        joins = [x for x in w.LOGICAL if graph.objects(node, x)]
        if joins:
            problems = self._unknown(node, {*joins, ODRL + "uid"})
            problems += ["several logical operators"] if len(joins) > 1 else []
            if self._is_too_much(depth):
                return Logical(name, joins[0], (), (*problems, "nested too deep"))
            parts = tuple(self.constraint(x, depth + 1) for x in graph.objects(node, joins[0]))
            return Logical(name, joins[0], parts, tuple(problems))
        problems = self._unknown(node, _CONSTRAINT)
        left = self._one(node, "leftOperand", problems)
        operator = self._one(node, "operator", problems)
        if left and left not in w.LEFT_OPERANDS | self.operands:
            problems.append(f"leftOperand {w.short(left)}")
        if operator and operator not in w.OPERATORS:
            problems.append(f"operator {w.short(operator)}")
        right = self._right(node, problems)
        unit = next(iter(graph.objects(node, ODRL + "unit")), "")
        return Constraint(
            name, left, operator, right, unit if isinstance(unit, str) else unit.text, tuple(problems)
        )

    def _right(self, node: Term, problems: list[str]) -> tuple[Term, ...]:
        """Return the right operands; one that is told by reference is looked up here and nowhere else."""
        graph = self.graph
        right = graph.objects(node, ODRL + "rightOperand")
        for reference in graph.objects(node, ODRL + "rightOperandReference"):
            told = graph.objects(reference, RDF + "value")
            right += told
            problems += [] if told else [f"rightOperandReference {reference}, whose value is not at hand"]
        kinds = graph.iris(node, ODRL + "dataType")
        if len(kinds) == 1:
            plain = XSD + "string"
            right = [
                Literal(x.text, kinds[0]) if isinstance(x, Literal) and x.datatype == plain else x
                for x in right
            ]
        if not right:
            problems.append("no rightOperand")
        return tuple(right)

    def _one(self, node: Term, key: str, problems: list[str]) -> str:
        found = self.graph.iris(node, ODRL + key)
        if len(found) != 1:
            problems.append(f"{len(found) or 'no'} {key}")
        return found[0] if found else ""

    def _unknown(self, node: Term, known: Iterable[str]) -> list[str]:
        """Name what is said of a thing and is neither a word of ODRL for it nor an annotation."""
        known = set(known)
        return [
            w.short(x)
            for x in self.graph.predicates(node)
            if x not in known and x != RDF + "type" and not x.startswith(w.ANNOTATIONS)
        ]

    def _unsaid(self, node: Term) -> list[str]:
        """A rule of which nothing is said would hold for everyone and everything."""
        return [] if self.graph.knows(node) else [f"nothing is said of {node}"]


def request(graph: Graph) -> Request:
    """Return the request of a document: an `odrl:Request` with rules, or a `sotw:EvaluationRequest`."""
    asks, values = list[Ask](), dict[str, list[Term]]()
    name = ""
    for one in graph.typed(ODRL + "Request"):
        name = name or one
        for rule in graph.iris(one, w.PERMISSION, w.PROHIBITION, w.OBLIGATION):
            asks += _asks(graph, rule, one, [ODRL + x for x in ("assignee", "action", "target")])
            _claims(graph, graph.objects(rule, ODRL + "constraint", SOTW + "context"), values)
    for one in graph.typed(SOTW + "EvaluationRequest"):
        name = name or one
        names = ("requestingParty", "requestedAction", "requestedTarget")
        if graph.objects(one, SOTW + "evaluatedAction"):
            names = ("evaluatedParty", "evaluatedAction", "evaluatedTarget")
        asks += _asks(graph, one, one, [SOTW + x for x in names])
    _features(graph, values)
    claimed = {x for found in values.values() for x in found if isinstance(x, str)}
    claimed -= {x for ask in asks for x in (ask.party, ask.target)}
    # A request may say what its own purpose is an instance of; who and what it is about is for the world to say.
    kinds = {x: frozenset(graph.iris(x, RDF + "type")) for x in claimed}
    return Request(name, tuple(asks), {k: tuple(v) for k, v in values.items()}, kinds)


def _asks(graph: Graph, node: str, whole: str, keys: list[str]) -> list[Ask]:
    """Return an ask for each party, action and asset (in this order in `keys`): several are asked for together.

    What the rule leaves open, the `whole` request may say once for all its rules.
    """

    def named(key: str) -> list[str | None]:
        found: list[str | None] = []
        for one in graph.iris(node, key) or graph.iris(whole, key):
            found += graph.iris(one, RDF + "value") or [one]
        return found or [None]

    party, action, target = keys
    return [Ask(node, p, a, t) for p in named(party) for a in named(action) for t in named(target)]


def _claims(graph: Graph, constraints: Iterable[Term], values: dict[str, list[Term]]) -> None:
    """`leftOperand eq value` is how a request says what is so of it."""
    for node in constraints:
        if graph.iris(node, ODRL + "operator") == [ODRL + "eq"]:
            for left in graph.iris(node, ODRL + "leftOperand"):
                values.setdefault(left, []).extend(graph.objects(node, ODRL + "rightOperand"))


def _features(graph: Graph, values: dict[str, list[Term]]) -> None:
    for node in graph.subjects(SOTW + "describesFeature"):
        for feature in graph.iris(node, SOTW + "describesFeature"):
            operand = _operand(feature)
            values.setdefault(operand, []).extend(graph.objects(node, SOTW + "value"))


def _operand(feature: str) -> str:
    """`sotw:DeliveryChannel` describes what `odrl:deliveryChannel` asks about; other names stand for themselves."""
    if feature in _MOMENTS:
        return ODRL + "dateTime"
    if feature.startswith(SOTW):
        local = feature.removeprefix(SOTW)
        return ODRL + local[:1].lower() + local[1:]
    return feature


def world(graph: Graph, *, terms: Graph | None = None) -> World:
    """Return the state of the world. `terms`: a document whose hierarchies hold too, the policy's as a rule."""
    values: dict[str, list[Term]] = {}
    _features(graph, values)
    for node in graph.typed(SOTW + "SotW"):
        _claims(graph, graph.objects(node, SOTW + "context", ODRL + "constraint"), values)
    told = [x for x in graph.objects(_CURRENT_TIME, DCT + "issued") if isinstance(x, Literal)]
    told += [x for x in values.pop(ODRL + "dateTime", []) if isinstance(x, Literal)]
    known = graph + terms if terms else graph
    return World(
        told[0] if told else None,
        {k: tuple(v) for k, v in values.items()},
        known.closure(ODRL + "partOf", DCT + "isPartOf", backwards=(DCT + "hasPart",)),
        known.closure(RDF + "type", RDFS + "subClassOf", SKOS + "broader", SKOS + "broaderTransitive"),
        {(s, p): tuple(graph.objects(s, p)) for s in _things(graph) for p in graph.predicates(s)},
        _duty_records(graph),
    )


def _things(graph: Graph) -> list[str]:
    return list(dict.fromkeys(subject for subject, _, _ in graph.triples()))


def _duty_records(graph: Graph) -> dict[str, DutyRecord]:
    """Take what earlier reports say of duties; where two differ, the worse one."""
    found: dict[str, DutyRecord] = {}
    for node in graph.typed(REPORT + "DutyReport"):
        performance = [x.removeprefix(REPORT) for x in graph.iris(node, REPORT + "performanceState")]
        deontic = [x.removeprefix(REPORT) for x in graph.iris(node, REPORT + "deonticState")]
        record = DutyRecord(
            performance[0] if len(performance) == 1 else "Unknown",
            "Violated" if "Violated" in deontic else deontic[0] if deontic else "",
            node,
        )
        for rule in graph.iris(node, REPORT + "rule"):
            if rule not in found or record.deontic == "Violated":
                found[rule] = record
    return found
