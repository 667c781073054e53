from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.datasets import profile
from aifactory.datasets import vocabulary as v
from aifactory.datasets.odrl.graph import from_json, from_turtle
from aifactory.datasets.odrl.reading import policies
from aifactory.datasets.terms import Terms, UseRequest, decide, from_odrl, read, to_odrl, words, write
from aifactory.kit.errors import FieldError, Invalid

TERMS = Terms(
    purposes=("scientific-research", "research-and-development-of-diagnostic-support"),
    actions=("analyse", "train"),
    recipients=("research", "hospital"),
    spatial="EEA",
    until=date(2027, 6, 30),
    duties=("attribute", "delete-at-end"),
    since=date(2026, 1, 1),
    count=20,
)
REQUEST = UseRequest("scientific-research", "train", "hospital", "NO", date(2027, 6, 30))
IRIS = {"uid": "urn:offer:1", "kind": "Offer", "target": "urn:set:1", "assigner": "urn:org:1"}


def some(words):
    return st.lists(st.sampled_from(sorted(words)), min_size=1, unique=True).map(
        lambda chosen: tuple(w for w in words if w in chosen)
    )


terms = st.builds(
    Terms,
    purposes=some(v.PURPOSES),
    actions=some(v.ACTIONS),
    recipients=some(v.RECIPIENTS),
    spatial=st.sampled_from(sorted(v.PLACES)),
    since=st.none() | st.dates(),
    until=st.none() | st.dates(),
    count=st.none() | st.integers(1, 9),
    duties=st.just(()) | some(v.DUTIES),
    environment=st.sampled_from(["", *v.ENVIRONMENTS]),
)
requests = st.builds(
    UseRequest,
    purpose=st.sampled_from([*v.PURPOSES, "spying"]),
    action=st.sampled_from([*v.ACTIONS, "sell"]),
    recipient=st.sampled_from([*v.RECIPIENTS, "nobody"]),
    country=st.sampled_from(["NL", "DE", "NO", "US", "nl", ""]),
    on=st.dates(),
    uses=st.integers(0, 10),
    violated=st.frozensets(st.sampled_from([*v.DUTIES]), max_size=2),
    environment=st.sampled_from(["", *v.ENVIRONMENTS]),
)
RULES = (
    "understood", "purpose", "action", "recipient", "spatial", "environment", "since", "until", "count", "duties",
)  # fmt: skip


def test_a_request_within_the_terms_is_allowed_until_the_last_day():
    decision = decide(TERMS, REQUEST)
    assert decision.allowed
    assert [(r.rule, r.passed) for r in decision.results] == [(rule, True) for rule in RULES]


DENIED = {
    "purpose": ({"purpose": "education"}, "The terms do not allow the purpose “Education and training”."),
    "action": ({"action": "download"}, "The terms do not allow to download a copy."),
    "recipient": ({"recipient": "company"}, "The terms are not for companies."),
    "spatial": ({"country": "US"}, "The user must be established in the European Economic Area."),
    "since": ({"on": date(2025, 12, 31)}, "The terms begin on 2026-01-01."),
    "until": ({"on": date(2027, 7, 1)}, "The terms ended after 2027-06-30."),
    "count": ({"uses": 20}, "The terms allow 20 runs, and 20 have been given the data."),
    "duties": (
        {"violated": frozenset({"attribute", "report"})},
        "A duty was not met: name the holder in every result.",
    ),
}


@pytest.mark.parametrize("rule", DENIED)
def test_each_rule_denies_alone_and_says_why(rule):
    change, sentence = DENIED[rule]
    decision = decide(TERMS, UseRequest(**(REQUEST.__dict__ | change)))
    assert not decision.allowed
    assert [r.rule for r in decision.results if not r.passed] == [rule]
    assert decision.reasons() == [sentence]
    assert decision.reasons("nl") != decision.reasons("en")


@pytest.mark.parametrize("way", sorted(v.ENVIRONMENTS))
def test_each_way_of_the_secure_environment_is_itself_alone(way):
    """No way stands in for another, and none goes together with a download."""
    inside = replace(TERMS, environment=way)
    allowed = {
        other
        for other in ["", *v.ENVIRONMENTS]
        if decide(inside, replace(REQUEST, environment=other)).allowed
    }
    assert allowed == {way}
    with pytest.raises(Invalid, match="can't be downloaded"):
        write(inside.document() | {"actions": ["analyse", "download"]})
    seen = "people who are named see the data in a notebook and may not copy it"
    said = words(inside)[4]
    assert (seen in said, "nobody of the project sees the data" in said) == (way in v.SEEN, way not in v.SEEN)
    assert ("by two people" in said) == way.endswith("-two-checkers")


def test_what_stays_in_the_secure_environment_is_used_nowhere_else():
    inside = replace(TERMS, environment="blind")
    assert decide(inside, replace(REQUEST, environment="blind")).allowed
    outside = decide(inside, REQUEST)
    assert [r.rule for r in outside.results if not r.passed] == ["environment"]
    assert outside.reasons()[0].startswith(
        "It may only be used in the secure environment: nobody of the project"
    )
    assert (
        "Alleen in de beveiligde omgeving: niemand van het project ziet de gegevens" in words(inside, "nl")[4]
    )
    assert "environment" not in TERMS.document()


@given(terms)
def test_terms_survive_the_trip_through_json_and_odrl(given_terms):
    assert read(given_terms.document()) == given_terms
    assert from_odrl(to_odrl(given_terms, **IRIS)) == given_terms


@given(terms, requests)
def test_the_verdict_is_the_same_however_the_terms_are_written(given_terms, request):
    verdict = decide(given_terms, request).allowed
    assert verdict == (
        request.purpose in given_terms.purposes
        and request.action in given_terms.actions
        and request.recipient in given_terms.recipients
        and (given_terms.spatial == "any" or request.country in v.COUNTRIES[given_terms.spatial])
        and given_terms.environment in {"", request.environment}
        and (given_terms.since is None or given_terms.since <= request.on)
        and (given_terms.until is None or request.on <= given_terms.until)
        and (given_terms.count is None or request.uses < given_terms.count)
        and not request.violated & set(given_terms.duties)
    )
    assert verdict == all(result.passed for result in decide(given_terms, request).results)
    assert decide(given_terms.document(), request).allowed == verdict
    assert decide(from_odrl(to_odrl(given_terms, **IRIS)), request).allowed == verdict


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(list(v.PURPOSES)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(list(TERMS.document())) | st.text(max_size=10), json_values)
def test_one_strange_value_denies_and_never_widens(key, value):
    document = TERMS.document() | {key: value}
    decision = decide(document, REQUEST)
    if decision.allowed:
        assert read(document).unknown == ()
    for purpose in set(v.PURPOSES) - set(read(document).purposes):
        assert not decide(document, UseRequest(purpose, "train", "hospital", "NO", date(2027, 1, 1))).allowed


@given(st.sampled_from(["permission", "prohibition", "profile", "obligation", "@context"]), json_values)
def test_a_strange_policy_is_read_without_an_error(key, value):
    from_odrl(to_odrl(TERMS, **IRIS) | {key: value})


STRANGE = {
    "another profile": lambda p: p | {"profile": "urn:other"},
    "an obligation": lambda p: p | {"obligation": [{"action": "compensate"}]},
    "two permissions": lambda p: p | {"permission": p["permission"] * 2},
    "no prohibition": lambda p: {k: x for k, x in p.items() if k != "prohibition"},
    "an unknown constraint": lambda p: changed(p, constraint=[{"leftOperand": "count", "operator": "gt"}]),
    "an unknown operator": lambda p: changed(
        p, constraint=[{"leftOperand": "purpose", "operator": "isNoneOf", "rightOperand": []}]
    ),
    "one operand twice": lambda p: changed(p, constraint=p["permission"][0]["constraint"][:1]),
    "an unknown action": lambda p: (
        p | {"permission": [p["permission"][0] | {"action": [*p["permission"][0]["action"], "odrl:sell"]}]}
    ),
}


def changed(policy, constraint):
    permission = policy["permission"][0]
    return policy | {"permission": [permission | {"constraint": permission["constraint"] + constraint}]}


@pytest.mark.parametrize("case", STRANGE)
def test_what_the_profile_does_not_know_is_denied(case):
    understood = from_odrl(STRANGE[case](to_odrl(TERMS, **IRIS)))
    assert understood.unknown
    assert not decide(understood, REQUEST).allowed


def test_the_odrl_policy_in_full():
    policy = to_odrl(
        Terms(("education",), ("analyse",), ("public",), "NL", date(2027, 1, 1), ("report",), count=5),
        **(IRIS | {"kind": "Agreement"}),
        assignee="urn:org:2",
    )
    odrl, own = "http://www.w3.org/ns/odrl/2/", "urn:aifactory:terms:1:"
    parties = {"target": "urn:set:1", "assigner": "urn:org:1", "assignee": "urn:org:2"}
    country = "http://publications.europa.eu/resource/authority/country/NLD"
    assert policy == {
        "@context": "http://www.w3.org/ns/odrl.jsonld",
        "@type": "Agreement",
        "uid": "urn:offer:1",
        "profile": "urn:aifactory:terms:1",
        "permission": [
            parties
            | {
                "action": [own + "analyse"],
                "constraint": [
                    {
                        "leftOperand": "purpose",
                        "operator": "isAnyOf",
                        "rightOperand": [{"@id": own + "education"}],
                    },
                    {
                        "leftOperand": "recipient",
                        "operator": "isAnyOf",
                        "rightOperand": [{"@id": own + "public"}],
                    },
                    {"leftOperand": "spatial", "operator": "isPartOf", "rightOperand": {"@id": country}},
                    {
                        "leftOperand": "dateTime",
                        "operator": "lteq",
                        "rightOperand": {"@value": "2027-01-01", "@type": "xsd:date"},
                    },
                    {
                        "leftOperand": "count",
                        "operator": "lteq",
                        "rightOperand": {"@value": "5", "@type": "xsd:integer"},
                    },
                ],
                "duty": [{"uid": "urn:offer:1#report", "action": own + "report"}],
            }
        ],
        "prohibition": [parties | {"action": odrl + "distribute"}, parties | {"action": own + "reidentify"}],
    }


def test_the_words_in_both_languages():
    assert words(TERMS) == [
        "Purpose: Scientific research and Research and development of diagnostic support.",
        "You may run analyses on it in the factory and train models on it in the factory.",
        "You may not pass the data on to others or try to recognise people in it.",
        "For universities and research institutes and hospitals established in the European Economic Area.",
        "From 2026-01-01 on.",
        "Until 2027-06-30 at the latest.",
        "For at most 20 runs.",
        "You must name the holder in every result and delete all copies when the agreement ends.",
    ]
    assert words(TERMS, "nl")[3] == (
        "Voor universiteiten en onderzoeksinstituten en ziekenhuizen, gevestigd in de Europese Economische Ruimte."
    )


def test_writing_names_every_mistake():
    with pytest.raises(Invalid) as refusal:
        write(
            {"purposes": ["spying"], "actions": [], "recipients": ["research"], "until": "soon", "price": 3}
        )
    assert refusal.value.errors == [
        FieldError("price", "The terms have no word for this: price.", "closed vocabulary"),
        FieldError("purposes", "The terms have no word for this: purposes spying.", "closed vocabulary"),
        FieldError("until", "The terms have no word for this: until soon.", "closed vocabulary"),
        FieldError("actions", "Choose at least one.", "required"),
    ]


def test_the_profile_is_turtle_and_holds_every_word_that_terms_use():
    published = from_turtle(profile.turtle())
    assert set(published.triples()) == set(profile.triples())
    everything = Terms(
        tuple(v.PURPOSES), tuple(v.ACTIONS), tuple(v.RECIPIENTS), "EU", date(2027, 1, 1), tuple(v.DUTIES),
        environment="tinker-two-checkers",
    )  # fmt: skip
    policy = from_json(to_odrl(everything, **IRIS))
    used = {x for _, _, x in policy.triples() if isinstance(x, str) and x.startswith(v.PROFILE)}
    assert [x for x in used if not published.knows(x)] == []
    assert [p for one in policies(policy + published, profiles=[v.PROFILE]) for p in one.problems] == []
