# ruff: noqa: E501, ISC004 - policies are easier to read on one line
"""The evaluator of ODRL: a public suite of cases, each construct once, and what must hold for every policy."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from aifactory.cli.policy import app
from aifactory.datasets.odrl import reading
from aifactory.datasets.odrl.evaluation import evaluate, together
from aifactory.datasets.odrl.graph import Graph, NotRdf, from_json, from_turtle, load
from aifactory.datasets.odrl.model import Ask, Choice, Constraint, Logical, Policy, Request, Rule, World
from aifactory.datasets.odrl.report import answer, as_json, triples, turtle
from aifactory.datasets.odrl.values import Literal, holds
from aifactory.datasets.odrl.words import ODRL, OPERATORS, REPORT, XSD

EX = "http://example.org/"
PREFIXES = """
@prefix : <http://example.org/> .
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
@prefix sotw: <https://w3id.org/force/sotw#> .
@prefix report: <https://w3id.org/force/compliance-report#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def suite(shared: Path) -> list[tuple[str, Graph, dict[str, Graph]]]:
    """Each case of the suite with the policy, request and state that it names."""
    root = shared / "data/standards/odrl/solid-lab-cases"
    named = {}
    for folder, kind in (
        ("policies", ODRL + "Set"),
        ("requests", ODRL + "Request"),
        ("sotw", EX + "Sotw"),
    ):
        for file in (root / folder).iterdir():
            graph = load(file)
            named |= dict.fromkeys(graph.typed(kind), graph)
    cases = []
    for file in sorted((root / "test_cases").iterdir()):
        case = load(file)
        (name,) = case.typed(EX + "TestCase")
        parts = {part: named[case.iris(name, EX + part)[0]] for part in ("policy", "request", "sotw")}
        cases.append((file.stem, case, parts))
    return cases


def test_the_public_suite_agrees_on_every_rule_and_constraint(shared):
    told = {}
    for name, expected, parts in suite(shared):
        (policy,) = reading.policies(parts["policy"])
        found = evaluate(
            policy,
            reading.request(parts["request"]),
            reading.world(parts["sotw"], terms=parts["policy"]),
        )
        ours = Graph(triples(found))
        told[name] = [states(ours), states(expected, of=states(ours))]
    assert len(told) == 34
    assert {name: one for name, one in told.items() if one[0] != one[1]} == {}


def states(graph: Graph, of: dict | None = None) -> dict[tuple[str, str], str]:
    """What a report says: of each rule whether it is active, of each constraint whether it holds."""
    found = dict(of or {})
    for about, state in (("rule", "activationState"), ("constraint", "satisfactionState")):
        for node in graph.subjects(REPORT + about):
            if REPORT + "DutyReport" in graph.iris(node, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"):
                continue
            for said in graph.iris(node, REPORT + state):
                found[about, graph.iris(node, REPORT + about)[0]] = said.removeprefix(REPORT)
    return found


def decide(policy: str, request: str = "", state: str = "", **options) -> tuple[str, list[str]]:
    """The decision, and the state of each rule in the order of the policy; R is Ann reading the file."""
    terms, world = from_turtle(PREFIXES + policy), from_turtle(PREFIXES + state)
    asked = reading.request(from_turtle(PREFIXES + (request or ASKED.format(""))))
    found = [
        evaluate(one, asked, reading.world(world, terms=terms), **options) for one in reading.policies(terms)
    ]
    permitted, _ = together(found)
    return (
        "permit" if permitted else "deny",
        ["Active" if r.active else "Inactive" for one in found for r in one.rules],
    )


ASKED = ":q a odrl:Request ; odrl:permission [ odrl:assignee :ann ; odrl:action odrl:read ; odrl:target :file {} ] ."
EVALUATED = (
    ":q a sotw:EvaluationRequest ; sotw:requestingParty :ann ; sotw:requestedAction odrl:read ; "
    "sotw:requestedTarget :file ; sotw:requestParameter [ sotw:describesFeature sotw:{} ; sotw:value {} ] ."
)
RULE = ":p a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:target :file {} ] ."
NOON = ':now sotw:describesFeature sotw:TemporalData ; sotw:value "2026-06-10T12:00:00Z"^^xsd:dateTime .'


def within(left: str, operator: str, right: str) -> str:
    return RULE.format(
        f"; odrl:constraint [ odrl:leftOperand odrl:{left} ; odrl:operator odrl:{operator} ; {right} ]"
    )


def right(value: str) -> str:
    return f"odrl:rightOperand {value}"


DAY = '"2026-06-10"^^xsd:date'
CONSTRAINTS = {
    # a day is compared as people mean it: all of it
    "on the day": (within("dateTime", "eq", right(DAY)), "", NOON, "permit"),
    "until the day": (within("dateTime", "lteq", right(DAY)), "", NOON, "permit"),
    "before the day": (within("dateTime", "lt", right(DAY)), "", NOON, "deny"),
    "after the day": (within("dateTime", "gt", right(DAY)), "", NOON, "deny"),
    "not on the day": (within("dateTime", "neq", right(DAY)), "", NOON, "deny"),
    "in the year": (within("dateTime", "eq", right('"2026"^^xsd:gYear')), "", NOON, "permit"),
    "another zone": (
        within("dateTime", "eq", right('"2026-06-10T14:00:00+02:00"^^xsd:dateTime')), "", NOON, "permit",
    ),
    "no moment is known": (within("dateTime", "lteq", right(DAY)), "", "", "deny"),
    "the world's clock, not the asker's": (
        within("dateTime", "eq", right(DAY)),
        EVALUATED.format("TemporalData", '"2026-06-10T00:00:00Z"^^xsd:dateTime'),
        NOON.replace("06-10", "06-11"), "deny",
    ),
    "the asker's moment where the world has none": (
        within("dateTime", "eq", right(DAY)),
        EVALUATED.format("TemporalData", '"2026-06-10T00:00:00Z"^^xsd:dateTime'), "", "permit",
    ),
    # sets and hierarchies
    "one of": (
        within("purpose", "isAnyOf", right(":care, :study")), EVALUATED.format("Purpose", ":study"), "", "permit",
    ),
    "one of a list": (
        within("purpose", "isAnyOf", right("( :care :study )")), EVALUATED.format("Purpose", ":study"), "", "permit",
    ),
    "one of, and another": (
        within("purpose", "isAnyOf", right(":care")), EVALUATED.format("Purpose", ":care, :ads"), "", "deny",
    ),
    "none of, hit": (
        within("purpose", "isNoneOf", right(":ads")), EVALUATED.format("Purpose", ":ads"), "", "deny",
    ),
    "none of, hit from below": (
        within("purpose", "isNoneOf", right(":ads")), EVALUATED.format("Purpose", ":mail"),
        ":mail skos:broader :ads .", "deny",
    ),
    "none of, nothing said": (within("purpose", "isNoneOf", right(":ads")), "", "", "permit"),
    "equal, nothing said": (within("purpose", "eq", right(":care")), "", "", "deny"),
    "all of": (
        within("purpose", "isAllOf", right(":a, :b")), EVALUATED.format("Purpose", ":a, :b"), "", "permit",
    ),
    "a kind of": (
        within("purpose", "isA", right(":care")), EVALUATED.format("Purpose", ":triage"),
        ":triage skos:broader :aid . :aid skos:broader :care .", "permit",
    ),
    "a kind that the request describes": (
        within("purpose", "isA", right(":care")), EVALUATED.format("Purpose", ":mine") + " :mine a :care .", "",
        "permit",
    ),
    "a claim on the rule asked for": (
        within("purpose", "eq", right(":care")),
        ASKED.format("; sotw:context [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:eq ; odrl:rightOperand :care ]"),
        "", "permit",
    ),
    "part of": (
        within("spatial", "isPartOf", right(":eu")), EVALUATED.format("Spatial", ":utrecht"),
        ":utrecht odrl:partOf :nl . :nl dct:isPartOf :eu .", "permit",
    ),
    "part of, by the asker's word": (
        within("spatial", "isPartOf", right(":eu")),
        EVALUATED.format("Spatial", ":moon") + " :moon odrl:partOf :eu .", "", "deny",
    ),
    "has part": (
        within("spatial", "hasPart", right(":nl")), EVALUATED.format("Spatial", ":eu"), ":nl odrl:partOf :eu .",
        "permit",
    ),
    "a channel": (
        within("deliveryChannel", "eq", right("<https://a.example/id>")),
        EVALUATED.format("DeliveryChannel", "<https://a.example/id>"), "", "permit",
    ),
    # numbers and durations
    "a count from the books": (
        within("count", "lteq", right("3")), "", ":c sotw:describesFeature odrl:count ; sotw:value 3 .", "permit",
    ),
    "a count from the asker": (within("count", "lteq", right("3")), EVALUATED.format("Count", "0"), "", "deny"),
    "decimals": (
        within("percentage", "lt", right("10.5")), EVALUATED.format("Percentage", '"10"^^xsd:integer'), "", "permit",
    ),
    "hours and minutes": (
        within("elapsedTime", "lteq", right('"PT2H"^^xsd:duration')), "",
        ':c sotw:describesFeature odrl:elapsedTime ; sotw:value "PT120M"^^xsd:duration .', "permit",
    ),
    "months and days": (
        within("elapsedTime", "lteq", right('"P1M"^^xsd:duration')), "",
        ':c sotw:describesFeature odrl:elapsedTime ; sotw:value "P20D"^^xsd:duration .', "deny",
    ),
    "a type by odrl:dataType": (
        within("dateTime", "eq", right('"2026-06-10" ; odrl:dataType xsd:date')), "", NOON, "permit",
    ),
    "a value by reference, at hand": (
        within("count", "eq", "odrl:rightOperandReference :most") + " :most rdf:value 1 .", "",
        ":c sotw:describesFeature odrl:count ; sotw:value 1 .", "permit",
    ),
    "a value by reference, elsewhere": (
        within("count", "eq", "odrl:rightOperandReference <https://a.example/most>"), "",
        ":c sotw:describesFeature odrl:count ; sotw:value 1 .", "deny",
    ),
    "not a number": (within("count", "eq", right('"x"^^xsd:integer')), "", "", "deny"),
    # what nobody knows
    "an unknown left operand": (
        within("mood", "eq", right(":good")), EVALUATED.format("Mood", ":good"), "", "deny",
    ),
    "an unknown operator": (
        within("purpose", "isLike", right(":care")), EVALUATED.format("Purpose", ":care"), "", "deny",
    ),
    "a declared left operand": (
        within("x", "eq", right(":good")).replace("odrl:x", ":mood") + " :mood a odrl:LeftOperand .",
        ":r sotw:describesFeature :mood ; sotw:value :good . " + ASKED.format(""), "", "permit",
    ),
    "an unknown word on the rule": (RULE.format("; odrl:unless :monday"), "", "", "deny"),
    "an annotation on the rule": (RULE.format('; dct:description "Read it."'), "", "", "permit"),
    "an unknown word on the policy": (RULE.format("") + " :p odrl:undefined odrl:support .", "", "", "deny"),
    "an unknown profile": (RULE.format("") + " :p odrl:profile :other .", "", "", "deny"),
    "an unknown action": (RULE.format("; odrl:action :dance"), "", "", "deny"),
    "a rule of which nothing is said": (":p a odrl:Set ; odrl:permission :gone .", "", "", "deny"),
    "no rule at all": (":p a odrl:Set .", "", "", "deny"),
}  # fmt: skip


@pytest.mark.parametrize("case", CONSTRAINTS)
def test_each_construct_means_what_the_information_model_says(case):
    policy, request, state, expected = CONSTRAINTS[case]
    assert decide(policy, request, state)[0] == expected


def joined(operator: str, *holding: bool) -> str:
    """A permission under constraints on the moment, some that hold and some that do not."""
    parts = "".join(
        f"[ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:{'lteq' if x else 'gt'} ; odrl:rightOperand {DAY} ] "
        for x in holding
    )
    return RULE.format(f"; odrl:constraint [ odrl:{operator} ( {parts}) ]")


@pytest.mark.parametrize(
    ("operator", "holding", "expected"),
    [
        ("and", (True, True), "permit"), ("and", (True, False), "deny"),
        ("or", (False, True), "permit"), ("or", (False, False), "deny"),
        ("xone", (True, False, False), "permit"), ("xone", (True, True), "deny"), ("xone", (False, False), "deny"),
        ("andSequence", (True, True), "permit"), ("andSequence", (True, False), "deny"),
    ],
)  # fmt: skip
def test_logical_constraints(operator, holding, expected):
    assert decide(joined(operator, *holding), state=NOON)[0] == expected


def test_an_unknown_word_denies_even_where_another_branch_would_do():
    policy = joined("or", True).replace("( [", "( [ odrl:leftOperand :mood ] [")
    assert decide(policy, state=NOON) == ("deny", ["Inactive"])


FILE = "odrl:action odrl:read ; odrl:target :file"
WHO = {
    "several actions": ("odrl:action odrl:modify, odrl:read ; odrl:target :file", "", "permit"),
    "an outdated word": ("odrl:action odrl:copy ; odrl:target :file", "", "deny"),
    "selling is no use": ("odrl:action odrl:transfer ; odrl:target :file", "", "deny"),
    "a collection": (f"{FILE} ; odrl:assignee :staff", ":ann odrl:partOf :ward . :ward odrl:partOf :staff .", "permit"),
    "the collection's source": (
        f"{FILE} ; odrl:assignee [ a odrl:PartyCollection ; odrl:source :staff ]", ":ann odrl:partOf :staff .", "permit",
    ),
    "no member": (f"{FILE} ; odrl:assignee :staff", ":bob odrl:partOf :staff .", "deny"),
    "a refined collection": (
        f"{FILE} ; odrl:assignee [ odrl:source :staff ; odrl:refinement [ odrl:leftOperand :age ; odrl:operator "
        "odrl:gteq ; odrl:rightOperand 18 ] ]", ":ann odrl:partOf :staff ; :age 40 . :age a odrl:LeftOperand .", "deny",
    ),
    "a refined action": (
        "odrl:target :file ; odrl:action [ rdf:value odrl:read ; odrl:refinement [ odrl:leftOperand "
        f"odrl:dateTime ; odrl:operator odrl:lt ; odrl:rightOperand {DAY} ] ]", "", "deny",
    ),
    "a broader action, refined": (
        "odrl:target :file ; odrl:action [ rdf:value odrl:use ; odrl:refinement [ odrl:leftOperand "
        f"odrl:dateTime ; odrl:operator odrl:eq ; odrl:rightOperand {DAY} ] ]", "", "permit",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WHO)
def test_actions_parties_and_assets(case):
    rule, state, expected = WHO[case]
    assert decide(f":p a odrl:Set ; odrl:permission [ {rule} ] .", state=state + NOON)[0] == expected


def test_a_refinement_on_a_party_reads_the_party_and_needs_its_operand_declared_by_the_policy():
    rule = WHO["a refined collection"][0]
    policy = f":p a odrl:Set ; odrl:permission [ {rule} ] . :age a odrl:LeftOperand ."
    assert decide(policy, state=":ann odrl:partOf :staff ; :age 40 .")[0] == "permit"
    assert decide(policy, state=":ann odrl:partOf :staff ; :age 12 .")[0] == "deny"


def test_what_a_policy_says_once_holds_for_each_of_its_rules():
    compact = (
        ":p a odrl:Set ; odrl:action odrl:read ; odrl:permission [ odrl:target :file ; odrl:assignee :ann ] ."
    )
    assert decide(compact)[0] == "permit"
    assert decide(compact, ASKED.format("").replace("odrl:read", "odrl:sell"))[0] == "deny"
    named = (
        "[] a odrl:Asset ; odrl:hasPolicy :p . :p a odrl:Set ; odrl:permission [ odrl:action odrl:read ] ."
    )
    assert decide(named)[0] == "deny"
    assert decide(named.replace("[] a", ":file a"))[0] == "permit"


def test_rules_are_inherited_and_a_parent_that_is_not_at_hand_denies():
    child = ":p a odrl:Set ; odrl:inheritFrom :q ; odrl:permission [ odrl:action odrl:read ; odrl:target :other ] ."
    parent = f":q a odrl:Set ; odrl:permission [ {FILE} ] ."
    assert decide(child + parent) == ("permit", ["Inactive", "Active"])
    assert decide(child + f" :p odrl:permission [ {FILE} ] .")[0] == "deny"
    assert decide(child + parent + " :q odrl:inheritFrom :p .")[0] == "deny"


BOTH = ":p a odrl:Set {} ; odrl:permission [ odrl:action odrl:use ] ; odrl:prohibition [ odrl:action odrl:read ] ."


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [("", "deny"), ("; odrl:conflict odrl:perm", "permit"), ("; odrl:conflict odrl:prohibit", "deny"),
     ("; odrl:conflict odrl:invalid", "deny"), ("; odrl:conflict odrl:maybe", "deny")],
)  # fmt: skip
def test_a_permission_and_a_prohibition_of_the_same(strategy, expected):
    assert decide(BOTH.format(strategy)) == (expected, ["Active", "Active"])


def test_a_prohibition_that_cannot_be_ruled_out_forbids_and_is_not_reported_as_active():
    unclear = BOTH.format("").replace(
        "odrl:action odrl:read", "odrl:action odrl:read ; odrl:constraint [ odrl:leftOperand :mood ; odrl:operator "
        "odrl:eq ; odrl:rightOperand :bad ]",
    )  # fmt: skip
    assert decide(unclear) == ("deny", ["Active", "Inactive"])
    assert decide(unclear.replace("odrl:action odrl:read", "odrl:action odrl:sell")) == (
        "permit",
        ["Active", "Inactive"],
    )


def test_of_two_policies_one_must_permit_and_none_forbid():
    other = ":r a odrl:Set ; odrl:prohibition [ odrl:action odrl:read ] ."
    assert (
        decide(RULE.format("") + ":r a odrl:Set ; odrl:permission [ odrl:action odrl:sell ] .")[0] == "permit"
    )
    assert decide(RULE.format("") + other)[0] == "deny"


PAID = RULE.format("; odrl:duty :pay") + " :pay a odrl:Duty ; odrl:action odrl:compensate {} ."
BY_MAY = '; odrl:constraint [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lteq ; odrl:rightOperand "2026-05-31"^^xsd:date ]'


def reported(duty: str, performance: str) -> str:
    return f":d{duty} a report:DutyReport ; report:rule :{duty} ; report:performanceState report:{performance} . "


@pytest.mark.parametrize(
    ("duty", "state", "eventually", "before"),
    [
        ("", "", "permit", "deny"),
        ("", reported("pay", "Performed"), "permit", "permit"),
        ("", reported("pay", "Unperformed"), "deny", "deny"),
        (BY_MAY, NOON, "deny", "deny"),  # its last day has passed
        (BY_MAY, NOON.replace("06-10", "05-10"), "permit", "deny"),
        (
            BY_MAY.replace("2026-05-31", "2026-06-10"),
            NOON,
            "permit",
            "deny",
        ),  # at its last day there is still time
        (
            BY_MAY.replace("lteq", "lt").replace("2026-05-31", "2026-06-10"),
            NOON,
            "deny",
            "deny",
        ),  # before it: none
        (BY_MAY.replace("lteq", "lt").replace("2026-05-31", "2026-06-11"), NOON, "permit", "deny"),
        (BY_MAY, NOON + reported("pay", "Performed"), "permit", "permit"),
        ("; odrl:consequence :fine", reported("pay", "Unperformed"), "deny", "deny"),
        ("; odrl:constraint [ odrl:leftOperand :mood ]", "", "deny", "deny"),
    ],
)
def test_duties_may_be_done_later_unless_they_must_come_first(duty, state, eventually, before):
    policy = PAID.format(duty) + (" :fine odrl:action odrl:pay ." if "fine" in duty else "")
    assert decide(policy, state=state)[0] == eventually
    assert decide(policy, state=state, duties_first=True)[0] == before


def test_a_violated_duty_that_was_done_after_all_is_healed_by_its_consequence():
    policy = PAID.format("; odrl:consequence :fine") + " :fine odrl:action odrl:pay ."
    late = reported("pay", "Performed") + " :dpay report:deonticState report:Violated . "
    assert decide(policy, state=late)[0] == "deny"
    assert decide(policy, state=late + reported("fine", "Performed"))[0] == "permit"


def test_without_a_request_rules_are_evaluated_as_nobodys_attempt():
    terms = from_turtle(PREFIXES + RULE.format(""))
    (policy,) = reading.policies(terms)
    found = answer([evaluate(policy, Request(), World())])
    assert (found["decision"], found["rules"][0]["attemptState"]) == ("deny", "NotAttempted")


constraints = st.builds(
    Constraint,
    id=st.just("urn:c"),
    left=st.sampled_from([ODRL + "purpose", ODRL + "count", ODRL + "dateTime"]),
    operator=st.sampled_from(sorted(OPERATORS)),
    right=st.lists(
        st.sampled_from([EX + "a", EX + "b", Literal("1", XSD + "integer"), Literal("2026-06-10", XSD + "date")]),
        min_size=1, max_size=2,
    ).map(tuple),
)  # fmt: skip
anything = st.recursive(
    constraints,
    lambda inner: st.builds(
        Logical, id=st.just("urn:l"), operator=st.sampled_from([ODRL + x for x in ("and", "or", "xone")]),
        parts=st.lists(inner, min_size=1, max_size=3).map(tuple),
    ),
    max_leaves=4,
)  # fmt: skip
rules = st.builds(
    Rule,
    id=st.sampled_from(["urn:r1", "urn:r2"]),
    is_permission=st.booleans(),
    actions=st.sampled_from([(), (Choice((ODRL + "use",)),), (Choice((ODRL + "sell",)),)]),
    constraints=st.lists(anything, max_size=2).map(tuple),
)
policies = st.builds(
    Policy,
    id=st.just("urn:p"),
    rules=st.lists(rules, max_size=4).map(tuple),
    conflict=st.sampled_from(["perm", "prohibit", "invalid"]),
)
REQUEST = Request(
    "urn:q", (Ask("urn:q", "urn:ann", ODRL + "read", "urn:file"),), {ODRL + "purpose": (EX + "a",)}
)
WORLD = World(
    Literal("2026-06-10T12:00:00Z", XSD + "dateTime"), {ODRL + "count": (Literal("1", XSD + "integer"),)}
)
UNKNOWN = Constraint("urn:u", EX + "mood", ODRL + "eq", (EX + "good",), problems=("leftOperand",))
NEVER = Constraint("urn:n", ODRL + "count", ODRL + "gt", (Literal("9", XSD + "integer"),))


FEW = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(policies)
def test_what_is_permitted_is_permitted_by_a_rule_and_forbidden_by_none(policy):
    found = evaluate(policy, REQUEST, WORLD)
    active = [(r.rule.is_permission, r.active) for r in found.rules]
    if found.permitted:
        assert (True, True) in active
        assert policy.conflict == "perm" or (False, True) not in active
    else:
        assert found.reasons


@FEW
@given(rules, st.sampled_from([UNKNOWN, NEVER]))
def test_one_more_constraint_that_does_not_hold_or_is_unknown_never_activates_a_rule(rule, extra):
    narrower = Rule(rule.id, rule.is_permission, rule.actions, constraints=(*rule.constraints, extra))
    (found,) = evaluate(Policy("urn:p", rules=(narrower,)), REQUEST, WORLD).rules
    assert not found.active


@FEW
@given(policies)
def test_a_report_is_the_same_every_time_and_survives_turtle(policy):
    report = triples(evaluate(policy, REQUEST, WORLD))
    assert report == triples(evaluate(policy, REQUEST, WORLD))
    assert set(from_turtle(turtle(report)).triples()) == set(Graph(report).triples())
    assert len(as_json(report)["@graph"]) == len({s for s, _, _ in report})


terms_of_time = st.sampled_from([Literal(x, XSD + y) for x, y in (
    ("2026-06-10", "date"), ("2026-06-11", "date"), ("2026-06-10T12:00:00Z", "dateTime"), ("2026", "gYear"),
    ("2026-06", "gYearMonth"), ("2026-06-10T23:00:00-02:00", "dateTime"), ("2026-06-10", "string"), ("5", "integer"),
)])  # fmt: skip


@given(terms_of_time, terms_of_time)
def test_comparisons_agree_with_each_other(one, other):
    said = {name: holds(ODRL + name, one, other) for name in ("eq", "neq", "lt", "lteq", "gt", "gteq")}
    back = {name: holds(ODRL + name, other, one) for name in ("lt", "gt")}
    assert not (said["eq"] and said["neq"])
    assert not (said["lt"] and (not said["lteq"] or said["gteq"] or said["eq"]))
    assert (said["lt"], said["gt"]) == (back["gt"], back["lt"])


json_values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=6) | st.sampled_from(["odrl:use", "permission", "_:policy"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["permission", "action", "constraint", "and", "@id", "@type", "duty", "target", "x"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@FEW
@given(json_values)
def test_a_strange_policy_is_read_without_an_error(strange):
    graph = from_json({"@type": "Set", "uid": "urn:p", "permission": strange, "prohibition": strange})
    for policy in reading.policies(graph):
        evaluate(policy, REQUEST, WORLD)
    reading.request(graph)
    reading.world(graph)


def test_a_constraint_that_holds_itself_twice_ends_and_denies():
    loop = RULE.format("; odrl:constraint :c") + " :c odrl:and ( :c :c ) ."
    assert decide(loop, state=NOON) == ("deny", ["Inactive"])
    again = (
        PAID.format("; odrl:consequence :pay, :fine")
        + " :fine odrl:action odrl:pay ; odrl:consequence :pay, :fine ."
    )
    assert decide(again)[0] == "deny"


def test_what_is_no_turtle_is_refused_with_a_sentence():
    with pytest.raises(NotRdf, match="is not Turtle"):
        from_turtle("this is not it")


def test_the_command_tells_of_each_rule_whether_it_is_active(tmp_path):
    files = {
        "policy": PAID.format("") + " :p odrl:prohibition [ odrl:action odrl:sell ] .",
        "request": ASKED.format(""),
        "state": NOON,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(PREFIXES + text)
    arguments = [x for name in files for x in (f"--{name}", str(tmp_path / name))]
    told = json.loads(CliRunner().invoke(app, ["evaluate", *arguments, "--json"]).stdout)
    assert (told["decision"], told["policy"], told["at"]) == ("permit", EX + "p", "2026-06-10T12:00:00Z")
    assert [(r["type"], r["active"], [d["deonticState"] for d in r["duties"]]) for r in told["rules"]] == [
        ("permission", True, ["NonSet"]),
        ("prohibition", False, []),
    ]
    plain = CliRunner().invoke(app, ["evaluate", *arguments]).stdout.splitlines()
    assert (plain[0], plain[1].split()[:2]) == ("permit", ["Active", "permission"])
    report = from_turtle(CliRunner().invoke(app, ["evaluate", *arguments, "--turtle"]).stdout)
    assert len(report.typed(REPORT + "PermissionReport", REPORT + "ProhibitionReport")) == 2
