"""`aifactory admin`: acts on the local database and files; needs no running factory."""

import os
import sys
from datetime import timedelta
from pathlib import Path

import typer

from aifactory.cli.admin import catalogue, cluster, notebooks, usage

app = typer.Typer(help="Act on the local database.", no_args_is_help=True)
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(cluster.app, name="cluster")
app.add_typer(usage.app, name="usage")
app.command()(notebooks.notebook_proxy)


@app.callback()
def set_up() -> None:
    """Act on the local database: DATABASE_URL, or the folder in AIFACTORY_HOME."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aifactory.config.settings")
    import django
    from django.apps import apps

    if not apps.ready:  # a second time it would close the handlers of the log, and what they write to
        django.setup()


@app.command()
def migrate() -> None:
    """Make the tables, or bring them up to date. Safe to repeat."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    typer.echo("The database is up to date.")


@app.command()
def create_person(
    email: str,
    name: str,
    role: list[str] = typer.Option([], help="A role to give; may be repeated."),
    password: str = typer.Option(..., prompt=True, hide_input=True, envvar="AIFACTORY_PASSWORD"),
) -> None:
    """Make an account; the first one of the office is made here."""
    from aifactory.people.actions import grant_role, register_person
    from aifactory.people.actors import INSTALLER
    from aifactory.people.models import Role

    user = register_person(email=email, name=name, password=password)
    for held in role:
        grant_role(user, Role(held), by=INSTALLER)
    typer.echo(user.pk)


@app.command()
def give_mandate(
    email: str,
    title: str = typer.Option(..., help="The office the person holds, shown in public."),
    subject: str = typer.Option("application:decide", help="The permission the mandate is for."),
    days: int = typer.Option(365, help="How long it holds."),
) -> None:
    """Make a named person accountable for a kind of decision."""
    from aifactory.kit import clock
    from aifactory.people import actions
    from aifactory.people.actors import INSTALLER
    from aifactory.people.models import User

    user = User.objects.get_by_natural_key(email)
    until = clock.now() + timedelta(days=days)
    mandate = actions.give_mandate(user, by=INSTALLER, subject=subject, holder_title=title, valid_until=until)
    typer.echo(mandate.pk)


@app.command()
def draw(
    call: str,
    by: str = typer.Option(..., help="E-mail address of the person of the office who draws."),
    cap_percent: int = typer.Option(50, help="Most certain that one person may be to get a file."),
    reason: str = typer.Option("", help="Why more than 50, on that person's mandate."),
) -> None:
    """Draw reviewers for a call of any size; pages and the API draw small ones."""
    from aifactory.access.matching.actions import match
    from aifactory.access.models import Call
    from aifactory.people.queries import person_of
    from aifactory.people.rules import find

    user = person_of(by)
    made = match(find(Call, call, user), by=user, cap_percent=cap_percent, reason=reason)
    typer.echo(f"{made.pk}: {made.applications} applications, {made.reviews} reviews")


@app.command()
def worker(
    once: bool = typer.Option(False, help="Do one round and stop."),
    pause: float = typer.Option(1.0, help="Seconds between rounds."),
) -> None:
    """Seal the log, start what is due, drive the local engine, send notices. Safe to kill at any moment."""
    from aifactory.cli.admin.rounds import Rounds

    Rounds().go(once=once, pause=pause)


@app.command()
def serve(
    host: str = typer.Option("127.0.0.1"),
    port: int = typer.Option(8000),
    notebook_port: int = typer.Option(8001, help="Of the proxy for notebooks, where they have an address."),
    workers: int = typer.Option(2, help="Web processes."),
) -> None:
    """Run the web server, the background worker and the proxy for notebooks until Ctrl-C; what dies starts again."""
    from django.conf import settings

    from aifactory.cli.admin.processes import keep_running

    here = Path(sys.executable).parent
    web = [str(here / "granian"), "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(workers),
           "--backpressure", "16", "--no-ws", "--respawn-failed-workers", "--log-level", "warning",
           "aifactory.config.wsgi:application"]  # fmt: skip
    command = [str(here / "aifactory"), "admin"]
    proxy = {"notebooks": [*command, "notebook-proxy", "--host", host, "--port", str(notebook_port)]}
    keep_running({"web": web, "worker": [*command, "worker"]} | (proxy if settings.NOTEBOOK_ADDRESS else {}))


@app.command()
def export(
    to: Path = typer.Argument(..., help="File to write, e.g. export.jsonl"),
    checkpoint: Path = typer.Option(None, help="Also write the newest checkpoint to this file."),
    whole: bool = typer.Option(False, help="Show withheld fields too (for an auditor)."),
) -> None:
    """Write the log with its records to a file that `aifactory verify` checks."""
    from django.conf import settings

    from aifactory.audit import export as exports
    from aifactory.audit.queries import latest_checkpoint
    from aifactory.audit.sealing import seal_all

    seal_all(settings.LOG_ORIGIN)
    with to.open("wb") as file:
        counts = exports.write(file, origin=settings.LOG_ORIGIN, whole=whole)
    newest = latest_checkpoint()
    if checkpoint and newest:
        checkpoint.write_text(newest.note)
    typer.echo(", ".join(f"{number} {what}" for what, number in counts.items()))
