"""The mount gate on a real Slurm: asked at the start on the node, and while the job runs there."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.services.slurm import rest

from aifactory.adapters.engine.slurm.engine import SlurmEngine
from aifactory.agent.grants import PAYLOAD_TYPE, SignedGrants
from aifactory.kit.signing import sign_envelope
from aifactory.ports.engine import ENDED, Attempt, Limits, Phase, Status

pytestmark = pytest.mark.thorough


def test_a_job_that_waited_too_long_does_not_begin_and_a_running_one_is_stopped(slurm, tmp_path):
    engine = SlurmEngine(tmp_path / "engine", rest(slurm), partition="main")
    key = Ed25519PrivateKey.generate()
    work = tmp_path / "work"
    work.mkdir()

    def submit(name: str, lives: timedelta) -> None:
        grant = tmp_path / f"{name}.json"
        ends = (datetime.now(UTC) + lives).isoformat()
        told = {"attempt": name, "files": [], "expires_at": ends}
        grant.write_text(sign_envelope(told, PAYLOAD_TYPE, key))
        keys = SignedGrants(key.public_key()).public()
        argv = ("sh", "-c", "echo begun; sleep 60")
        limits = Limits(1, 100_000_000, 120)
        attempt = Attempt(
            name, argv, work, None, {"data": work}, limits, grants={"data": grant}, grant_keys=keys
        )
        engine.submit(attempt)

    def ended(name: str) -> Status:
        until = time.monotonic() + 60
        while (status := engine.status([name])[name]).phase not in ENDED:
            assert time.monotonic() < until, status
            time.sleep(0.2)
        return status

    submit("late", timedelta(seconds=-1))
    submit("short", timedelta(seconds=6))
    late, short = ended("late"), ended("short")
    for status in (late, short):
        assert status.phase is Phase.CANCELLED
        assert status.reason.startswith("The permission to use the input data ended at ")
    assert (engine.log("late"), engine.log("short")) == (b"", b"begun\n")
