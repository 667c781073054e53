"""The quick way to canonical JSON writes what the reference implementation writes."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from aifactory.kit.canonical import canonical

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_same_bytes_as_the_reference(value):
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), float("nan"), "\ud800", {"key": "\ud800"}, {1: 2}, object()]
)
def test_same_refusals_as_the_reference(value):
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical(value)
