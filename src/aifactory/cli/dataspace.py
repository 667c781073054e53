"""`aifactory dataspace`."""

import json
import os
import sys
import tempfile
from pathlib import Path

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote
from aifactory.kit.errors import Refused

app = typer.Typer(help="The dataspace: participants, negotiations and transfers.", no_args_is_help=True)
PARTICIPANT = ("id", "identifier", "organisation", "address", "state")
PROCESS = ("id", "role", "organisation", "state", "turn", "since")


class OnlyInTheConformanceMode(Refused):
    """A factory is served by `aifactory admin serve`."""


@app.command()
def participants(as_json: bool = AsJson) -> None:
    """Show who is on the list."""
    show(Remote().get("/dataspace/participants"), as_json=as_json, columns=PARTICIPANT)


@app.command()
def identity(as_json: bool = AsJson) -> None:
    """Show what others need to put us on their list: identifier, address and public key."""
    show(Remote().get("/dataspace/identity"), as_json=as_json)


@app.command()
def admit(
    organisation: str = typer.Argument(help="Id of the organisation, as it is registered here."),
    identifier: str = typer.Option(..., help="Its identifier in the dataspace."),
    address: str = typer.Option(
        ..., help="Address of its endpoints, e.g. https://factory.example/dsp/2025-1"
    ),
    key: list[Path] = typer.Option([], help="File with a public key (JWK); repeat for each."),
    issuer: str = typer.Option("", help="The OpenID provider that issues its tokens, if it does not itself."),
    keys_address: str = typer.Option("", help="Where its keys are published (a JWK Set), if they are."),
    as_json: bool = AsJson,
) -> None:
    """Put another party on the list."""
    body = {
        "organisation": organisation,
        "identifier": identifier,
        "address": address,
        "keys": [json.loads(path.read_text()) for path in key],
        "issuer": issuer,
        "keys_address": keys_address,
    }
    show(Remote().post("/dataspace/participants", body), as_json=as_json)


@app.command()
def block(participant: str, as_json: bool = AsJson) -> None:
    """Answer a participant no more."""
    show(Remote().post(f"/dataspace/participants/{participant}/block"), as_json=as_json)


@app.command()
def unblock(participant: str, as_json: bool = AsJson) -> None:
    """Answer a participant again."""
    show(Remote().post(f"/dataspace/participants/{participant}/admit-again"), as_json=as_json)


@app.command()
def catalogue(
    participant: str,
    text: str = typer.Option("", help="Words that must occur."),
    after: str = typer.Option("", help="Where the page before ended."),
    as_json: bool = AsJson,
) -> None:
    """Show what another participant offers."""
    found = Remote().get(f"/dataspace/participants/{participant}/catalogue", text=text, after=after)
    if not as_json:
        found["items"] = [
            entry | {"offers": "; ".join(o["id"] for o in entry["offers"])} for entry in found["items"]
        ]
    show(found, as_json=as_json, columns=("id", "title", "offers"))


@app.command()
def ask(
    participant: str,
    dataset: str = typer.Option(...),
    offer: str = typer.Option(...),
    project: str = typer.Option(..., help="The project that will use it."),
    purpose: str = typer.Option(...),
    as_json: bool = AsJson,
) -> None:
    """Ask another participant for data; everything after a yes goes by itself."""
    body = {
        "participant": participant,
        "dataset": dataset,
        "offer": offer,
        "project": project,
        "purpose": purpose,
    }
    show(Remote().post("/dataspace/negotiations", body), as_json=as_json)


@app.command()
def negotiations(as_json: bool = AsJson) -> None:
    """Show the negotiations that you may see, newest first."""
    show(Remote().get("/dataspace/negotiations"), as_json=as_json, columns=PROCESS)


@app.command()
def transfers(as_json: bool = AsJson) -> None:
    """Show the transfers that you may see, newest first."""
    show(Remote().get("/dataspace/transfers"), as_json=as_json, columns=PROCESS)


@app.command("show")
def show_(process: str, as_json: bool = AsJson) -> None:
    """Show one negotiation or transfer with its messages."""
    kind = "transfers" if process.startswith("trf_") else "negotiations"
    found = Remote().get(f"/dataspace/{kind}/{process}")
    if as_json:
        show(found, as_json=True)
        return
    said = found.pop("messages")
    show(found, as_json=False)
    show({"items": said}, as_json=False, columns=("at", "kind", "event", "standing", "trouble"))


@app.command("take-up")
def take_up(
    negotiation: str,
    project: str = typer.Option(..., help="The project that will use it."),
    purpose: str = typer.Option(..., help="One of the purposes of the offer."),
    seen: str = typer.Option(..., help="Digest of the offer that you read, as `show` gives it."),
    as_json: bool = AsJson,
) -> None:
    """Take up an offer that nobody asked for, for your project."""
    body = {"project": project, "purpose": purpose, "seen": seen}
    show(Remote().post(f"/dataspace/negotiations/{negotiation}/take-up", body), as_json=as_json)


@app.command()
def act(
    process: str,
    step: str = typer.Argument(help="agree, refuse, accept or end; for a transfer: complete or end"),
    reason: str = typer.Option("", help="Why, for a no and an end."),
    seen: str = typer.Option("", help="To accept: digest of the offer that you read, as `show` gives it."),
    as_json: bool = AsJson,
) -> None:
    """Take the step that waits for you."""
    kind = "transfers" if process.startswith("trf_") else "negotiations"
    body = {"reason": reason, "seen": seen}
    show(Remote().post(f"/dataspace/{kind}/{process}/{step}", body), as_json=as_json)


@app.command()
def serve(
    tck: bool = typer.Option(False, "--tck", help="Behave by the conformance kit's script."),
    port: int = typer.Option(8282, help="Port on 127.0.0.1; the mode is for this machine alone."),
) -> None:
    """Serve a factory of its own for the protocol's conformance kit: no sign-in, no data, on loopback only."""
    if not tck:
        raise OnlyInTheConformanceMode(
            "Only the conformance mode is served from here.",
            next_step="Add --tck, or run `aifactory admin serve` for the factory itself.",
        )
    with tempfile.TemporaryDirectory(prefix="aifactory-tck-") as home:
        os.environ.update(
            AIFACTORY_HOME=home,
            AIFACTORY_DATASPACE_TCK="true",
            AIFACTORY_DATASPACE_ADDRESS=f"http://127.0.0.1:{port}/dsp/2025-1",
            AIFACTORY_DATASPACE_NETWORKS='["127.0.0.0/8"]',
            DATABASE_URL="",
            DJANGO_SETTINGS_MODULE="aifactory.config.settings",
        )
        _ready(port)
        _serve(port)


def _ready(port: int) -> None:
    """Make the tables, and put the kit on the list."""
    import django

    django.setup()
    from django.core.management import call_command

    from aifactory.datasets.dataspace.scripted import welcome

    call_command("migrate", verbosity=0, interactive=False)
    welcome()
    print(f"Ready for the kit at http://127.0.0.1:{port}/dsp/2025-1", flush=True)


def _serve(port: int) -> None:
    from aifactory.cli.admin.processes import keep_running

    here = Path(sys.executable).parent
    web = [str(here / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
           "--workers", "1", "--backpressure", "16", "--no-ws", "--log-level", "warning",
           "aifactory.config.wsgi:application"]  # fmt: skip
    keep_running({"web": web})
