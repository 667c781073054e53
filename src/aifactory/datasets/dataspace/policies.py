"""Terms as a policy in a message of the dataspace, and back: what is not understood is denied.

The same ODRL as everywhere (`terms.to_odrl`), written in the compact form of the protocol (contract-schema):
`@id`, one rule an action, constraints with plain operands, duties as obligations. Everything that the terms
say is written on every permission, so no permission stands without it.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from functools import lru_cache
from typing import Any

from aifactory.datasets.terms import Terms, from_odrl, to_odrl
from aifactory.datasets.terms import read as read_terms

__all__ = ["narrowed", "read", "read_terms", "within", "write"]
_KEYS = {
    "@id", "@type", "@context", "profile", "permission", "prohibition", "obligation", "target", "assigner",
    "assignee", "timestamp",
}  # fmt: skip
_LITERALS = {"dateTime", "count"}


def write(terms: Terms, uid: str, kind: str = "Offer", **parties: str) -> dict[str, Any]:
    """Return the terms as an `Offer` or `Agreement`; `parties`: target, assigner, assignee, timestamp."""
    named = {name: value for name, value in parties.items() if value}
    return {"@id": uid, "@type": kind, **named, **_rules_of(terms)}


@lru_cache(maxsize=1024)
def _rules_of(terms: Terms) -> dict[str, Any]:
    """Return profile and rules; a catalogue says the same terms many times over."""
    odrl = to_odrl(terms, uid="urn:x", kind="Set", target="", assigner="")
    (permission,) = odrl["permission"]
    constraints = [c | {"rightOperand": _plain(c["rightOperand"])} for c in permission["constraint"]]
    rules: dict[str, Any] = {
        "profile": odrl["profile"],
        "permission": [{"action": action, "constraint": constraints} for action in permission["action"]],
        "prohibition": [{"action": rule["action"]} for rule in odrl["prohibition"]],
    }
    if permission.get("duty"):
        rules["obligation"] = [{"action": duty["action"]} for duty in permission["duty"]]
    return rules


def _plain(operand: Any) -> Any:
    if isinstance(operand, list):
        return [_plain(one) for one in operand]
    return operand.get("@id") or operand["@value"]


def read(policy: Mapping[str, Any]) -> Terms:
    """Return the terms of a policy of our profile; what it says beyond that ends up in `unknown`."""
    unknown = [f"policy {key}" for key in policy if key not in _KEYS]
    permissions = _rules(policy, "permission")
    if not permissions or any(p.get("constraint") != permissions[0].get("constraint") for p in permissions):
        return Terms((), (), (), spatial="", unknown=(*unknown, "permissions with different constraints"))
    every = [*permissions, *_rules(policy, "prohibition"), *_rules(policy, "obligation")]
    unknown += [f"rule {key}" for rule in every for key in rule if key not in {"action", "constraint"}]
    bound = [r for r in every[len(permissions) :] if r.get("constraint")]
    unknown += ["a constraint on a prohibition or an obligation"] if bound else []
    profile = policy.get("profile")
    odrl = {
        "profile": profile[0] if isinstance(profile, list) and len(profile) == 1 else profile,
        "permission": [
            {
                "action": [str(rule.get("action")) for rule in permissions],
                "constraint": _literal(permissions[0].get("constraint")),
                "duty": [{"action": str(rule.get("action"))} for rule in _rules(policy, "obligation")],
            }
        ],
        "prohibition": [{"action": str(rule.get("action"))} for rule in _rules(policy, "prohibition")],
    }
    terms = from_odrl(odrl)
    return replace(terms, unknown=(*unknown, *terms.unknown))


def _rules(policy: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    """Anything that is no list of objects reads as one rule that nobody understands."""
    listed = policy.get(kind, [])
    plain = isinstance(listed, list) and all(isinstance(rule, dict) for rule in listed)
    return listed if plain else [{"?": kind}]


def _literal(constraints: Any) -> Any:
    """Give days and numbers the form that they have outside the protocol."""
    if not isinstance(constraints, list):
        return constraints
    return [
        c | {"rightOperand": {"@value": c["rightOperand"]}}
        if isinstance(c, dict)
        and c.get("leftOperand") in _LITERALS
        and isinstance(c.get("rightOperand"), str)
        else c
        for c in constraints
    ]


def within(asked: Terms, offered: Terms) -> bool:
    """Say whether what is asked is understood and no wider than what is offered, with every duty kept."""
    weighed = {"purposes", "actions", "recipients", "duties", "since", "until", "count", "unknown"}
    return (
        not asked.unknown
        and bool(asked.purposes and asked.actions and asked.recipients)
        and set(asked.purposes) <= set(offered.purposes)
        and set(asked.actions) <= set(offered.actions)
        and set(asked.recipients) <= set(offered.recipients)
        and set(asked.duties) >= set(offered.duties)
        and (offered.since is None or (asked.since is not None and asked.since >= offered.since))
        and _at_most(asked.until, offered.until)
        and _at_most(asked.count, offered.count)
        # Whatever else terms may say one day has to be the same.
        and all(
            getattr(asked, f.name) == getattr(offered, f.name) for f in fields(Terms) if f.name not in weighed
        )
    )


def _at_most(asked: date | int | None, offered: date | int | None) -> bool:
    return offered is None or (asked is not None and asked <= offered)  # type: ignore[operator]


def narrowed(terms: Terms, *, purpose: str) -> Terms:
    """Return the same terms for one purpose."""
    return replace(terms, purposes=(purpose,))
