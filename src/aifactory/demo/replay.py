"""The factory uses the model that it helped to make: its forecast chooses the hour of the next job.

The data ends in 2021, so this is replayed at a stated moment: the forecast is issued from nothing but the hours
before it, and the job is planned with the clock held there.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aifactory.awards.actions import grant_line
from aifactory.demo.journey import Journey
from aifactory.demo.running import CommandLine, DemoFailed
from aifactory.kit import clock
from aifactory.kit.units import Resource
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer import actions
from aifactory.supercomputer.models import Job

ISSUED_AT = datetime(2021, 9, 1, tzinfo=UTC)


def plan_with_own_forecast(walk: Journey, terminal: CommandLine, forecast_file: Path) -> None:
    """Issue a forecast in a sandboxed job, hand it to the planner, and plan the next job by it."""
    noor, director = walk.cast["applicant"], walk.cast["director"]
    with walk.n.step(
        noor.name, f"issues a forecast with the released model, as of {ISSUED_AT:%Y-%m-%d %H:%M} UTC (CLI)"
    ) as step:
        found = terminal.call(
            "jobs", "submit", "grid-forecast-infer", "--project", walk.project.pk, "--minutes", "5",
            "--input", f"model={walk.job.attempts.get().pk}", "--input", f"history={walk.versions['history'].pk}",
            "--parameter", f"issue_time={ISSUED_AT:%Y-%m-%dT%H:%MZ}",
        )  # fmt: skip
        terminal.call("jobs", "start", found["id"])
        done = terminal.call("jobs", "wait", found["id"], "--seconds", "300")
        (file,) = (f for f in done["attempts"][-1]["outputs"] if f["path"] == "forecast.json")
        step.made(found["id"])
    with walk.n.step(
        "The factory", "puts the forecast where its planner looks (cached-file adapter)"
    ) as step:
        content = b"".join(get(ObjectStore).open(file["key"]))
        forecast_file.write_bytes(content)
        hours = json.loads(content)["hours"]
        best = min(hours, key=lambda hour: hour["value"])
        step.say(f"{len(hours)} hours; greenest: {best['start']} at {best['value']:.0f} gCO2eq/kWh")
    with walk.n.step(director.name, "grants a core-hour for the replay, in its own period"):
        begin = ISSUED_AT - timedelta(days=1)
        grant_line(
            walk.project,
            by=director,
            resource=Resource.CORE,
            amount=3600,
            starts_at=begin,
            ends_at=begin + timedelta(days=30),
        )
    with walk.n.step(
        noor.name, f"plans the next job with the clock held at {ISSUED_AT:%Y-%m-%d %H:%M} UTC"
    ) as step:
        with clock.frozen(ISSUED_AT):
            job = actions.submit(
                walk.project, by=noor, recipe="grid-forecast-infer", title="Planned by our own forecast", cores=1, wall_seconds=1800,
                inputs={"model": walk.job.attempts.get().pk, "history": walk.versions["history"].pk},
                parameters={"issue_time": f"{ISSUED_AT:%Y-%m-%dT%H:%MZ}"}, deadline=ISSUED_AT + timedelta(hours=24),
            )  # fmt: skip
        step.made(job)
        _tell(step.say, job)


def _tell(say: Callable[[str], None], job: Job) -> None:
    plan = job.plan
    if plan["signal"]["kind"] != "forecast":
        raise DemoFailed(f"The planner did not use our forecast but {plan['signal']}.")
    say(
        f"start {job.planned_start:%Y-%m-%d %H:%M} UTC; signal: {plan['signal']['source']}, issued {plan['signal']['issued_at']}"
    )
    say(
        f"expected {plan['expected_grams']['value']} g instead of {plan['now_grams']['value']} g: {plan['saving_percent']} % less"
    )
