"""Terms as a policy in a message of the dataspace, and back: what is not understood is denied.

The compact form of the protocol (contract-schema): `@id`, one rule an action, constraints with plain
operands. Everything the terms say is written on every permission, so no permission stands without them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from aifactory.datasets import vocabulary as v
from aifactory.datasets.terms import SCHEMA, Terms
from aifactory.datasets.terms import read as read_terms

_KEYS = {
    "@id", "@type", "@context", "profile", "permission", "prohibition", "obligation", "target", "assigner",
    "assignee", "timestamp",
}  # fmt: skip
_FORBIDDEN = frozenset(word.iri for word in v.PROHIBITIONS)


def write(terms: Terms, uid: str, kind: str = "Offer", **parties: str) -> dict[str, Any]:
    """Return the terms as an `Offer` or `Agreement`; `parties`: target, assigner, assignee, timestamp."""
    constraints: list[dict[str, Any]] = [
        {
            "leftOperand": "purpose",
            "operator": "isAnyOf",
            "rightOperand": [f"{v.PROFILE}:{p}" for p in terms.purposes],
        },
        {
            "leftOperand": "recipient",
            "operator": "isAnyOf",
            "rightOperand": [v.RECIPIENTS[r].iri for r in terms.recipients],
        },
        {"leftOperand": "spatial", "operator": "eq", "rightOperand": v.PLACES[terms.spatial].iri},
    ]
    if terms.until:
        until = {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": terms.until.isoformat()}
        constraints.append(until)
    policy: dict[str, Any] = {
        "@id": uid,
        "@type": kind,
        "profile": v.PROFILE,
        **{name: value for name, value in parties.items() if value},
        "permission": [{"action": v.ACTIONS[a].iri, "constraint": constraints} for a in terms.actions],
        "prohibition": [{"action": word.iri} for word in v.PROHIBITIONS],
    }
    if terms.duties:
        policy["obligation"] = [{"action": v.DUTIES[d].iri} for d in terms.duties]
    return policy


def read(policy: Mapping[str, Any]) -> Terms:
    """Return the terms of a policy of our profile; what it says beyond that ends up in `unknown`."""
    unknown = [f"policy {key}" for key in policy if key not in _KEYS]
    if policy.get("profile") not in (v.PROFILE, [v.PROFILE]):
        unknown.append(f"profile {str(policy.get('profile'))[:80]}")
    permissions = [rule for rule in policy.get("permission", []) if isinstance(rule, dict)]
    constraints = [rule.get("constraint", []) for rule in permissions]
    if not permissions or any(one != constraints[0] for one in constraints):
        unknown.append("permissions with different constraints")
        return Terms((), (), (), spatial="", unknown=tuple(unknown))
    unknown += [f"permission {key}" for rule in permissions for key in rule if key not in _RULE_KEYS]
    found, strange = _constraints(constraints[0])
    actions = [str(rule.get("action")) for rule in permissions]
    duties = [str(rule.get("action")) for rule in policy.get("obligation", [])]
    if frozenset(str(rule.get("action")) for rule in policy.get("prohibition", [])) != _FORBIDDEN:
        unknown.append("prohibition")
    terms = read_terms(
        found | {"schema": SCHEMA, "actions": _codes(actions, v.ACTIONS), "duties": _codes(duties, v.DUTIES)}
    )
    return Terms(**{**terms.__dict__, "unknown": (*unknown, *strange, *terms.unknown)})


_RULE_KEYS = {"action", "constraint"}


def _constraints(listed: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the terms' fields that the constraints say, and what was not understood."""
    found: dict[str, Any] = {"purposes": [], "recipients": [], "spatial": "", "until": None}
    unknown, seen = [], set()
    for constraint in listed if isinstance(listed, list) else ["?"]:
        match constraint:
            case {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": list(value), **rest}:
                found["purposes"] = [str(iri).removeprefix(f"{v.PROFILE}:") for iri in value]
            case {"leftOperand": "recipient", "operator": "isAnyOf", "rightOperand": list(value), **rest}:
                found["recipients"] = _codes(value, v.RECIPIENTS)
            case {"leftOperand": "spatial", "operator": "eq", "rightOperand": str(value), **rest}:
                found["spatial"] = _codes([value], v.PLACES)[0]
            case {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": str(value), **rest}:
                found["until"] = value
            case _:
                unknown.append(f"constraint {str(constraint)[:80]}")
                continue
        operand = constraint["leftOperand"]
        if rest or operand in seen:
            unknown.append(f"constraint {operand} twice or with more than we know")
        seen.add(operand)
    return found, unknown


def _codes(iris: list[Any], words: Mapping[str, v.Word]) -> list[str]:
    by_iri = {word.iri: code for code, word in words.items()}
    return [by_iri.get(str(iri), str(iri)[:80]) for iri in iris]


def within(asked: Terms, offered: Terms) -> bool:
    """Say whether what is asked is understood and no wider than what is offered, with every duty kept."""
    return (
        not asked.unknown
        and bool(asked.purposes and asked.actions and asked.recipients)
        and set(asked.purposes) <= set(offered.purposes)
        and set(asked.actions) <= set(offered.actions)
        and set(asked.recipients) <= set(offered.recipients)
        and set(asked.duties) >= set(offered.duties)
        and asked.spatial == offered.spatial
        and _no_later(asked.until, offered.until)
    )


def _no_later(asked: date | None, offered: date | None) -> bool:
    return offered is None or (asked is not None and asked <= offered)


def narrowed(terms: Terms, *, purpose: str) -> Terms:
    """Return the same terms for one purpose."""
    return Terms(**{**terms.__dict__, "purposes": (purpose,)})
