"""Reading and writing messages and policies: plain functions."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.datasets import vocabulary as v
from aifactory.datasets.dataspace import messages, policies
from aifactory.datasets.dataspace.lifecycle import NEGOTIATION, TRANSFER
from aifactory.datasets.terms import Terms
from tests.datasets.dataspace.schemas import Schemas

NOT_OURS = {"DidService", "DatasetRequestMessage"}


def some(words: Any, least: int = 1) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(list(words)), min_size=least, unique=True).map(
        lambda found: tuple(w for w in words if w in found)
    )


TERMS = st.builds(
    Terms,
    purposes=some(v.PURPOSES),
    actions=some(v.ACTIONS),
    recipients=some(v.RECIPIENTS),
    spatial=st.sampled_from(list(v.PLACES)),
    since=st.none() | st.dates(date(2020, 1, 1), date(2100, 1, 1)),
    until=st.none() | st.dates(date(2020, 1, 1), date(2100, 1, 1)),
    count=st.none() | st.integers(1, 1_000),
    duties=some(v.DUTIES, 0),
    environment=st.sampled_from(["", *v.ENVIRONMENTS]),
)


@given(TERMS)
def test_terms_come_back_as_they_went_and_are_within_themselves(terms: Terms) -> None:
    written = policies.write(terms, "urn:x", target="urn:t")
    assert policies.read(written) == terms
    assert policies.within(terms, terms)


@given(TERMS, TERMS)
def test_what_is_within_the_offer_allows_nothing_that_the_offer_does_not(
    asked: Terms, offered: Terms
) -> None:
    if policies.within(asked, offered):
        assert set(asked.purposes) <= set(offered.purposes)
        assert set(offered.duties) <= set(asked.duties)
        assert offered.until is None or (asked.until or date.max) <= offered.until
        assert offered.count is None or (asked.count or 10**9) <= offered.count
    assert policies.within(policies.narrowed(offered, purpose=offered.purposes[0]), offered)
    assert not policies.within(replace(offered, unknown=("x",)), offered)


@given(TERMS)
def test_every_policy_fits_the_schemas(shared: Path, terms: Terms) -> None:
    offer = policies.write(terms, "urn:x", target="urn:t")
    body = messages.write(
        "ContractRequestMessage", consumerPid="a", offer=offer, callbackAddress="https://a.example/x"
    )
    schemas = _schemas(shared)
    assert schemas.problems(body) == []
    assert messages.read(body, "ContractRequestMessage")["offer"] == offer


_made: list[Schemas] = []


def _schemas(shared: Path) -> Schemas:
    if not _made:
        _made.append(Schemas(shared))
    return _made[0]


@pytest.mark.parametrize(
    "change",
    [
        {"profile": "urn:other"},
        {"permission": [{"action": "use"}]},
        {"prohibition": []},
        {"extra": 1},
        {"obligation": [{"action": "urn:dance"}]},
        {"obligation": "dance"},
        {"obligation": [{"action": "http://www.w3.org/ns/odrl/2/attribute", "constraint": [{}]}]},
    ],
)
def test_what_is_not_in_our_words_is_denied(change: dict[str, Any]) -> None:
    terms = Terms(("education",), ("analyse",), ("company",), duties=("attribute",))
    assert policies.read(policies.write(terms, "urn:x") | change).unknown != ()


def test_permissions_with_different_constraints_are_not_understood() -> None:
    policy = policies.write(Terms(("education",), ("analyse", "train"), ("company",)), "urn:x")
    first, second = policy["permission"]
    policy["permission"] = [first, {"action": second["action"]}]
    assert policies.read(policy).unknown == ("permissions with different constraints",)


def test_every_example_of_the_specification_fits_its_schema_and_is_read(shared: Path) -> None:
    schemas = _schemas(shared)
    kinds = {
        "catalogservice-did-service": "DidService",
        "dataservice-did-service": "DidService",
        "protocol-version": "Version",
    }
    examples = schemas.examples()
    wrong = {
        name: found
        for name, body in examples.items()
        if (found := schemas.problems(body, kinds.get(name, "")))
    }
    # The one example that does not fit its own schema: a service endpoint that is no catalogue's.
    assert set(wrong) == {"dataservice-did-service"}
    read = {
        name: messages.read(body, body["@type"]).type
        for name, body in examples.items()
        if body.get("@type", "").endswith("Message") and body["@type"] not in NOT_OURS
    }
    assert len(read) == 15
    assert set(read.values()) == set(messages._SHAPES)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"@context": "https://w3id.org/dspace/2025/1/context.jsonld"},
            "@context must be a list of addresses.",
        ),
        ({"@context": ["https://other.example/", messages.CONTEXT]}, "@context must begin with"),
        ({"@context": []}, "@context must begin with"),
        ({"@type": "Other"}, "@type must be"),
        ({"consumerPid": ""}, "consumerPid does not fit"),
        ({"consumerPid": "a\nb"}, "consumerPid does not fit"),
        ({"callbackAddress": "file:///etc/passwd"}, "callbackAddress does not fit"),
        ({"callbackAddress": "https://a.example/?x=1"}, "callbackAddress does not fit"),
        ({"callbackAddress": "https://a.example\\@b.example"}, "callbackAddress does not fit"),
        ({"callbackAddress": "http://["}, "callbackAddress does not fit"),
        ({"providerPid": "b"}, "Exactly one of"),
        ({"offer": {"@id": "x", "@type": "Offer"}}, "offer does not fit"),
        ({"offer": {"@id": "x", "@type": "Set", "permission": [{"action": "use"}]}}, "offer does not fit"),
        ({"extra": 2**60}, "can't be kept exactly"),
        ({"extra": "\x00"}, "can't be stored"),
    ],
)
def test_a_message_that_does_not_fit_is_told_where(change: dict[str, Any], said: str) -> None:
    body = messages.write(
        "ContractRequestMessage",
        consumerPid="a",
        offer={"@id": "x", "@type": "Offer", "permission": [{"action": "use"}]},
        callbackAddress="https://a.example/dsp",
    )
    assert messages.read(body, "ContractRequestMessage")["consumerPid"] == "a"
    with pytest.raises(messages.Malformed, match=said.replace("[", r"\[")):
        messages.read(body | change, "ContractRequestMessage")


def test_every_step_of_the_machines_has_a_message_and_a_receiver() -> None:
    assert {t.name for t in NEGOTIATION.transitions} == set(messages.NEGOTIATION_MESSAGES)
    assert {t.name for t in TRANSFER.transitions} == set(messages.TRANSFER_MESSAGES)
    sent = {
        (kind, event)
        for kind, event, _ in (
            messages.NEGOTIATION_MESSAGES | {"t": messages.NEGOTIATION_MESSAGES["terminate"]}
        ).values()
    }
    sent |= {(kind, event) for kind, event, _ in messages.TRANSFER_MESSAGES.values()}
    assert {(kind, event) for _, kind, event in messages.RECEIVED} == sent


def test_the_machines_are_the_protocols() -> None:
    ways = {(s, t.target) for t in NEGOTIATION.transitions for s in t.source}
    assert ways == {
        ("requested", "offered"), ("offered", "offered"), ("offered", "requested"), ("offered", "accepted"),
        ("requested", "agreed"), ("accepted", "agreed"), ("agreed", "verified"), ("verified", "finalized"),
        *((state, "terminated") for state in ("requested", "offered", "accepted", "agreed", "verified")),
    }  # fmt: skip
    assert {(s, t.target) for t in TRANSFER.transitions for s in t.source} == {
        ("requested", "started"), ("suspended", "started"), ("started", "suspended"), ("started", "completed"),
        *((state, "terminated") for state in ("requested", "started", "suspended")),
    }  # fmt: skip
