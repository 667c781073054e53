"""Consent that is taken back while a job runs on the data: the machine stops the job, and says why."""

from datetime import timedelta

from aifactory.datasets.models import Agreement
from aifactory.demo.journey import Journey
from aifactory.demo.running import CommandLine, until
from aifactory.kit import clock
from aifactory.kit.units import human
from aifactory.supercomputer.models import Job

A_MINUTE = 60


def stop_a_running_job(walk: Journey, applicant: CommandLine, steward: CommandLine) -> None:
    """The hospital suspends the agreement; the job ends within a minute; another is refused until it goes on."""
    noor, eva = walk.cast["applicant"], walk.cast["steward"]
    agreement = Agreement.objects.filter(project=walk.project.pk, state="in_force").earliest("created_at")
    with walk.n.step(noor.name, "runs it once more, at once (CLI)") as step:
        deadline = clock.stamp(clock.now() + timedelta(minutes=walk.example.minutes + 2))  # no time to wait
        job = Job.objects.get(
            pk=step.made(applicant.call(*walk.words(deadline=deadline, title="Once more"))["id"])
        )
        until(job.attempts.filter(state="running").exists, "The engine did not start the job.")
    reason = "Somebody took back their consent; we look whose measurements these are."
    with walk.n.step(eva.name, "suspends the agreement while the job runs (CLI)") as step:
        steward.call("agreements", "suspend", step.made(agreement.pk), reason)
        step.say(reason)
    with walk.n.step("The mount gate", "takes its grant back, and the engine stops the job") as step:
        attempts = job.attempts.filter(state="cancelled")
        seconds = until(attempts.exists, "The job was not stopped within a minute.", within=A_MINUTE)
        job.refresh_from_db()
        used = step.made(attempts.get()).usage
        step.say(f"stopped after {seconds:.0f} s: {job.reason}")
        step.say(f"billed: {human('core', used.core_seconds)}; the rest that was set aside is free again")
    with walk.n.step(noor.name, "submits it again (CLI)") as step:
        step.say(f"refused: {applicant.refused(*walk.words(), because='agreement')}")
    with walk.n.step(eva.name, "lets the agreement go on (CLI)"):
        steward.call("agreements", "resume", agreement.pk)
