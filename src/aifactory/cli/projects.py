"""`aifactory projects`."""

from pathlib import Path

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Projects and what was awarded to them.", no_args_is_help=True)


@app.command("list")
def list_(as_json: bool = AsJson, after: str = "") -> None:
    """List the projects you may see."""
    show(
        Remote().get("/projects", after=after),
        as_json=as_json,
        columns=("id", "title", "organisation", "state"),
    )


@app.command("show")
def show_(project: str, as_json: bool = AsJson) -> None:
    """Show one project with its awards: granted, set aside, used and left."""
    found = Remote().get(f"/projects/{project}")
    awards = found.pop("awards")
    if as_json:
        show(found | {"awards": awards}, as_json=True)
        return
    show(found, as_json=False)
    show(
        {"items": awards},
        as_json=False,
        columns=("id", "resource", "unit", "granted", "held", "drawn", "left"),
    )


@app.command()
def sbatch(project: str, as_json: bool = AsJson) -> None:
    """Print where you sign in to the cluster and the flags with which your own jobs run on the project's budget."""
    found = Remote().get(f"/projects/{project}/own-work", limit=1)
    found.pop("jobs")
    if as_json:
        show(found, as_json=True)
    elif found["flags"]:
        typer.echo(f"ssh {found['user']}@{found['host'] or 'the cluster'}")
        typer.echo(f"sbatch {' '.join(found['flags'])} job.sh")
    else:
        typer.echo("This factory has no cluster to sign in to.")


@app.command("own-jobs")
def own_jobs(project: str, as_json: bool = AsJson) -> None:
    """List the jobs that the project's people submitted with sbatch, each with what the doctor says."""
    jobs = Remote().get(f"/projects/{project}/own-work", limit=100)["jobs"]
    rows = jobs if as_json else [job | {"doctor": job["doctor"]["means"]} for job in jobs]
    show({"items": rows}, as_json=as_json, columns=("job", "owner", "state", "reason", "gpus", "doctor"))


@app.command()
def members(project: str, as_json: bool = AsJson) -> None:
    """List who works on a project."""
    show(
        {"items": Remote().get(f"/projects/{project}/members")},
        as_json=as_json,
        columns=("id", "name", "user"),
    )


@app.command("add-member")
def add_member(project: str, email: str, as_json: bool = AsJson) -> None:
    """Let somebody with an account work on the project."""
    show(Remote().post(f"/projects/{project}/members", {"email": email}), as_json=as_json)


@app.command("remove-member")
def remove_member(project: str, member: str, as_json: bool = AsJson) -> None:
    """Let somebody work on the project no more."""
    show(Remote().post(f"/projects/{project}/members/{member}/remove"), as_json=as_json)


@app.command()
def data(project: str, as_json: bool = AsJson) -> None:
    """Show until when a project's data is kept, or what was deleted and when."""
    show(Remote().get(f"/projects/{project}/retention"), as_json=as_json)


@app.command()
def export(project: str, to: Path = typer.Option(..., help="The zip to write")) -> None:
    """Download everything that a project owns as one RO-Crate, with checksums."""
    typer.echo(Remote().download(f"/projects/{project}/export", to))


@app.command()
def extend(
    award: str,
    until: str = typer.Option(..., help="Moment with time zone, e.g. 2027-06-30T23:59+02:00."),
    reasons: str = typer.Option(..., help="Why; the project reads it."),
    as_json: bool = AsJson,
) -> None:
    """Let an award run longer; the amount stays. For who holds that mandate."""
    show(
        Remote().post(f"/allocations/{award}/extend", {"ends_at": until, "reasons": reasons}), as_json=as_json
    )


@app.command()
def reduce(
    award: str,
    amount: float = typer.Argument(help="What is left of it in all, in its unit."),
    reasons: str = typer.Option(..., help="Why; the project reads it."),
    as_json: bool = AsJson,
) -> None:
    """Make an award smaller, never below what is used and set aside. For who holds that mandate."""
    show(
        Remote().post(f"/allocations/{award}/reduce", {"amount": amount, "reasons": reasons}), as_json=as_json
    )


@app.command()
def close(project: str, as_json: bool = AsJson) -> None:
    """Close a project: it starts nothing any more. This cannot be undone."""
    show(Remote().post(f"/projects/{project}/close"), as_json=as_json)
