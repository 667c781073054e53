"""The log's tree: published vectors, another implementation, and properties."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from aifactory.kit import merkle
from aifactory.kit.merkle import Frontier, Tree, leaf_hash

# The leaves and roots that implementations of Certificate Transparency are tested with.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(data) for data in INPUTS]
leaf_lists = st.lists(st.binary(max_size=8).map(leaf_hash), max_size=40)


def test_root_of_nothing_is_the_hash_of_nothing():
    assert merkle.root([]) == Tree().root() == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_published_roots(size):
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size - 1]
    assert Tree(LEAVES).root(size).hex() == ROOTS[size - 1]


def test_inclusion_path_of_the_rfc_example():
    """RFC 6962, 2.1.3: in a tree of 7 leaves the path of d0 is [b, h, l], that of d6 is [i, k]."""
    a, b, c, d, e, f, j = LEAVES[:7]
    node = merkle.node_hash
    g, h, i = node(a, b), node(c, d), node(e, f)
    k, line = node(g, h), node(i, j)
    tree = Tree(LEAVES[:7])
    assert tree.inclusion_proof(0) == [b, h, line]
    assert tree.inclusion_proof(3) == [c, g, line]
    assert tree.inclusion_proof(4) == [f, j, k]
    assert tree.inclusion_proof(6) == [i, k]


def test_consistency_proofs_of_the_rfc_example():
    """RFC 6962, 2.1.3: the proofs from 3, 4 and 6 leaves to 7."""
    a, b, c, d, e, f, j = LEAVES[:7]
    node = merkle.node_hash
    g, h, i = node(a, b), node(c, d), node(e, f)
    k, line = node(g, h), node(i, j)
    tree = Tree(LEAVES[:7])
    assert tree.consistency_proof(3) == [c, d, g, line]
    assert tree.consistency_proof(4) == [line]
    assert tree.consistency_proof(6) == [i, j, k]


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_agrees_with_pymerkle(entries, data):
    other = InmemoryTree(algorithm="sha256")
    for entry in entries:
        other.append_entry(entry)
    index = data.draw(st.integers(0, len(entries) - 1))
    tree = Tree(map(leaf_hash, entries))
    assert tree.root() == other.get_state()
    theirs = other.prove_inclusion(index + 1).serialize()["path"]
    # Their path starts with the leaf itself; ours holds only what a verifier lacks.
    assert [node.hex() for node in tree.inclusion_proof(index)] == theirs[1:]


@given(leaf_lists, st.data())
def test_every_leaf_is_proven_and_no_other(leaves, data):
    tree = Tree(leaves)
    size = data.draw(st.integers(0, len(leaves)))
    root = tree.root(size)
    for index in range(size):
        proof = tree.inclusion_proof(index, size)
        assert merkle.verify_inclusion(leaves[index], index, size, proof, root)
        assert proof == merkle.inclusion_proof(leaves[:size], index)
        assert not merkle.verify_inclusion(leaf_hash(b"another leaf"), index, size, proof, root)
        assert not merkle.verify_inclusion(leaves[index], index, size, [*proof, root], root)
        assert not merkle.verify_inclusion(leaves[index], size, size, proof, root)
        assert not proof or not merkle.verify_inclusion(leaves[index], index, size, proof[:-1], root)


@given(leaf_lists, st.data())
def test_a_log_is_consistent_with_its_own_past_only(leaves, data):
    tree = Tree(leaves)
    old = data.draw(st.integers(0, len(leaves)))
    proof = tree.consistency_proof(old)
    size, root, old_root = len(leaves), tree.root(), tree.root(old)
    assert merkle.verify_consistency(old, old_root, size, root, proof)
    assert proof == merkle.consistency_proof(leaves, old)
    other = leaf_hash(b"another past")
    assert not merkle.verify_consistency(old, other, size, root, proof)
    assert old == 0 or not merkle.verify_consistency(old, old_root, size, other, proof)
    assert not merkle.verify_consistency(old, old_root, size, root, [*proof, other])
    for step in range(len(proof)):
        assert not merkle.verify_consistency(old, old_root, size, root, proof[:step] + proof[step + 1 :])
        changed = [*proof[:step], other, *proof[step + 1 :]]
        assert not merkle.verify_consistency(old, old_root, size, root, changed)


@given(leaf_lists, st.data())
def test_a_frontier_grows_in_pieces_and_survives_storage(leaves, data):
    cut = data.draw(st.integers(0, len(leaves)))
    frontier = Frontier()
    frontier.extend(leaves[:cut])
    resumed = Frontier.from_json(frontier.to_json())
    tree = Tree(leaves[:cut])
    for leaf in leaves[cut:]:
        resumed.append(leaf)
        tree.extend([leaf])
    assert resumed.size == len(tree) == len(leaves)
    assert resumed.root() == tree.root() == merkle.root(leaves)


@pytest.mark.parametrize(
    "stored", [{"size": 2, "peaks": []}, {"size": -1, "peaks": ["00" * 32]}, {"size": 1, "peaks": ["00"]}]
)
def test_a_frontier_that_cannot_be_is_refused(stored):
    with pytest.raises(ValueError, match="A frontier holds"):
        Frontier.from_json(stored)


def test_what_a_log_does_not_hold_is_refused():
    tree = Tree(LEAVES)
    with pytest.raises(IndexError, match="has no leaf 8"):
        tree.inclusion_proof(8)
    with pytest.raises(IndexError, match="holds 8 leaves, not 9"):
        tree.root(9)
    with pytest.raises(IndexError, match="was never 5 long"):
        tree.consistency_proof(5, 4)
