"""`aifactory partners`."""

from pathlib import Path

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote
from aifactory.cli.terms import digest_of

app = typer.Typer(help="The consortium: partners, agreements, contributions.", no_args_is_help=True)


@app.command("list")
def list_(as_json: bool = AsJson) -> None:
    """Show the partners, their agreements, and what each promised and brought."""
    found = Remote().get("/partners")
    if as_json:
        show(found, as_json=True)
        return
    show({"items": found["partners"]}, as_json=False, columns=("id", "organisation", "function", "since"))
    show(
        {"items": found["agreements"]}, as_json=False, columns=("id", "title", "kind", "standing", "ends_on")
    )
    show({"items": found["totals"]}, as_json=False, columns=("kind", "unit", "promised", "delivered"))


@app.command()
def admit(
    organisation: str,
    function: str = typer.Option(..., help="What it does in the consortium."),
    since: str = typer.Option(..., help="Day, e.g. 2027-01-01"),
    as_json: bool = AsJson,
) -> None:
    """Take an organisation into the consortium."""
    body = {"organisation": organisation, "function": function, "since": since}
    show(Remote().post("/partners", body), as_json=as_json)


@app.command()
def leave(partner: str, until: str = typer.Option(..., help="The last day"), as_json: bool = AsJson) -> None:
    """Let a partner leave."""
    show(Remote().post(f"/partners/{partner}/leave", {"until": until}), as_json=as_json)


@app.command()
def agree(
    title: str,
    document: Path = typer.Option(..., help="The signed document; only its digest is sent."),
    partner: list[str] = typer.Option(..., help="A party; repeat for each."),
    kind: str = typer.Option("consortium", help="consortium, hosting, funding, data or services"),
    start: str = typer.Option(..., "--from", help="First day"),
    until: str = typer.Option(None, help="Last day"),
    terms: str = typer.Option("", help="What was agreed, in short (public)."),
    as_json: bool = AsJson,
) -> None:
    """Record an agreement between partners."""
    body = {
        "title": title,
        "kind": kind,
        "document_digest": digest_of(document),
        "starts_on": start,
        "ends_on": until,
        "terms": terms,
        "partners": partner,
    }
    show(Remote().post("/partner-agreements", body), as_json=as_json)


@app.command()
def sign(
    agreement: str,
    party: str,
    on: str = typer.Option(..., help="Day"),
    signatory: str = typer.Option(..., help="Who signed."),
    as_json: bool = AsJson,
) -> None:
    """Record that a party signed."""
    body = {"signed_on": on, "signatory": signatory}
    show(Remote().post(f"/partner-agreements/{agreement}/parties/{party}/sign", body), as_json=as_json)


@app.command()
def promise(
    partner: str,
    description: str,
    kind: str = typer.Option(..., help="money, staff, data or housing"),
    amount: str = typer.Option(..., help="Euro, hours, datasets or kW"),
    due: str = typer.Option(None, help="Day"),
    as_json: bool = AsJson,
) -> None:
    """Record what a partner will bring."""
    body = {"kind": kind, "amount": amount, "description": description, "due_on": due}
    show(Remote().post(f"/partners/{partner}/contributions", body), as_json=as_json)


@app.command()
def deliver(
    contribution: str,
    amount: str = typer.Option(..., help="Euro, hours, datasets or kW"),
    on: str = typer.Option(..., help="Day"),
    evidence: str = typer.Option(..., help="What shows it."),
    as_json: bool = AsJson,
) -> None:
    """Record that a part of a promise came."""
    body = {"amount": amount, "delivered_on": on, "evidence": evidence}
    show(Remote().post(f"/contributions/{contribution}/deliveries", body), as_json=as_json)
