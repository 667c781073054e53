"""Records with fields withheld: verifiable, unguessable, erasable."""

import copy

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aifactory.kit import disclosure
from aifactory.kit.canonical import canonical
from aifactory.kit.disclosure import MalformedDisclosure, commit, digest_of, disclose

SALT = bytes(range(32))
values = (
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5) | st.lists(st.integers(0, 9))
)
documents = st.dictionaries(st.text(max_size=6), values, max_size=6)


@given(documents, st.data())
def test_whatever_is_withheld_the_digest_is_the_same(document, data):
    public = data.draw(st.sets(st.sampled_from(sorted(document)))) if document else set()
    shown = disclose(document, SALT, public)
    assert digest_of(shown) == commit(document, SALT)
    assert {name: field["value"] for name, field in shown["fields"].items()} == {
        n: document[n] for n in public
    }
    assert set(shown["withheld"]) == set(document) - public


@given(documents, documents)
def test_another_document_has_another_digest(one, other):
    assume(canonical(one) != canonical(other))
    assert commit(one, SALT) != commit(other, SALT)


@given(documents.filter(bool), values, st.data())
def test_a_changed_value_shows(document, value, data):
    name = data.draw(st.sampled_from(sorted(document)))
    assume(canonical(value) != canonical(document[name]))
    shown = disclose(document, SALT, set(document))
    shown["fields"][name]["value"] = value
    assert digest_of(shown) != commit(document, SALT)


def test_a_field_cannot_be_dropped_renamed_or_hidden_afterwards():
    document = {"state": "granted", "score": 7}
    digest = commit(document, SALT)
    for change in ("drop", "rename", "add"):
        shown = copy.deepcopy(disclose(document, SALT, {"state", "score"}))
        if change != "add":
            field = shown["fields"].pop("score")
        if change == "rename":
            shown["fields"]["rank"] = field
        if change == "add":
            shown["withheld"]["more"] = "00" * 32
        assert digest_of(shown) != digest


def test_a_withheld_value_cannot_be_guessed_from_what_is_shown():
    """Neither without a salt, nor with the salt of a field that is shown."""
    shown = disclose({"state": "granted", "conflict": True}, SALT, {"state"})
    salts = ["", shown["fields"]["state"]["salt"]]
    guesses = {disclosure._commitment(salt, "conflict", value) for salt in salts for value in (True, False)}
    assert shown["withheld"]["conflict"] not in guesses


def test_without_the_salt_equal_records_look_unrelated():
    document = {"email": "someone@example.org"}
    one, other = (disclose(document, disclosure.new_salt(), set()) for _ in range(2))
    assert one["withheld"]["email"] != other["withheld"]["email"]


def test_a_short_salt_is_refused():
    with pytest.raises(ValueError, match="at least 32 random bytes"):
        commit({"a": 1}, b"short")


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"fields": {}, "withheld": {}, "more": 1},
        {"fields": [], "withheld": {}},
        {"fields": {"a": 1}, "withheld": {}},
        {"fields": {"a": {"salt": "00" * 32}}, "withheld": {}},
        {"fields": {"a": {"salt": "zz" * 32, "value": 1}}, "withheld": {}},
        {"fields": {"a": {"salt": "00" * 32, "value": 1}}, "withheld": {"a": "00" * 32}},
        {"fields": {}, "withheld": {"a": "00"}},
        {"fields": {}, "withheld": {"a": 1}},
    ],
)
def test_a_published_record_is_read_strictly(shown):
    with pytest.raises(MalformedDisclosure):
        digest_of(shown)
