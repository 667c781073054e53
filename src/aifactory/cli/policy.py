"""`aifactory policy`: evaluate terms of use in ODRL, from files alone."""

from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from aifactory.cli.output import AsJson, show
from aifactory.datasets import profile as own
from aifactory.datasets.odrl import reading
from aifactory.datasets.odrl.evaluation import evaluate as hold
from aifactory.datasets.odrl.graph import Graph, load
from aifactory.datasets.odrl.report import answer, triples, turtle
from aifactory.kit.errors import Refused

EXAMPLES = files("aifactory.datasets.odrl") / "examples"
app = typer.Typer(help="Terms of use in ODRL: evaluate them, print our profile.", no_args_is_help=True)


class NoPolicy(Refused):
    """The file holds no policy."""

    status = 422


@app.command()
def evaluate(
    policy: Annotated[
        Path, typer.Option(help="Turtle: one or more ODRL policies", exists=True, dir_okay=False)
    ],
    request: Annotated[
        Path | None, typer.Option(help="Turtle: who wants to do what", exists=True, dir_okay=False)
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(help="Turtle: the moment, memberships, duties done", exists=True, dir_okay=False),
    ] = None,
    duties_first: Annotated[
        bool, typer.Option(help="A duty must be fulfilled before; else it must not be violated")
    ] = False,
    as_turtle: Annotated[bool, typer.Option("--turtle", help="Print the compliance report.")] = False,
    as_json: bool = AsJson,
) -> None:
    """Say of each rule whether it is active and why, and whether the request is permitted.

    Nothing is fetched, and the clock is not read: the moment is the one that the state names.
    """
    terms = load(policy) + own.graph()
    asked = reading.request(load(request) if request else Graph())
    world = reading.world(load(state) if state else Graph(), terms=terms)
    found = [
        hold(one, asked, world, duties_first=duties_first)
        for one in reading.policies(terms, profiles=[own.IRI])
    ]
    if not found:
        raise NoPolicy(f"{policy} holds no ODRL policy (a Set, Offer, Agreement …).")
    if as_turtle:
        typer.echo(turtle([x for one in found for x in triples(one)]), nl=False)
        return
    told = answer(found)
    if as_json:
        show(told, as_json=True)
    else:
        _tell(told)


class Example(StrEnum):
    """The three files of an evaluation."""

    POLICY = "policy"
    REQUEST = "request"
    STATE = "state"


@app.command()
def example(part: Example) -> None:
    """Print a policy, a request or a state of the world in Turtle, to start from."""
    typer.echo(EXAMPLES.joinpath(f"{part}.ttl").read_text(encoding="utf-8"), nl=False)


@app.command()
def profile() -> None:
    """Print the factory's ODRL profile in Turtle: every word that terms of use may hold."""
    typer.echo(own.turtle(), nl=False)


def _tell(told: dict[str, Any]) -> None:
    typer.echo(told["decision"])
    for reason in told["reasons"]:
        typer.echo(f"  {reason}")
    for rule in told["rules"]:
        typer.echo(f"{rule['activationState']:8}  {rule['type']}  {rule['rule']}")
        for premise in rule["premises"]:
            typer.echo(f"    {_mark(premise)} {premise['about']}")
            _tell_constraints(premise["refinements"], "      ")
        _tell_constraints(rule["constraints"], "    ")
        for duty in rule["duties"]:
            typer.echo(f"    {duty['deonticState']}: {' '.join(duty['actions'])} ({duty['duty']})")
        for word in rule["unknown"]:
            typer.echo(f"    not known: {word}")


def _tell_constraints(constraints: list[dict[str, Any]], indent: str) -> None:
    for one in constraints:
        if "constraints" in one:
            typer.echo(f"{indent}{_mark(one)} {one['operator']}")
            _tell_constraints(one["constraints"], indent + "  ")
            continue
        left = ", ".join(one["left"]) or "nothing"
        words = f"{one['leftOperand']} {one['operator']} {', '.join(one['right'])}"
        typer.echo(f"{indent}{_mark(one)} {words} (it is {left})")


def _mark(one: dict[str, Any]) -> str:
    return "yes" if one["satisfied"] else "no "
