"""`aifactory jobs`."""

import json
import time
from pathlib import Path
from typing import Any

import typer
from rich.progress import Progress

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote
from aifactory.kit.errors import Refused

app = typer.Typer(help="Jobs on the supercomputer.", no_args_is_help=True)
ENDED = ("succeeded", "failed", "cancelled", "unknown")


def _pairs(values: list[str], what: str) -> dict[str, str]:
    pairs = {}
    for value in values:
        name, equals, given = value.partition("=")
        if not equals:
            raise Refused(f"{what} {value!r} has no '='.", next_step=f"Write {what} NAME=VALUE.")
        pairs[name] = given
    return pairs


@app.command("list")
def list_(project: str = "", after: str = "", as_json: bool = AsJson) -> None:
    """List the jobs you may see."""
    found = Remote().get("/jobs", project=project, after=after)
    show(found, as_json=as_json, columns=("id", "title", "recipe", "state", "planned_start"))


@app.command()
def submit(
    recipe: str,
    project: str = typer.Option(..., help="The project that pays."),
    given: list[str] = typer.Option(
        [], "--input", help="ROLE=dataset version, model, finished attempt or own files; may be repeated."
    ),
    parameter: list[str] = typer.Option([], help="NAME=VALUE; may be repeated."),
    title: str = "",
    deadline: str = typer.Option(
        "", help="Moment with time zone, e.g. 2027-01-31T18:00+01:00; else in 24 hours."
    ),
    cores: int | None = None,
    minutes: float | None = typer.Option(None, help="Time limit in minutes."),
    memory_gb: float | None = None,
    gpus: int = 0,
    nodes: int = typer.Option(1, help="Nodes that run it together, where the recipe can."),
    tasks: int = typer.Option(1, help="Tasks that share the work, where the recipe can."),
    request_key: str | None = typer.Option(None, help="The same key twice is one job."),
    cluster: str = typer.Option("", help="Where it runs, if the factory has several clusters."),
    as_json: bool = AsJson,
) -> None:
    """Plan a job at the greenest hour before its deadline."""
    wish: dict[str, Any] = {
        "recipe": recipe, "project": project, "title": title, "cores": cores, "gpus": gpus, "nodes": nodes,
        "tasks": tasks, "request_key": request_key, "engine": cluster,
        "inputs": _pairs(given, "--input"), "parameters": _pairs(parameter, "--parameter"),
        "deadline": deadline or None,
        "wall_seconds": None if minutes is None else round(minutes * 60),
        "memory_bytes": None if memory_gb is None else round(memory_gb * 1e9),
    }  # fmt: skip
    show(Remote().post("/jobs", wish), as_json=as_json)


@app.command("show")
def show_(job: str, as_json: bool = AsJson) -> None:
    """Show one job, its attempts and what they used."""
    show(Remote().get(f"/jobs/{job}"), as_json=as_json)


@app.command()
def start(job: str, as_json: bool = AsJson) -> None:
    """Start a planned job now instead of at its green hour."""
    show(Remote().post(f"/jobs/{job}/start"), as_json=as_json)


@app.command()
def cancel(job: str, reason: str = "", as_json: bool = AsJson) -> None:
    """Cancel a job."""
    show(Remote().post(f"/jobs/{job}/cancel", {"reason": reason}), as_json=as_json)


@app.command()
def retry(job: str, as_json: bool = AsJson) -> None:
    """Run a job again that failed, or whose end nobody knows."""
    show(Remote().post(f"/jobs/{job}/retry"), as_json=as_json)


@app.command()
def wait(
    job: str, seconds: float = typer.Option(3600, help="Give up after so long."), as_json: bool = AsJson
) -> None:
    """Wait until a job has ended, showing its progress. Exit 0 when it succeeded."""
    remote, until = Remote(), time.monotonic() + seconds
    with Progress(transient=True, disable=as_json) as progress:
        bar = progress.add_task(job, total=1.0)
        while (found := remote.get(f"/jobs/{job}"))["state"] not in ENDED:
            if time.monotonic() > until:
                raise Refused(f"The job is still {found['state']} after {seconds:g} seconds.")
            told = found["attempts"][-1]["progress"] if found["attempts"] else {}
            progress.update(bar, completed=told.get("done", 0), description=told.get("text", found["state"]))
            time.sleep(1)
    show(found, as_json=as_json, columns=("id", "title", "state", "reason"))
    raise typer.Exit(0 if found["state"] == "succeeded" else 1)


@app.command()
def doctor(
    job: str = typer.Argument(help="A job of the portal, or with --project the number that Slurm gave it"),
    project: str = typer.Option("", help="Whose own job it is, submitted with sbatch"),
    as_json: bool = AsJson,
) -> None:
    """Say why a job waits or how it ended, and what to do."""
    if project:
        own = Remote().get(f"/projects/{project}/own-work", limit=100)["jobs"]
        found = next((one["doctor"] for one in own if one["job"] == job), None)
        if found is None:
            raise Refused(
                f"The project has no job {job} of its own among its newest.", next_step="Check both names."
            )
    else:
        found = Remote().get(f"/jobs/{job}/doctor")
    show(found, as_json=as_json, columns=[name for name in ("said", "means", "figures", "do") if found[name]])


@app.command()
def logs(
    job: str,
    follow: bool = typer.Option(False, "--follow", help="Go on printing until the job has ended."),
    seconds: float = typer.Option(86_400, help="Give up following after so long."),
    as_json: bool = AsJson,
) -> None:
    """Print what a job printed: its last attempt, and with --follow whatever comes."""
    remote, until, shown = Remote(), time.monotonic() + seconds, ("", 0)
    while True:
        found = remote.get(f"/jobs/{job}")
        has_ended = found["state"] in ENDED
        attempt = found["attempts"][-1]
        after = shown[1] if shown[0] == attempt["id"] else 0
        piece = remote.get(f"/attempts/{attempt['id']}/log", after=after)
        shown = attempt["id"], piece["end"]
        if as_json:
            typer.echo(json.dumps({"attempt": attempt["id"], **piece}))
        else:
            typer.echo(piece["log"], nl=False)
        if not follow or has_ended:
            return
        if time.monotonic() > until:
            raise Refused(f"The job is still {found['state']} after {seconds:g} seconds.")
        time.sleep(1)


@app.command()
def notebook(
    job: str,
    browser: bool = typer.Option(False, "--browser", help="Open it in this machine's browser."),
    seconds: float = typer.Option(600, help="Wait so long for it to be ready."),
    as_json: bool = AsJson,
) -> None:
    """Get the address of your running notebook. It lets its reader in once, within a minute: keep it to yourself."""
    remote, until = Remote(), time.monotonic() + seconds
    while (found := remote.get(f"/jobs/{job}/notebook"))["state"] in {"waiting", "starting"}:
        if time.monotonic() > until:
            raise Refused(f"The notebook is still {found['state']} after {seconds:g} seconds.")
        time.sleep(1)
    ticket = remote.post(f"/jobs/{job}/notebook")
    if browser:
        import webbrowser

        webbrowser.open(ticket["address"])
    if as_json:
        show(ticket | {"closes_at": found["closes_at"], "ends_at": found["ends_at"]}, as_json=True)
    else:  # in one piece: a table would break it
        typer.echo(ticket["address"])


@app.command()
def bring(
    project: str,
    files: list[Path] = typer.Argument(..., exists=True, dir_okay=False),
    title: str = "",
    as_json: bool = AsJson,
) -> None:
    """Bring files along for a project's jobs: a script and its requirements.txt, or data that is yours."""
    given = [("files", (file.name, file.read_bytes())) for file in files]
    show(Remote().post(f"/projects/{project}/uploads", files=given, data={"title": title}), as_json=as_json)


@app.command()
def brought(project: str, after: str = "", as_json: bool = AsJson) -> None:
    """List what was brought along for a project."""
    found = Remote().get(f"/projects/{project}/uploads", after=after)
    show(found, as_json=as_json, columns=("id", "title", "created_at"))


@app.command()
def results(job: str, to: Path = typer.Option(Path("results"), help="Folder to write to.")) -> None:
    """Download the results of a job's last attempt."""
    remote = Remote()
    attempt = remote.get(f"/jobs/{job}")["attempts"][-1]
    for file in attempt["outputs"]:
        target = (to / file["path"]).resolve()
        if not target.is_relative_to(to.resolve()):
            raise Refused(f"The result {file['path']!r} would be written outside {to}.")
        target.parent.mkdir(parents=True, exist_ok=True)
        remote.download(f"/attempts/{attempt['id']}/outputs/{file['path']}", target)
    typer.echo(json.dumps([file["path"] for file in attempt["outputs"]]))
