"""Grants: a signed permission for one attempt, some files, until a moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aifactory.agent.grants import PAYLOAD_TYPE, GrantDoesNotHold, SignedGrants
from aifactory.kit import clock
from aifactory.kit.signing import sign_envelope
from aifactory.ports.desk import Grant, Input, InputFile, RunOrder
from aifactory.ports.engine import Limits

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
FILE = InputFile("a.csv", "k", "sha256:" + "a" * 64, 1)
ORDER = RunOrder("att1", "r", "sha256:0", {}, (), Limits(1, 1, 1), restricted=True)
HOLDS = {"attempt": "att1", "files": [FILE.digest], "expires_at": "2027-03-01T12:00:01.000000Z"}


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def check(key, payload, *, at=NOW, signer=None, kind=PAYLOAD_TYPE, files=(FILE,)) -> None:
    grant = Grant(sign_envelope(payload, kind, signer or key))
    with clock.frozen(at):
        SignedGrants(key.public_key())(Input("data", files, grant), ORDER)


def test_a_grant_that_holds_is_passed_in_silence(key):
    check(key, HOLDS)
    check(key, HOLDS | {"files": [FILE.digest, "sha256:" + "b" * 64], "project": "prj_1"})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"attempt": "att2"}, "was given for another attempt"),
        ({"files": []}, "does not cover the file a.csv"),
        ({"expires_at": "2027-03-01T12:00:00Z"}, "ended at 2027-03-01T12:00:00.000000Z"),
        ({"expires_at": "2027-03-01T13:00:01"}, "cannot be read"),  # no time zone
        ({"expires_at": "soon"}, "cannot be read"),
        ({"expires_at": None}, "cannot be read"),
        ({"files": None}, "cannot be read"),
        ({"files": [["x"]]}, "cannot be read"),
    ],
)
def test_a_grant_that_does_not_hold_says_why(key, changes, says):
    with pytest.raises(GrantDoesNotHold, match=says):
        check(key, HOLDS | changes)


def test_only_the_portals_own_signature_on_this_kind_of_statement_counts(key):
    with pytest.raises(GrantDoesNotHold, match="not signed by the portal"):
        check(key, HOLDS, signer=Ed25519PrivateKey.generate())
    with pytest.raises(GrantDoesNotHold, match="not signed by the portal"):
        check(key, HOLDS, kind="application/vnd.in-toto+json")
    with pytest.raises(GrantDoesNotHold, match="not signed by the portal"):
        SignedGrants(key.public_key())(Input("data", (FILE,), Grant("{}")), ORDER)


def test_every_file_must_be_covered(key):
    other = replace(FILE, path="b.csv", digest="sha256:" + "b" * 64)

    with pytest.raises(GrantDoesNotHold, match=r"b\.csv"):
        check(key, HOLDS, files=(FILE, other))


def test_it_holds_until_its_moment_and_not_at_it(key):
    check(key, HOLDS, at=NOW + timedelta(microseconds=999_999))
    with pytest.raises(GrantDoesNotHold):
        check(key, HOLDS, at=NOW + timedelta(seconds=1))
