"""The terms under which a dataset may be used: typed, closed, readable by people, and decided by the machine.

A small profile of ODRL 2.2 (W3C Recommendation, 2018), published by `profile`: one permission with constraints
on purpose, recipient, spatial, virtualLocation, dateTime and count, duties, and standing prohibitions. What a
policy does not say, or says in words that are not in `vocabulary`, is denied. The decision is made by `odrl`, on
the published form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from aifactory.datasets import profile
from aifactory.datasets import vocabulary as v
from aifactory.datasets.odrl.evaluation import RuleResult as RuleOutcome
from aifactory.datasets.odrl.evaluation import evaluate
from aifactory.datasets.odrl.graph import from_json
from aifactory.datasets.odrl.model import Ask, Constraint, DutyRecord, Policy, Request, World
from aifactory.datasets.odrl.reading import policies
from aifactory.datasets.odrl.values import Literal, Term
from aifactory.datasets.odrl.words import ODRL, XSD
from aifactory.kit.errors import FieldError, Invalid

SCHEMA = "aifactory/terms/1"
_TERMS, _DATA = "urn:terms", "urn:data"


@dataclass(frozen=True)
class Terms:
    """What is allowed, to whom, where, when, how often, and what must be done in return.

    `since` and `until` are the first and the last day (UTC) of use, None for no such day; `count` is the most
    runs that may be given the data. `environment` is where it must be used, empty for the usual walls of a job.
    `unknown` lists what could not be understood when the terms were read: such
    terms deny everything.
    """

    purposes: tuple[str, ...]
    actions: tuple[str, ...]
    recipients: tuple[str, ...]
    spatial: str = "EEA"
    until: date | None = None
    duties: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    since: date | None = None
    count: int | None = None
    environment: str = ""

    def document(self) -> dict[str, Any]:
        """Return the terms as plain JSON, lists in the order of the vocabulary."""
        return {
            "schema": SCHEMA,
            "purposes": _ordered(self.purposes, v.PURPOSES),
            "actions": _ordered(self.actions, v.ACTIONS),
            "recipients": _ordered(self.recipients, v.RECIPIENTS),
            "spatial": self.spatial,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "count": self.count,
            "duties": _ordered(self.duties, v.DUTIES),
            # Only where it is asked for, so that what was digested before these words were there reads the same.
            **({"environment": self.environment} if self.environment else {}),
        }


@dataclass(frozen=True)
class UseRequest:
    """Who wants to do what, for what, from where, on which day. Values are codes of `vocabulary`.

    `uses` is how many runs were given the data before; `violated` which duties were not met in time; `environment`
    where it would be used, empty for anywhere outside a secure environment.
    """

    purpose: str
    action: str
    recipient: str
    country: str
    on: date
    uses: int = 0
    violated: frozenset[str] = frozenset()
    environment: str = ""


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
    since = _day("since", document.get("since"), unknown)
    until = _day("until", document.get("until"), unknown)
    count = document.get("count")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
        unknown.append(f"count {count}")
        count = None
    environment = document.get("environment")
    if environment not in (None, "", *v.ENVIRONMENTS):
        unknown.append(f"environment {environment}")
    return Terms(
        **lists,
        spatial=spatial,
        until=until,
        unknown=tuple(unknown),
        since=since,
        count=count,
        environment=str(environment or ""),
    )


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
    if terms.environment and "download" in terms.actions:
        told = _("Data that stays in the secure environment can't be downloaded. Choose one of the two.")
        errors.append(FieldError("environment", told, "no download from the secure environment"))
    if errors:
        raise Invalid(errors)
    return terms


def decide(terms: Terms | Mapping[str, Any], request: UseRequest) -> Decision:
    """Hold the terms, as they are published in ODRL, against a request; what is not understood denies."""
    terms = terms if isinstance(terms, Terms) else read(terms)
    found = evaluate(_policy(replace(terms, unknown=())), _asked(request), _known(terms, request))
    permission = next(r for r in found.rules if r.rule.is_permission)
    passed = _by_operand(permission) | {
        "understood": not terms.unknown,
        "action": all(p.holds is True for p in permission.premises),
        "duties": all(d.deontic != "Violated" for d in permission.duties),
    }
    results = tuple(
        RuleResult(rule, passed.get(rule, True), *sentences)
        for rule, sentences in _sentences(terms, request).items()
    )
    return Decision(found.permitted and not terms.unknown, results)


@lru_cache(maxsize=1024)
def _policy(terms: Terms) -> Policy:
    """Return the terms as the evaluator reads them: from the very ODRL that we publish."""
    document = to_odrl(terms, uid=_TERMS, kind="Set", target=_DATA, assigner="urn:holder")
    (policy,) = policies(from_json(document) + profile.graph(), profiles=[v.PROFILE])
    return policy


def _asked(request: UseRequest) -> Request:
    values: dict[str, tuple[Term, ...]] = {
        ODRL + "purpose": (profile.purpose(request.purpose),),
        ODRL + "recipient": (profile.iri(v.RECIPIENTS, request.recipient),),
        ODRL + "spatial": (profile.country(request.country),),
    }
    if request.environment:
        values[ODRL + "virtualLocation"] = (profile.iri(v.ENVIRONMENTS, request.environment),)
    action = profile.iri(v.ACTIONS, request.action)
    return Request("urn:request", (Ask("urn:request", "urn:user", action, _DATA),), values)


def _known(terms: Terms, request: UseRequest) -> World:
    return World(
        now=Literal(request.on.isoformat(), XSD + "date"),
        values={ODRL + "count": (Literal(str(request.uses + 1), XSD + "integer"),)},
        parts={profile.country(request.country): profile.places(request.country)},
        duties={
            f"{_TERMS}#{code}": DutyRecord("Unperformed", "Violated")
            for code in terms.duties
            if code in request.violated
        },
    )


def _by_operand(permission: RuleOutcome) -> dict[str, bool]:
    """Name the outcome of each constraint by what the terms call it."""
    passed: dict[str, bool] = {}
    for result in permission.constraints:
        constraint = result.constraint
        if isinstance(constraint, Constraint):
            name = constraint.left.removeprefix(ODRL)
            if name == "dateTime":
                name = "since" if constraint.operator == ODRL + "gteq" else "until"
            passed["environment" if name == "virtualLocation" else name] = result.holds is True
    return passed


def _sentences(terms: Terms, request: UseRequest) -> dict[str, tuple[str, str]]:
    """Return what each rule says when it says no, in English and Dutch."""
    where = v.PLACES.get(terms.spatial)
    since = terms.since.isoformat() if terms.since else ""
    until = terms.until.isoformat() if terms.until else ""
    broken = [code for code in terms.duties if code in request.violated]
    inside = terms.environment
    return {
        "understood": (
            f"The terms use words that this factory does not know: {', '.join(terms.unknown)}.",
            f"De voorwaarden gebruiken woorden die deze fabriek niet kent: {', '.join(terms.unknown)}.",
        ),
        "purpose": (
            f"The terms do not allow the purpose “{_label(v.PURPOSES, request.purpose, 'en')}”.",
            f"De voorwaarden staan het doel ‘{_label(v.PURPOSES, request.purpose, 'nl')}’ niet toe.",
        ),
        "action": (
            f"The terms do not allow to {_label(v.ACTIONS, request.action, 'en')}.",
            f"De voorwaarden staan dit niet toe: {_label(v.ACTIONS, request.action, 'nl')}.",
        ),
        "recipient": (
            f"The terms are not for {_label(v.RECIPIENTS, request.recipient, 'en')}.",
            f"De voorwaarden zijn niet voor {_label(v.RECIPIENTS, request.recipient, 'nl')}.",
        ),
        "spatial": (
            f"The user must be established in {where.en if where else terms.spatial}.",
            f"De gebruiker moet gevestigd zijn in {where.nl if where else terms.spatial}.",
        ),
        "environment": (
            f"It may only be used {_label(v.ENVIRONMENTS, inside, 'en')}.",
            f"Het mag alleen gebruikt worden {_label(v.ENVIRONMENTS, inside, 'nl')}.",
        ),
        "since": (f"The terms begin on {since}.", f"De voorwaarden beginnen op {since}."),
        "until": (f"The terms ended after {until}.", f"De voorwaarden eindigden na {until}."),
        "count": (
            f"The terms allow {terms.count} runs, and {request.uses} have been given the data.",
            f"De voorwaarden staan {terms.count} taken toe, en {request.uses} kregen de gegevens al.",
        ),
        "duties": (
            f"A duty was not met: {', '.join(_label(v.DUTIES, x, 'en') for x in broken)}.",
            f"Een plicht is niet nagekomen: {', '.join(_label(v.DUTIES, x, 'nl') for x in broken)}.",
        ),
    }


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
    if terms.environment:
        inside = v.ENVIRONMENTS[terms.environment].label(language)
        lines.append(("Alleen {}." if dutch else "Only {}.").format(inside))
    if terms.since:
        lines.append(("Vanaf {}." if dutch else "From {} on.").format(terms.since.isoformat()))
    if terms.until:
        lines.append(
            ("Tot en met {}." if dutch else "Until {} at the latest.").format(terms.until.isoformat())
        )
    if terms.count:
        lines.append(("Voor hoogstens {} taken." if dutch else "For at most {} runs.").format(terms.count))
    if terms.duties:
        lines.append(("Verplicht: {}." if dutch else "You must {}.").format(said(terms.duties, v.DUTIES)))
    return lines


def to_odrl(
    terms: Terms, *, uid: str, kind: str, target: str, assigner: str, assignee: str = ""
) -> dict[str, Any]:
    """Return the terms as an ODRL 2.2 policy in JSON-LD: an `Offer` or `Agreement`; the rest are IRIs."""
    place = profile.iri(v.PLACES, terms.spatial)
    constraints = [
        _constraint("purpose", "isAnyOf", [{"@id": profile.purpose(p)} for p in terms.purposes]),
        _constraint(
            "recipient", "isAnyOf", [{"@id": profile.iri(v.RECIPIENTS, r)} for r in terms.recipients]
        ),
        _constraint("spatial", "isPartOf", {"@id": place}),
    ]
    if terms.environment:
        inside = profile.iri(v.ENVIRONMENTS, terms.environment)
        constraints.append(_constraint("virtualLocation", "isAnyOf", [{"@id": inside}]))
    for operator, day in (("gteq", terms.since), ("lteq", terms.until)):
        if day:
            constraints.append(
                _constraint("dateTime", operator, {"@value": day.isoformat(), "@type": "xsd:date"})
            )
    if terms.count:
        most = {"@value": str(terms.count), "@type": "xsd:integer"}
        constraints.append(_constraint("count", "lteq", most))
    parties = {"assigner": assigner} | ({"assignee": assignee} if assignee else {})
    permission = {
        "target": target,
        **parties,
        "action": [profile.iri(v.ACTIONS, a) for a in terms.actions],
        "constraint": constraints,
        "duty": [{"uid": f"{uid}#{d}", "action": profile.iri(v.DUTIES, d)} for d in terms.duties],
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
    found: dict[str, Any] = {"spatial": "", "purposes": [], "recipients": [], "schema": SCHEMA}
    constraints = _dicts(permission.get("constraint"))
    for constraint in constraints:
        unknown += _read_constraint(constraint, found)
    operands = [f"{c.get('leftOperand')} {c.get('operator')}" for c in constraints]
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
_FIELDS = {"schema", "spatial", "since", "until", "count", "environment", *_LISTS}
_POLICY_KEYS = {"@context", "@type", "uid", "profile", "permission", "prohibition"}
_PERMISSION_KEYS = {"target", "assigner", "assignee", "action", "constraint", "duty"}
_FORBIDDEN = {p.iri for p in v.PROHIBITIONS}


def _ordered(codes: Any, words: Mapping[str, v.Word]) -> list[str]:
    return [w for w in words if w in codes]


def _label(words: Mapping[str, v.Word], code: str, language: str) -> str:
    return words[code].label(language) if code in words else code[:80]


def _day(field: str, value: Any, unknown: list[str]) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        unknown.append(f"{field} {value}")
        return None


def _dicts(value: Any) -> list[dict[str, Any]]:
    """Anything that is not a list of objects reads as one object that nobody understands."""
    if value is None:
        return []
    return value if isinstance(value, list) and all(isinstance(x, dict) for x in value) else [{"?": value}]


def _constraint(operand: str, operator: str, right: Any) -> dict[str, Any]:
    return {"leftOperand": operand, "operator": operator, "rightOperand": right}


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
    strange = [f"constraint {constraint.get('leftOperand', '?')} {constraint.get('operator', '?')}"]
    match constraint:
        case _ if len(constraint) != 3:
            return strange
        case {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": value}:
            found["purposes"] = [i.removeprefix(f"{v.PROFILE}:") for i in _ids(value)]
        case {"leftOperand": "recipient", "operator": "isAnyOf", "rightOperand": value}:
            found["recipients"] = _codes(_ids(value), v.RECIPIENTS)
        case {"leftOperand": "spatial", "operator": "isPartOf", "rightOperand": value}:
            found["spatial"] = ", ".join(_codes(_ids(value), v.PLACES))
        case {"leftOperand": "virtualLocation", "operator": "isAnyOf", "rightOperand": value}:
            found["environment"] = ", ".join(_codes(_ids(value), v.ENVIRONMENTS))
        case {"leftOperand": "dateTime", "operator": "gteq" | "lteq", "rightOperand": {"@value": day}}:
            found["since" if constraint["operator"] == "gteq" else "until"] = day
        case {"leftOperand": "count", "operator": "lteq", "rightOperand": {"@value": str(most)}} if (
            most.isascii() and most.isdigit()
        ):
            found["count"] = int(most)
        case _:
            return strange
    return []
