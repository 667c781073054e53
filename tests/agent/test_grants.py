"""Grants: a signed permission for one attempt, some files, until a moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aifactory.adapters.engine.grants import why_not
from aifactory.agent.grants import PAYLOAD_TYPE, GrantDoesNotHold, SignedGrants
from aifactory.agent.recipes import recipe_digest
from aifactory.kit import clock
from aifactory.kit.signing import sign_envelope
from aifactory.ports.desk import Grant, Input, InputFile, RunOrder, WatchOrder
from aifactory.ports.engine import Limits, Phase

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


def written(folder, key, role="data", **changes):
    """An attempt as an engine wrote it down, with one permission in a file."""
    path = folder / f"{role}.json"
    path.write_text(sign_envelope(HOLDS | changes, PAYLOAD_TYPE, key))
    keys = SignedGrants(key.public_key()).public()
    return {"name": "att1", "grants": {role: str(path)}, "grant_keys": keys}


def test_the_machine_that_runs_it_asks_again_and_says_why_not(key, tmp_path):
    attempt = written(tmp_path, key)
    with clock.frozen(NOW):
        assert why_not({"name": "att1"}) == why_not(attempt) == ""
        assert "was given for another attempt" in why_not(attempt | {"name": "att2"})
        other = SignedGrants(Ed25519PrivateKey.generate().public_key()).public()
        assert "not signed by the portal" in why_not(attempt | {"grant_keys": other})
        assert "cannot be read" in why_not(attempt | {"grants": {"data": str(tmp_path / "gone.json")}})
        assert "cannot be read" in why_not(attempt | {"grant_keys": {"k": "no key"}})
    with clock.frozen(NOW + timedelta(seconds=1)):
        assert (
            why_not(attempt) == "The permission to use the input data ended at 2027-03-01T12:00:01.000000Z."
        )


@pytest.mark.thorough
def test_a_job_does_not_begin_and_does_not_go_on_without_a_permission_that_lives(portal):
    portal.write_recipe("wait", "import time; open('/inputs/data/part/table.csv').read(); time.sleep(60)")
    wait = {"recipe": "wait", "recipe_digest": recipe_digest(portal.recipes / "wait")}
    portal.desk.wanted = [portal.order("late", until=timedelta(seconds=4), **wait)]
    ended = portal.until_ended("late")
    assert ended.status.phase is Phase.CANCELLED
    assert ended.status.reason.startswith("The permission to use the input data ended at ")
    assert ended.status.usage.wall_seconds < 20


@pytest.mark.thorough
def test_a_renewed_permission_lets_a_running_job_go_on(portal):
    portal.write_recipe("wait", "import time; time.sleep(9)")
    wait = {"recipe": "wait", "recipe_digest": recipe_digest(portal.recipes / "wait")}
    short = portal.order("renewed", until=timedelta(seconds=4), **wait)
    portal.desk.wanted = [short]
    portal.agent.turn()
    longer = portal.order("renewed", until=timedelta(hours=1), **wait)
    portal.desk.wanted = [
        WatchOrder("renewed", {"data": longer.inputs[0].grant, "../x": longer.inputs[0].grant})
    ]
    ended = portal.until_ended("renewed")
    assert (ended.status.phase, ended.status.reason) == (Phase.COMPLETED, "")
    assert not (portal.folder / "agent/staging/renewed").exists()
