"""The order of the chapters, from an empty database to the summary."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from rich.markup import escape

from aifactory.agent.environments import Environments
from aifactory.demo import aftermath, cast, own_jobs
from aifactory.demo.examples import named
from aifactory.demo.journey import Journey
from aifactory.demo.narrator import Narrator
from aifactory.demo.replay import plan_with_own_forecast
from aifactory.demo.running import Browser, CommandLine, DemoFailed, RunningFactory
from aifactory.demo.withdrawn import stop_a_running_job
from aifactory.kit.errors import Refused
from aifactory.registry.cards import document


def play(name: str, home: Path) -> int:
    """Walk through the whole journey of one example. Returns the exit status."""
    narrator = Narrator()
    try:
        _walk(name, home, narrator)
    except (DemoFailed, Refused) as failure:
        narrator.console.print(f"[bold red]The demonstration stopped:[/] {escape(str(failure))}")
        return 1
    narrator.console.print("\nLook at this factory: [bold]script/serve[/]")
    return 0


def _walk(name: str, home: Path, narrator: Narrator) -> None:
    narrator.chapter("An embedded factory")
    with narrator.step("The installer", "makes the database (SQLite, WAL), the object store and the keys"):
        call_command("migrate", verbosity=0, interactive=False)
    with narrator.step(
        "The installer", "registers the organisations and people of the example (all invented)"
    ) as step:
        people = cast.gather()
        step.say(f"{len(people.organisations)} organisations, {len(people.people)} people")
    cast.remember(home, people)
    on_slurm = settings.FACTORY_ENGINE == "slurm"
    example = own_jobs.with_gpus(named(name)) if on_slurm else named(name)
    walk = Journey(example, people, narrator, Environments(settings.ENVIRONMENTS))
    walk.publish_data()
    walk.open_call()
    walk.apply()
    walk.screen_and_review()
    walk.decide()
    noor = people["applicant"].email
    with RunningFactory(home) as running:
        terminal = CommandLine(running.url, noor, people.password)
        browser = Browser(running.url, noor, people.password)
        walk.refuse_without_agreement(terminal)
        walk.agree()
        walk.refuse_over_budget_and_after_the_end(terminal)
        walk.run_job(terminal, browser)
        stop_a_running_job(walk, terminal, CommandLine(running.url, people["steward"].email, people.password))
        if on_slurm:
            own_jobs.get_in(walk, terminal)
            own_jobs.submit_past_the_portal(walk, terminal)
        walk.plan_another(browser)
        version = aftermath.release_model(walk)
        if settings.CARBON_FORECAST:
            plan_with_own_forecast(walk, terminal, settings.CARBON_FORECAST)
        aftermath.advise(walk)
        aftermath.report(walk, version)
        aftermath.show_in_public(walk, Browser(running.url, "", ""))
        checked = aftermath.prove(walk, home)
    used = walk.job.attempts.get().usage
    metrics = document(walk.job.attempts.get(), "metrics.json")
    narrator.summary(
        [
            ("Application", f"{walk.application.reference}: {walk.application.title}"),
            ("Award", ", ".join(f"{line}" for line in walk.award_in_words())),
            *(("Dataset", f"{v.dataset.title}, {v.digest[:23]}…") for v in walk.versions.values()),
            (
                "Job",
                f"{walk.job.pk}: {walk.job.get_state_display().lower()}, {used.core_seconds} core-seconds",
            ),
            (
                "Energy",
                f"{used.kwh:.5f} kWh ({used.kwh_low:.5f}-{used.kwh_high:.5f}), {used.grams:.3f} gCO2eq, {used.method}",
            ),
            ("Model", f"{version.pk}, {version.get_state_display().lower()}"),
            ("Honest comparison", "\n".join(walk.example.told(metrics))),
            ("Verified", f"{checked['events']} events, {checked['records']} records"),
        ]
    )
