"""Signed notes and checkpoints: the specification's example, strictness, and what a signature covers."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from aifactory.kit import checkpoint as cp
from aifactory.kit.checkpoint import Checkpoint, VerifierKey
from aifactory.kit.merkle import leaf_hash
from aifactory.kit.signing import BadSignature

ORIGIN = "factory.example/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VKEY = cp.verifier_key(ORIGIN, KEY)
POINT = Checkpoint(ORIGIN, 42, leaf_hash(b"root"), ("at 2026-01-01",))
NOTE = cp.sign_checkpoint(POINT, KEY)

# The example of Go's golang.org/x/mod/sumdb/note, which the C2SP specification follows.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
    "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_the_published_example_opens():
    assert cp.open_note(GO_NOTE, [GO_VKEY]) == GO_NOTE.partition("\n\n")[0] + "\n"
    assert str(VerifierKey.parse(GO_VKEY)) == GO_VKEY


def test_the_layout_of_a_checkpoint():
    root = base64.b64encode(POINT.root).decode()
    text, _, signature = NOTE.partition("\n\n")
    assert text == f"{ORIGIN}\n42\n{root}\nat 2026-01-01"
    assert signature.startswith(f"— {ORIGIN} ")
    assert cp.parse_and_verify(NOTE, [VKEY]) == cp.parse_unverified(NOTE) == POINT


@given(st.integers(0, len(NOTE) - 1), st.characters())
def test_no_character_can_change(place, character):
    changed = NOTE[:place] + character + NOTE[place + 1 :]
    if changed == NOTE:
        return
    with pytest.raises(BadSignature):
        cp.parse_and_verify(changed, [VKEY])


def test_others_may_sign_too_and_a_false_signature_is_never_passed_over():
    other = Ed25519PrivateKey.generate()
    witness = cp.sign_checkpoint(POINT, other, "witness.example")
    both = NOTE + witness.split("\n\n")[1]
    assert cp.parse_and_verify(both, [VKEY]) == POINT
    assert cp.parse_and_verify(both, [cp.verifier_key("witness.example", other)]) == POINT
    with pytest.raises(BadSignature, match="No trusted key signed this note; it says it is signed by"):
        cp.parse_and_verify(witness, [VKEY])
    forged = f"{NOTE}— {ORIGIN} {base64.b64encode(VerifierKey.parse(VKEY).id + bytes(64)).decode()}\n"
    with pytest.raises(BadSignature, match="does not belong to this note"):
        cp.parse_and_verify(forged, [VKEY])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("origin\n1\n", "lines with an origin"),
        ("\n1\nAA==\n", "lines with an origin"),
        ("origin\n01\nAA==\n", "without leading zeros"),
        ("origin\n-1\nAA==\n", "without leading zeros"),
        ("origin\n٣\nAA==\n", "without leading zeros"),
        ("origin\n1\nAA==\n", "32 bytes"),
        ("origin\n1\nA-==\n", "cannot be decoded"),
        ("origin\n1\nAA==", "ends with a newline"),
    ],
)
def test_a_checkpoint_is_read_strictly(body, says):
    with pytest.raises(BadSignature, match=says):
        Checkpoint.parse(body)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— name\n",
        "text\n\n— na+me AAAAAAA=\n",
        "a\x07b\n\n— n AAAAAAA=\n",
        "x" * 70_000,
    ],
)
def test_a_note_is_read_strictly(note):
    with pytest.raises(BadSignature):
        cp.open_note(note, [VKEY])


@pytest.mark.parametrize(
    "vkey",
    ["", "name+00000000+AAAA", VKEY.replace("factory", "another"), "a+b", "name+033de0ae+!!!!", VKEY[:-4]],
)
def test_a_verifier_key_is_read_strictly(vkey):
    with pytest.raises(BadSignature):
        VerifierKey.parse(vkey)
