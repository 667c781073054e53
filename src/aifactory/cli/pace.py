"""`aifactory pace`: is an award used in time, and what becomes of unused time."""

from typing import Any

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(
    help="Pace of awards: forecast, plan, giving back, taking back, the pool.", no_args_is_help=True
)
RECLAIM = ("id", "title", "amount", "unit", "state", "answer_until")
WISH = ("id", "title", "asked", "granted", "unit", "state")
Reasons = typer.Option("", help="Why")


@app.command("list")
def list_(as_json: bool = AsJson, after: str = "") -> None:
    """List the awards in their period, each with what is used, expected, and forecast for the end."""
    found = Remote().get("/pace", after=after)
    columns = (
        "line",
        "project",
        "resource",
        "unit",
        "granted",
        "used",
        "expected_by_now",
        "verdict",
        "at_end",
    )
    if not as_json:
        found["items"] = [item | {"at_end": _range(item["forecast"])} for item in found["items"]]
    show(found, as_json=as_json, columns=columns)


@app.command("show")
def show_(line: str, as_json: bool = AsJson) -> None:
    """Show how one award is used and what will be used until its end, with its range."""
    found = Remote().get(f"/allocations/{line}/pace")
    if not as_json:
        found["forecast"] = _range(found["forecast"])
    show(found, as_json=as_json)


def _range(made: dict[str, Any] | None) -> str:
    if made is None:
        return "too early to tell"
    end = made["used_at_end"]
    return f"{end['value']:.1f} ({end['low']:.1f} to {end['high']:.1f})"


@app.command()
def plan(
    line: str,
    month: list[str] = typer.Option(
        ..., help="A month and its amount, e.g. 2026-12=500; again for each month"
    ),
    why: str = typer.Option(..., help="Why at this pace"),
    as_json: bool = AsJson,
) -> None:
    """Say how much is planned for which month, in the unit of the award."""
    show(Remote().put(f"/allocations/{line}/plan", {"months": _months(month), "why": why}), as_json=as_json)


def _months(given: list[str]) -> dict[str, float]:
    try:
        return {month: float(amount) for month, _equals, amount in (one.partition("=") for one in given)}
    except ValueError:
        raise typer.BadParameter("Write a month and its amount like 2026-12=500.") from None


@app.command("give-back")
def give_back(line: str, amount: float, why: str = Reasons, as_json: bool = AsJson) -> None:
    """Give back time that the project does not need, in the unit of the award."""
    show(Remote().post(f"/allocations/{line}/returns", {"amount": amount, "why": why}), as_json=as_json)


@app.command()
def ask(line: str, amount: float, why: str = typer.Option(..., help="Why"), as_json: bool = AsJson) -> None:
    """Ask the pool for more on top of an award, in the unit of the award."""
    show(Remote().post(f"/allocations/{line}/pool-wishes", {"amount": amount, "why": why}), as_json=as_json)


@app.command()
def reclaims(state: str = "", as_json: bool = AsJson, after: str = "") -> None:
    """List what was or may be taken back (states: proposed, confirmed, dropped)."""
    show(Remote().get("/reclaims", state=state, after=after), as_json=as_json, columns=RECLAIM)


@app.command()
def answer(reclaim: str, text: str, as_json: bool = AsJson) -> None:
    """Say why time that may be taken back is still needed."""
    show(Remote().post(f"/reclaims/{reclaim}/answer", {"answer": text}), as_json=as_json, columns=RECLAIM)


@app.command()
def confirm(reclaim: str, reasons: str = Reasons, as_json: bool = AsJson) -> None:
    """Take time back, with the mandate and with reasons."""
    done = Remote().post(f"/reclaims/{reclaim}/confirm", {"reasons": reasons})
    show(done, as_json=as_json, columns=RECLAIM)


@app.command()
def drop(reclaim: str, reasons: str = Reasons, as_json: bool = AsJson) -> None:
    """Leave the time with the project, with the mandate and with reasons."""
    show(Remote().post(f"/reclaims/{reclaim}/drop", {"reasons": reasons}), as_json=as_json, columns=RECLAIM)


@app.command()
def wishes(state: str = "", as_json: bool = AsJson, after: str = "") -> None:
    """List who asks for more (states: asked, granted, refused, withdrawn)."""
    show(Remote().get("/pool-wishes", state=state, after=after), as_json=as_json, columns=WISH)


@app.command()
def grant(wish: str, amount: float, reasons: str = Reasons, as_json: bool = AsJson) -> None:
    """Grant time from the pool, in the unit of the award; out of turn only with reasons."""
    done = Remote().post(f"/pool-wishes/{wish}/grant", {"amount": amount, "reasons": reasons})
    show(done, as_json=as_json, columns=WISH)


@app.command()
def refuse(wish: str, reasons: str = Reasons, as_json: bool = AsJson) -> None:
    """Say no to a wish for more, with reasons."""
    show(Remote().post(f"/pool-wishes/{wish}/refuse", {"reasons": reasons}), as_json=as_json, columns=WISH)


@app.command()
def withdraw(wish: str, as_json: bool = AsJson) -> None:
    """Take a wish for more back."""
    show(Remote().post(f"/pool-wishes/{wish}/withdraw"), as_json=as_json, columns=WISH)


@app.command()
def unused(as_json: bool = AsJson) -> None:
    """Show what became of unused time: given back, taken back, granted again, lapsed."""
    found = Remote().get("/register/unused-time")
    if as_json:
        show(found, as_json=True)
        return
    columns = ("resource", "unit", "returned", "reclaimed", "granted", "held", "lapsed")
    show({"items": found["moved"]}, as_json=False, columns=columns)
    show(
        found["lapses"],
        as_json=False,
        columns=("title", "organisation", "resource", "amount", "unit", "ended_at"),
    )


@app.command("object")
def object_(reclaim: str, text: str, as_json: bool = AsJson) -> None:
    """Object, for the project, to time being taken back; within the term that `reclaims` tells."""
    show(
        Remote().post(f"/reclaims/{reclaim}/objection", {"objection": text}),
        as_json=as_json,
        columns=(*RECLAIM, "objected_at", "ruling_until"),
    )


@app.command()
def rule(
    reclaim: str,
    restored: float = typer.Argument(
        help="What goes back to the award, in its unit; 0: the decision stands."
    ),
    hearing: str = typer.Option(..., help="What came of the hearing, or why there was none"),
    reasons: str = typer.Option(..., help="Why"),
    as_json: bool = AsJson,
) -> None:
    """Rule on an objection; for who decides on objections, and never on one's own decision."""
    ruling = {"restored": restored, "hearing": hearing, "reasons": reasons}
    done = Remote().post(f"/reclaims/{reclaim}/ruling", ruling)
    show(done, as_json=as_json, columns=(*RECLAIM, "restored", "ruled_at"))
