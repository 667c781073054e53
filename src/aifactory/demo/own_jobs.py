"""The budget, enforced a second time: by Slurm itself, on jobs that people submit past the portal."""

import subprocess
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from aifactory.config.environment import ENV
from aifactory.demo.examples import Example
from aifactory.demo.journey import Journey
from aifactory.demo.running import CommandLine, DemoFailed, until
from aifactory.kit.units import human
from aifactory.supercomputer.models import LedgerEntry


def with_gpus(example: Example) -> Example:
    """Return the example with half a GPU-hour in its application: little enough to run into."""
    return replace(example, answers=example.answers | {"gpu_hours": "0.5"})


def get_in(walk: Journey, terminal: CommandLine) -> None:
    """Noor hands in an SSH key, and the agent lets her in with it."""
    noor = walk.cast["applicant"]
    with walk.n.step(noor.name, "hands in her SSH key (CLI)") as step:
        public = (
            Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        )
        file = ENV.home / "noor.pub"
        file.write_bytes(public)
        step.made(terminal.call("keys", "add", str(file), "--label", "laptop")["id"])
    with walk.n.step("The agent", "puts it where the cluster's sshd looks") as step:
        kept = ENV.home / "ssh" / noor.pk.lower()
        until(kept.exists, "The agent did not let Noor in.")
        step.say(f"{kept.name}: {len(kept.read_text().splitlines()) - 1} key")


def submit_past_the_portal(walk: Journey, terminal: CommandLine) -> None:
    """One job of her own does not fit in the budget and waits; another fits, runs, and is billed to the second."""
    noor, project = walk.cast["applicant"], walk.project.pk
    flags = terminal.call("projects", "sbatch", project)["flags"]
    flags = [flag for flag in flags if not flag.startswith(("--time", "--gres"))]
    with walk.n.step(
        noor.name, "submits a job of her own: 2 GPUs for an hour, with half a GPU-hour awarded"
    ) as step:
        step.say("(this machine has no account for her, so the agent's own stands in)")
        large = _sbatch(*flags, "--gres=gpu:2", "--time=60", "--wrap=sleep 60")
        until(
            lambda: _slurm("squeue", "-h", "-j", large, "-o", "%r") == "QOSGrpGRESMinutes",
            "Slurm let it start.",
        )
        step.say(f"Slurm keeps job {large} waiting: QOSGrpGRESMinutes")
    with walk.n.step(noor.name, "asks the doctor why (CLI)") as step:
        found: dict[str, Any] = {}

        def explained() -> bool:
            jobs = terminal.call("projects", "own-jobs", project)["items"]
            found.update(next((job["doctor"] for job in jobs if job["job"] == large), {}))
            return found.get("rule") == "gpu-budget"

        until(explained, "The doctor did not hear of the job.")
        for name in ("means", "figures", "do"):
            step.say(found[name])
        _slurm("scancel", large)
    with walk.n.step(noor.name, "submits one that fits: 2 GPUs for 3 seconds, limit 10 minutes") as step:
        small = _sbatch(*flags, "--gres=gpu:2", "--time=10", "--wrap=sleep 3")
        rows = LedgerEntry.objects.filter(job_id=small, project=project, ended_at__isnull=False)
        until(rows.exists, "The ledger did not hear of the job.")
        entry = rows.latest("revision")
        booked = _slurm("sacct", "-nXP", "-j", small, "-o", "elapsedraw")
        line = walk.project.lines.get(resource="gpu")
        used = int(booked) * 2
        step.say(
            f"sacct: {booked} s on 2 GPUs; ledger: {entry.elapsed_seconds} s; drawn: {human('gpu', line.drawn)}"
        )
        if (entry.elapsed_seconds, line.drawn) != (int(booked), used):
            raise DemoFailed(
                f"Books, ledger and award differ: {booked}, {entry.elapsed_seconds}, {line.drawn}."
            )


def _sbatch(*words: str) -> str:
    return _slurm("sbatch", "--parsable", f"--chdir={ENV.home}", "--output=/dev/null", *words)


def _slurm(*line: str) -> str:
    environment = {"SLURM_CONF": str(ENV.slurm_conf), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoFailed(f"{' '.join(line)}: {done.stderr.strip()}")
    return done.stdout.strip()
