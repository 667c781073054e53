"""The terms under which a dataset may be used: typed, closed, readable by people, and decided by the machine.

A small profile of ODRL 2.2 (W3C Recommendation, 2018): one permission with constraints on purpose, recipient,
spatial and dateTime, duties, and standing prohibitions. What a policy does not say, or says in words that are
not in `vocabulary`, is denied.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from aifactory.datasets import vocabulary as v
from aifactory.kit.errors import FieldError, Invalid

SCHEMA = "aifactory/terms/1"


@dataclass(frozen=True)
class Terms:
    """What is allowed, to whom, where, until when, and what must be done in return.

    `until` is the last day (UTC) of use, None for no end. `unknown` lists what could not be understood when
    the terms were read: such terms deny everything.
    """

    purposes: tuple[str, ...]
    actions: tuple[str, ...]
    recipients: tuple[str, ...]
    spatial: str = "EEA"
    until: date | None = None
    duties: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the terms as plain JSON, lists in the order of the vocabulary."""
        return {
            "schema": SCHEMA,
            "purposes": _ordered(self.purposes, v.PURPOSES),
            "actions": _ordered(self.actions, v.ACTIONS),
            "recipients": _ordered(self.recipients, v.RECIPIENTS),
            "spatial": self.spatial,
            "until": self.until.isoformat() if self.until else None,
            "duties": _ordered(self.duties, v.DUTIES),
        }


@dataclass(frozen=True)
class UseRequest:
    """Who wants to do what, for what, from where, on which day. Values are codes of `vocabulary`."""

    purpose: str
    action: str
    recipient: str
    country: str
    on: date


@dataclass(frozen=True)
class RuleResult:
    """One rule's verdict, with the sentence that explains it in English and Dutch."""

    rule: str
    passed: bool
    en: str
    nl: str


@dataclass(frozen=True)
class Decision:
    """The verdict of all rules together: allowed only if every one passed."""

    allowed: bool
    results: tuple[RuleResult, ...]

    def reasons(self, language: str = "en") -> list[str]:
        """Return the sentences of the rules that said no."""
        return [r.nl if language.startswith("nl") else r.en for r in self.results if not r.passed]


def read(document: Mapping[str, Any]) -> Terms:
    """Read terms from plain JSON. Never raises for content: what it does not know ends up in `unknown`."""
    unknown = [f"{key}" for key in document if key not in _FIELDS]
    if document.get("schema") != SCHEMA:
        unknown.append(f"schema {document.get('schema')}")
    lists: dict[str, tuple[str, ...]] = {}
    for field, words in _LISTS.items():
        given = document.get(field, [])
        values = [str(x) for x in given] if isinstance(given, list | tuple) else [str(given)]
        unknown += [f"{field} {x}" for x in values if x not in words]
        lists[field] = tuple(_ordered(values, words))
    spatial = str(document.get("spatial"))
    if spatial not in v.PLACES:
        unknown.append(f"spatial {spatial}")
    until, bad = _day(document.get("until"))
    unknown += bad
    return Terms(**lists, spatial=spatial, until=until, unknown=tuple(unknown))


def write(document: Mapping[str, Any]) -> Terms:
    """Read terms that somebody offers. Raises `Invalid`, one line per mistake."""
    terms = read({"schema": SCHEMA, "spatial": "EEA"} | dict(document))
    errors = [
        FieldError(
            u.split(" ")[0][:60] or "terms",
            _("The terms have no word for this: %(word)s.") % {"word": u[:120]},
            "closed vocabulary",
        )
        for u in terms.unknown
    ]
    for field in ("purposes", "actions", "recipients"):
        if not getattr(terms, field) and not any(e.field == field for e in errors):
            errors.append(FieldError(field, _("Choose at least one."), "required"))
    if errors:
        raise Invalid(errors)
    return terms


def decide(terms: Terms | Mapping[str, Any], request: UseRequest) -> Decision:
    """Evaluate every rule; one no, or one word that is not understood, denies."""
    terms = terms if isinstance(terms, Terms) else read(terms)
    where = v.PLACES.get(terms.spatial)
    day = terms.until.isoformat() if terms.until else ""
    results = (
        RuleResult(
            "understood",
            not terms.unknown,
            f"The terms use words that this factory does not know: {', '.join(terms.unknown)}.",
            f"De voorwaarden gebruiken woorden die deze fabriek niet kent: {', '.join(terms.unknown)}.",
        ),
        RuleResult(
            "purpose",
            request.purpose in terms.purposes and request.purpose in v.PURPOSES,
            f"The terms do not allow the purpose “{_label(v.PURPOSES, request.purpose, 'en')}”.",
            f"De voorwaarden staan het doel ‘{_label(v.PURPOSES, request.purpose, 'nl')}’ niet toe.",
        ),
        RuleResult(
            "action",
            request.action in terms.actions and request.action in v.ACTIONS,
            f"The terms do not allow to {_label(v.ACTIONS, request.action, 'en')}.",
            f"De voorwaarden staan dit niet toe: {_label(v.ACTIONS, request.action, 'nl')}.",
        ),
        RuleResult(
            "recipient",
            request.recipient in terms.recipients and request.recipient in v.RECIPIENTS,
            f"The terms are not for {_label(v.RECIPIENTS, request.recipient, 'en')}.",
            f"De voorwaarden zijn niet voor {_label(v.RECIPIENTS, request.recipient, 'nl')}.",
        ),
        RuleResult(
            "spatial",
            _within(request.country, terms.spatial),
            f"The user must be established in {where.en if where else terms.spatial}.",
            f"De gebruiker moet gevestigd zijn in {where.nl if where else terms.spatial}.",
        ),
        RuleResult(
            "until",
            terms.until is None or request.on <= terms.until,
            f"The terms ended after {day}.",
            f"De voorwaarden eindigden na {day}.",
        ),
    )
    return Decision(all(r.passed for r in results), results)


def words(terms: Terms, language: str = "en") -> list[str]:
    """Say the terms in sentences, the way a holder and an applicant read them."""
    dutch = language.startswith("nl")

    def said(codes: tuple[str, ...], table: Mapping[str, v.Word]) -> str:
        labels = [table[c].label(language) for c in codes]
        joint = " en " if dutch else " and "
        return joint.join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)

    place = v.PLACES[terms.spatial].label(language)
    forbidden = (" en " if dutch else " or ").join(p.label(language) for p in v.PROHIBITIONS)
    lines = [
        ("Doel: {}." if dutch else "Purpose: {}.").format(said(terms.purposes, v.PURPOSES)),
        ("Toegestaan: {}." if dutch else "You may {}.").format(said(terms.actions, v.ACTIONS)),
        ("Verboden: {}." if dutch else "You may not {}.").format(forbidden),
        ("Voor {}, gevestigd in {}." if dutch else "For {} established in {}.").format(
            said(terms.recipients, v.RECIPIENTS), place
        ),
    ]
    if terms.until:
        lines.append(
            ("Tot en met {}." if dutch else "Until {} at the latest.").format(terms.until.isoformat())
        )
    if terms.duties:
        lines.append(("Verplicht: {}." if dutch else "You must {}.").format(said(terms.duties, v.DUTIES)))
    return lines


def to_odrl(
    terms: Terms, *, uid: str, kind: str, target: str, assigner: str, assignee: str = ""
) -> dict[str, Any]:
    """Return the terms as an ODRL 2.2 policy in JSON-LD: an `Offer` or `Agreement`; the rest are IRIs."""
    constraints = [
        _constraint("purpose", "isAnyOf", [f"{v.PROFILE}:{p}" for p in terms.purposes]),
        _constraint("recipient", "isAnyOf", [v.RECIPIENTS[r].iri for r in terms.recipients]),
        _constraint("spatial", "eq", [v.PLACES[terms.spatial].iri]),
    ]
    if terms.until:
        literal = {"@value": terms.until.isoformat(), "@type": "xsd:date"}
        constraints.append({"leftOperand": "dateTime", "operator": "lteq", "rightOperand": literal})
    parties = {"assigner": assigner} | ({"assignee": assignee} if assignee else {})
    permission = {
        "target": target,
        **parties,
        "action": [v.ACTIONS[a].iri for a in terms.actions],
        "constraint": constraints,
        "duty": [{"action": v.DUTIES[d].iri} for d in terms.duties],
    }
    return {
        "@context": "http://www.w3.org/ns/odrl.jsonld",
        "@type": kind,
        "uid": uid,
        "profile": v.PROFILE,
        "permission": [{key: value for key, value in permission.items() if value != []}],
        "prohibition": [{"target": target, **parties, "action": p.iri} for p in v.PROHIBITIONS],
    }


def from_odrl(policy: Mapping[str, Any]) -> Terms:
    """Read a policy that keeps to our profile. Anything else in it ends up in `unknown`, and so is denied."""
    unknown = [f"policy {key}" for key in policy if key not in _POLICY_KEYS]
    if policy.get("profile") != v.PROFILE:
        unknown.append(f"profile {policy.get('profile')}")
    permissions = policy.get("permission")
    if not (isinstance(permissions, list) and len(permissions) == 1 and isinstance(permissions[0], dict)):
        return Terms((), (), (), spatial="", unknown=(*unknown, "permission"))
    permission = permissions[0]
    unknown += [f"permission {key}" for key in permission if key not in _PERMISSION_KEYS]
    found: dict[str, Any] = {"spatial": "", "purposes": [], "recipients": [], "until": None, "schema": SCHEMA}
    constraints = _dicts(permission.get("constraint"))
    for constraint in constraints:
        unknown += _read_constraint(constraint, found)
    operands = [str(c.get("leftOperand")) for c in constraints]
    # ODRL reads two constraints as "both"; the last one winning would widen what the first one narrowed.
    unknown += [
        f"constraint {operand} twice" for operand in sorted(set(operands)) if operands.count(operand) > 1
    ]
    found["actions"] = _codes(permission.get("action"), v.ACTIONS)
    found["duties"] = _codes([d.get("action") for d in _dicts(permission.get("duty"))], v.DUTIES)
    terms = read(found)
    missing = (
        [] if {p.get("action") for p in _dicts(policy.get("prohibition"))} == _FORBIDDEN else ["prohibition"]
    )
    return Terms(**{**terms.__dict__, "unknown": (*unknown, *missing, *terms.unknown)})


_LISTS = {"purposes": v.PURPOSES, "actions": v.ACTIONS, "recipients": v.RECIPIENTS, "duties": v.DUTIES}
_FIELDS = {"schema", "spatial", "until", *_LISTS}
_POLICY_KEYS = {"@context", "@type", "uid", "profile", "permission", "prohibition"}
_PERMISSION_KEYS = {"target", "assigner", "assignee", "action", "constraint", "duty"}
_FORBIDDEN = {p.iri for p in v.PROHIBITIONS}


def _ordered(codes: Any, words: Mapping[str, v.Word]) -> list[str]:
    return [w for w in words if w in codes]


def _label(words: Mapping[str, v.Word], code: str, language: str) -> str:
    return words[code].label(language) if code in words else code[:80]


def _within(country: str, spatial: str) -> bool:
    return spatial == "any" or country in v.COUNTRIES.get(spatial, ())


def _day(value: Any) -> tuple[date | None, list[str]]:
    if value is None:
        return None, []
    try:
        return date.fromisoformat(str(value)), []
    except ValueError:
        return None, [f"until {value}"]


def _dicts(value: Any) -> list[dict[str, Any]]:
    """Anything that is not a list of objects reads as one object that nobody understands."""
    if value is None:
        return []
    return value if isinstance(value, list) and all(isinstance(x, dict) for x in value) else [{"?": value}]


def _constraint(operand: str, operator: str, iris: list[str]) -> dict[str, Any]:
    values = [{"@id": iri} for iri in iris]
    return {
        "leftOperand": operand,
        "operator": operator,
        "rightOperand": values[0] if operator == "eq" else values,
    }


def _codes(iris: Any, words: Mapping[str, v.Word]) -> list[str]:
    """Turn IRIs into codes; an unknown one stays as it is, for `read` to name."""
    by_iri = {word.iri: code for code, word in words.items()}
    return [by_iri.get(str(iri), str(iri)) for iri in (iris if isinstance(iris, list) else [iris])]


def _ids(value: Any) -> list[str]:
    return [
        str(x.get("@id")) if isinstance(x, dict) else str(x)
        for x in (value if isinstance(value, list) else [value])
    ]


def _read_constraint(constraint: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Put one constraint's value into `found`; return what was not understood."""
    match constraint:
        case {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": value} if len(constraint) == 3:
            found["purposes"] = [i.removeprefix(f"{v.PROFILE}:") for i in _ids(value)]
        case {"leftOperand": "recipient", "operator": "isAnyOf", "rightOperand": value} if (
            len(constraint) == 3
        ):
            found["recipients"] = _codes(_ids(value), v.RECIPIENTS)
        case {"leftOperand": "spatial", "operator": "eq", "rightOperand": value} if len(constraint) == 3:
            found["spatial"] = _codes(_ids(value), v.PLACES)[0]
        case {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": {"@value": day}}:
            found["until"] = day
        case _:
            return [f"constraint {constraint.get('leftOperand', '?')} {constraint.get('operator', '?')}"]
    return []
