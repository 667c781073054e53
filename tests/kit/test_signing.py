"""Key files and DSSE envelopes."""

import base64
import json
import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from aifactory.kit import signing
from aifactory.kit.signing import BadKey, BadSignature, sign_envelope, verify_envelope

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
PAYLOAD = signing.statement({"model.onnx": "sha256:" + "ab" * 32}, "https://slsa.dev/provenance/v1", {"n": 1})
ENVELOPE = sign_envelope(PAYLOAD, signing.STATEMENT_TYPE, KEY)


def test_a_key_file_is_for_its_owner_only_and_never_overwritten(tmp_path):
    path = tmp_path / "key.pem"
    key = signing.create_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing.public_bytes(signing.load_key(path).public_key()) == signing.public_bytes(key.public_key())
    with pytest.raises(FileExistsError):
        signing.create_key(path)


def test_a_file_without_an_ed25519_key_is_refused(tmp_path):
    path = tmp_path / "key.pem"
    path.write_text("nothing")
    with pytest.raises(BadKey, match="no private key that can be read"):
        signing.load_key(path)
    path.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(BadKey, match="an Ed25519 key is needed"):
        signing.load_key(path)


def test_the_published_pae_example():
    """From DSSE's protocol text."""
    signed = signing.pae("http://example.com/HelloWorld", b"hello world")
    assert signed == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_a_statement_survives_its_envelope():
    assert verify_envelope(ENVELOPE, PUBLIC) == PAYLOAD
    assert verify_envelope(ENVELOPE, {signing.key_id(PUBLIC): PUBLIC}) == PAYLOAD
    assert PAYLOAD["subject"] == [{"name": "model.onnx", "digest": {"sha256": "ab" * 32}}]


def test_who_signed_and_what_kind_matter():
    with pytest.raises(BadSignature, match="does not belong to this content"):
        verify_envelope(ENVELOPE, Ed25519PrivateKey.generate().public_key())
    with pytest.raises(BadSignature, match="Nobody whose key is known here"):
        verify_envelope(ENVELOPE, {"someone": PUBLIC})
    with pytest.raises(BadSignature, match="was expected"):
        verify_envelope(ENVELOPE, PUBLIC, payload_type="application/json")


@given(st.integers(0, len(ENVELOPE) - 1), st.characters(min_codepoint=32, max_codepoint=126))
def test_a_changed_envelope_never_yields_another_payload(place, character):
    changed = ENVELOPE[:place] + character + ENVELOPE[place + 1 :]
    try:
        payload = verify_envelope(changed, PUBLIC)
    except BadSignature:
        return
    assert payload == PAYLOAD  # the key id is a hint outside the signature


def _with(**changes):
    return json.dumps(json.loads(ENVELOPE) | changes)


@pytest.mark.parametrize(
    "envelope",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        ENVELOPE[:-1] + ',"payload":"e30="}',
        _with(extra=1),
        _with(signatures=[]),
        _with(signatures=[{"sig": "AA=="}] * 17),
        _with(signatures=[{"sig": "AA==", "cert": "x"}]),
        _with(signatures=["AA=="]),
        _with(signatures=[{"sig": "AB=="}]),
        _with(payload="e30"),
        _with(payload=1),
    ],
)
def test_an_envelope_is_read_strictly(envelope):
    with pytest.raises(BadSignature):
        verify_envelope(envelope, PUBLIC)


@pytest.mark.parametrize("body", [b"[]", b'{"a":1,"a":2}', b"nothing"])
def test_a_signed_payload_is_an_object_too(body):
    envelope = _with(
        payload=base64.b64encode(body).decode(),
        signatures=[{"sig": base64.b64encode(KEY.sign(signing.pae(signing.STATEMENT_TYPE, body))).decode()}],
    )
    with pytest.raises(BadSignature, match="payload"):
        verify_envelope(envelope, PUBLIC)
