"""`aifactory selection`: a call decided as one list. `replay --inputs` is a tool on files alone."""

import json
from pathlib import Path
from typing import Any

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote
from aifactory.kit.canonical import canonical, digest
from aifactory.kit.errors import Refused

app = typer.Typer(
    help="Calls decided as one list, by a rule that anybody can run again.", no_args_is_help=True
)

COLUMNS = ("id", "call", "state", "result_digest", "published_at")
LINE_COLUMNS = ("label", "standing", "class", "raw", "corrected", "way", "odds", "final", "state", "id")


class ReplayDiffers(Refused):
    """The rule gives another result than the one published."""


class NothingToReplay(Refused):
    """Neither a call nor a file was named, or the call has no list to see."""


@app.command()
def replay(
    call: str = typer.Argument("", help="The call, whose inputs and result are fetched from the factory."),
    *,
    inputs: Path | None = typer.Option(None, help="A file of inputs instead: no factory is asked."),
    result: Path | None = typer.Option(None, help="The published result to compare with, byte for byte."),
    out: Path | None = typer.Option(None, help="Write the result here."),
    as_json: bool = AsJson,
) -> None:
    """Run the rule again on the published inputs; ends with 1 where the result is another one."""
    from aifactory.access.selection.procedure import result_bytes

    given, published = _of_files(inputs, result) if inputs else _of_call(call)
    made = result_bytes(given)
    if out:
        out.write_bytes(made)
    told = {
        "inputs": digest(given),
        "result": digest(made),
        "same": None if published is None else made == published,
    }
    if published is not None and made != published:
        raise ReplayDiffers(
            f"The rule gives {told['result']}, and published is {digest(published)}.",
            next_step="Compare the two with --out, and tell the factory.",
        )
    listed = {"items": json.loads(made)["applications"]}
    columns = (
        "id",
        "standing",
        "class",
        "rank",
        "raw",
        "corrected",
        "low",
        "high",
        "way",
        "odds",
        "proposed",
    )
    if not as_json:
        show(listed, as_json=False, columns=columns)
    show(told, as_json=as_json)


def _of_files(inputs: Path, result: Path | None) -> tuple[Any, bytes | None]:
    try:
        return json.loads(inputs.read_bytes()), result.read_bytes() if result else None
    except OSError as error:
        raise typer.BadParameter(f"{error.filename} can't be read: {error.strerror}") from None
    except ValueError as error:
        raise typer.BadParameter(f"{inputs} holds no JSON: {error}") from None


def _of_call(call: str) -> tuple[Any, bytes]:
    remote = Remote()
    found = remote.get("/selections", call=call)["items"] if call else []
    if not found:
        raise NothingToReplay(
            "There is no list to see for this call." if call else "Name a call, or a file with --inputs.",
            next_step="`aifactory selection list` shows those that are published.",
        )
    at = f"/selections/{found[0]['id']}"
    return remote.get(f"{at}/inputs"), canonical(remote.get(f"{at}/result"))


@app.command("list")
def list_(call: str = "", after: str = "", as_json: bool = AsJson) -> None:
    """List the selections."""
    show(Remote().get("/selections", call=call, after=after), as_json=as_json, columns=COLUMNS)


@app.command("show")
def show_(selection: str, as_json: bool = AsJson) -> None:
    """Show one selection."""
    show(Remote().get(f"/selections/{selection}"), as_json=as_json)


@app.command()
def lines(selection: str, after: str = "", limit: int = 100, as_json: bool = AsJson) -> None:
    """List its lines: what the rule says of each application, and what is decided."""
    found = Remote().get(f"/selections/{selection}/lines", after=after, limit=limit)
    show(found, as_json=as_json, columns=LINE_COLUMNS)


@app.command()
def budget(
    call: str,
    amount: list[str] = typer.Option([], help="State resource=amount, e.g. gpu=100000; may be repeated."),
    as_json: bool = AsJson,
) -> None:
    """Show what a call has to give, or state it; the seed of the draw is committed to with it."""
    if not amount:
        show(Remote().get(f"/budgets/{call}"), as_json=as_json)
        return
    show(Remote().put(f"/budgets/{call}", {"amounts": _amounts(amount)}), as_json=as_json)


@app.command()
def propose(call: str, as_json: bool = AsJson) -> None:
    """Run the rule over a call; nothing is decided by it."""
    show(Remote().post("/selections", {"call": call}), as_json=as_json)


@app.command()
def deviate(
    line: str,
    award: list[str] = typer.Option([], help="resource=amount in its unit; none: not awarded."),
    reason: str = typer.Option("", help="Why this differs from the rule; it stands in the letter."),
    as_json: bool = AsJson,
) -> None:
    """Decide on one line yourself."""
    body = {"awarded": _amounts(award), "reason": reason}
    show(Remote().put(f"/selection-lines/{line}", body), as_json=as_json)


@app.command()
def confirm(selection: str, as_json: bool = AsJson) -> None:
    """Decide on every line that waits and that you may decide on, as the rule proposes."""
    show(Remote().post(f"/selections/{selection}/confirm"), as_json=as_json)


@app.command()
def publish(selection: str, as_json: bool = AsJson) -> None:
    """Announce every held decision at once, with letters and projects."""
    show(Remote().post(f"/selections/{selection}/publish"), as_json=as_json)


@app.command()
def set_aside(
    selection: str, because: str = typer.Option(..., help="The reason."), as_json: bool = AsJson
) -> None:
    """Take a list back before it is published."""
    show(Remote().post(f"/selections/{selection}/set-aside", {"because": because}), as_json=as_json)


def _amounts(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if wrong := [text for text, (_, sign, value) in zip(given, pairs, strict=True) if not sign or not value]:
        raise typer.BadParameter(f"{wrong[0]!r} is no resource=amount")
    return {resource: value for resource, _, value in pairs}
