"""What an evaluation found, in three forms: an answer in JSON, the compliance report as triples, and as Turtle.

The report keeps to the ODRL Compliance Report Model. Its nodes are named after what they report on, so that the
same policy, request and world give the same report, byte for byte.
"""

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aifactory.datasets.odrl.evaluation import (
    ConstraintResult,
    DutyResult,
    Evaluation,
    PremiseResult,
    RuleResult,
    Truth,
    together,
)
from aifactory.datasets.odrl.graph import Triple
from aifactory.datasets.odrl.model import Constraint
from aifactory.datasets.odrl.values import Literal, Term
from aifactory.datasets.odrl.words import DCT, ODRL, RDF, RDFS, REPORT, SKOS, XSD, short

SCHEMA = "aifactory/policy-evaluation/1"


def answer(found: Sequence[Evaluation]) -> dict[str, Any]:
    """Return the evaluations of one request as plain JSON: the decision, and for each rule whether it is active.

    Policies hold side by side: one must permit, and none may forbid or use words that are not known.
    """
    permitted, reasons = together(found)
    first = found[0]
    return {
        "schema": SCHEMA,
        "policy": first.policy.id,
        "request": first.request.id or None,
        "at": first.now.text if first.now else None,
        "decision": "permit" if permitted else "deny",
        "reasons": reasons,
        "policies": [
            {
                "policy": one.policy.id,
                "decision": "permit" if one.permitted else "deny",
                "reasons": list(one.reasons),
                "unknown": list(one.policy.problems),
            }
            for one in found
        ],
        "rules": [{"policy": one.policy.id} | _rule(x) for one in found for x in one.rules],
        "obligations": [{"policy": one.policy.id} | _duty(x) for one in found for x in one.obligations],
        "report": as_json([x for one in found for x in triples(one)]),
    }


def _rule(found: RuleResult) -> dict[str, Any]:
    return {
        "rule": found.rule.id,
        "type": "permission" if found.rule.is_permission else "prohibition",
        "active": found.active,
        "activationState": "Active" if found.active else "Inactive",
        "attemptState": "Attempted" if found.ask else "NotAttempted",
        "request": found.ask.id if found.ask else None,
        "premises": [
            {
                "about": x.about.lower(),
                "satisfied": x.holds is True,
                "refinements": [_constraint(r) for r in x.refinements],
            }
            for x in found.premises
        ],
        "constraints": [_constraint(x) for x in found.constraints],
        "duties": [_duty(x) for x in found.duties],
        "unknown": list(found.rule.problems),
    }


def _constraint(found: ConstraintResult) -> dict[str, Any]:
    given = found.constraint
    said: dict[str, Any] = {
        "constraint": given.id,
        "satisfied": found.holds is True,
        "satisfactionState": _state(found.holds),
        "operator": short(given.operator),
    }
    if isinstance(given, Constraint):
        left = {"leftOperand": short(given.left), "left": [_plain(x) for x in found.left]}
        return said | left | {"right": [_plain(x) for x in given.right]}
    return said | {"constraints": [_constraint(x) for x in found.parts]}


def _duty(found: DutyResult) -> dict[str, Any]:
    return {
        "duty": found.duty.id,
        "actions": [short(x.names[0]) for x in found.duty.actions],
        "active": found.active,
        "performanceState": found.performance,
        "deonticState": found.deontic,
        "constraints": [_constraint(x) for x in found.constraints],
        "consequences": [_duty(x) for x in found.consequences],
    }


def _plain(term: Term) -> str:
    return term.text if isinstance(term, Literal) else short(term)


def _state(truth: Truth) -> str:
    return "Satisfied" if truth is True else "Unsatisfied"


def triples(found: Evaluation) -> list[Triple]:
    """Return the compliance report."""
    said: list[Triple] = []
    top = _name("policy", found.policy.id, found.request.id)
    said += [(top, RDF + "type", REPORT + "PolicyReport"), (top, REPORT + "policy", found.policy.id)]
    if found.now:
        said.append((top, DCT + "created", found.now))
    if found.request.id:
        said.append((top, REPORT + "policyRequest", found.request.id))
    for n, rule in enumerate(found.rules):
        said.append((top, REPORT + "ruleReport", _report_rule(rule, f"{top} {n}", said)))
    said += [(top, REPORT + "ruleReport", _report_duty(x, top, said)) for x in found.obligations]
    return said


def _report_rule(found: RuleResult, within: str, said: list[Triple]) -> str:
    node = _name(within, found.rule.id)
    kind = "PermissionReport" if found.rule.is_permission else "ProhibitionReport"
    said += [
        (node, RDF + "type", REPORT + kind),
        (node, REPORT + "rule", found.rule.id),
        (node, REPORT + "attemptState", REPORT + ("Attempted" if found.ask else "NotAttempted")),
        (node, REPORT + "activationState", REPORT + ("Active" if found.active else "Inactive")),
    ]
    if found.ask:
        said.append((node, REPORT + "ruleRequest", found.ask.id))
    said += [(node, REPORT + "premiseReport", _report_premise(x, node, said)) for x in found.premises]
    said += [(node, REPORT + "premiseReport", _report_constraint(x, node, said)) for x in found.constraints]
    said += [(node, REPORT + "conditionReport", _report_duty(x, node, said)) for x in found.duties]
    return node


def _report_premise(found: PremiseResult, within: str, said: list[Triple]) -> str:
    node = _name(within, found.about)
    said += [
        (node, RDF + "type", REPORT + f"{found.about}Report"),
        (node, REPORT + "satisfactionState", REPORT + _state(found.holds)),
    ]
    said += [(node, REPORT + "premiseReport", _report_constraint(x, node, said)) for x in found.refinements]
    return node


def _report_constraint(found: ConstraintResult, within: str, said: list[Triple]) -> str:
    given = found.constraint
    node = _name(within, given.id)
    said += [
        (node, RDF + "type", REPORT + "ConstraintReport"),
        (node, REPORT + "constraint", given.id),
        (node, REPORT + "satisfactionState", REPORT + _state(found.holds)),
    ]
    if not isinstance(given, Constraint):
        said.append((node, REPORT + "constraintLogicalOperand", given.operator))
        said += [(node, REPORT + "premiseReport", _report_constraint(x, node, said)) for x in found.parts]
        return node
    nothing: tuple[Term, ...] = (Literal(""),)
    said += [(node, REPORT + "constraintLeftOperand", x) for x in found.left or nothing]
    if given.operator:
        said.append((node, REPORT + "constraintOperator", given.operator))
    said += [(node, REPORT + "constraintRightOperand", x) for x in given.right]
    return node


def _report_duty(found: DutyResult, within: str, said: list[Triple]) -> str:
    """A duty that was reported on before keeps the name of that report."""
    node = found.report or _name(within, found.duty.id)
    said += [
        (node, RDF + "type", REPORT + "DutyReport"),
        (node, REPORT + "rule", found.duty.id),
        (node, REPORT + "activationState", REPORT + ("Active" if found.active else "Inactive")),
        (node, REPORT + "performanceState", REPORT + found.performance),
        (node, REPORT + "deonticState", REPORT + found.deontic),
    ]
    said += [(node, REPORT + "premiseReport", _report_constraint(x, node, said)) for x in found.constraints]
    said += [(node, REPORT + "conditionReport", _report_duty(x, node, said)) for x in found.consequences]
    return node


def _name(*parts: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, ' '.join(parts))}"


def as_json(report: list[Triple]) -> dict[str, Any]:
    """Return triples as JSON-LD: a context of prefixes, and one flat object a node."""
    nodes: dict[str, dict[str, Any]] = {}
    for subject, predicate, object_ in report:
        node = nodes.setdefault(subject, {"@id": subject})
        key = "@type" if predicate == RDF + "type" else _compact(predicate)
        if isinstance(object_, Literal):
            value: Any = object_.text
            if object_.datatype != XSD + "string":
                value = {"@value": object_.text, "@type": _compact(object_.datatype)}
        else:
            value = _compact(object_) if key == "@type" else {"@id": _compact(object_)}
        node.setdefault(key, []).append(value)
    graph = [
        {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in n.items()} for n in nodes.values()
    ]
    return {"@context": _PREFIXES, "@graph": graph}


_PREFIXES = {"report": REPORT, "odrl": ODRL, "dct": DCT, "rdfs": RDFS, "skos": SKOS, "xsd": XSD}


def _compact(iri: str) -> str:
    for prefix, space in _PREFIXES.items():
        if iri.startswith(space):
            return f"{prefix}:{iri.removeprefix(space)}"
    return iri


def turtle(report: list[Triple]) -> str:
    """Return triples as Turtle, one subject after another."""
    lines = [f"@prefix {prefix}: <{space}> ." for prefix, space in _PREFIXES.items()]
    subjects: dict[str, list[tuple[str, Term]]] = {}
    for subject, predicate, object_ in report:
        subjects.setdefault(subject, []).append((predicate, object_))
    for subject, said in subjects.items():
        body = " ;\n    ".join(f"{_written(p) if p != RDF + 'type' else 'a'} {_written(o)}" for p, o in said)
        lines.append(f"\n{_written(subject)} {body} .")
    return "\n".join(lines) + "\n"


def _written(term: Term) -> str:
    if isinstance(term, Literal):
        text = term.text.translate({92: r"\\", 34: r"\"", 10: r"\n", 13: r"\r", 9: r"\t"})
        if term.language:
            return f'"{text}"@{term.language}'
        return f'"{text}"' + ("" if term.datatype == XSD + "string" else f"^^{_written(term.datatype)}")
    if term.startswith("_:"):
        return term
    compact = _compact(term)
    plain = compact != term and all(c.isalnum() or c == ":" for c in compact)
    return compact if plain else f"<{_escaped(term)}>"


def _escaped(iri: str) -> str:
    return "".join(c if c > " " and c not in '<>"{}|^`\\' else f"\\u{ord(c):04X}" for c in iri)
