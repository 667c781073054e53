"""`aifactory organisations`."""

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Organisations you belong to.", no_args_is_help=True)
Number = typer.Option(None, help="Registration number, for example of the chamber of commerce")
Region = typer.Option(None, help="Where it is established, e.g. Groningen")
Sector = typer.Option(None, help="health, energy, agriculture, …: `GET /api/v1/sectors` lists them")
Staff = typer.Option(None, help="Number of staff")
Turnover = typer.Option(None, help="Yearly turnover in euro")
Balance = typer.Option(None, help="Balance sheet total in euro")


@app.command("list")
def list_(as_json: bool = AsJson, after: str = "") -> None:
    """List the organisations you may see."""
    show(
        Remote().get("/organisations", after=after),
        as_json=as_json,
        columns=("id", "name", "country", "kind"),
    )


@app.command()
def register(
    name: str,
    country: str = typer.Option(..., help="Two letters, e.g. NL"),
    kind: str = typer.Option("company", help="company, research, hospital, public or other"),
    number: str | None = Number,
    region: str | None = Region,
    sector: str | None = Sector,
    staff: int | None = Staff,
    turnover_eur: int | None = Turnover,
    balance_eur: int | None = Balance,
    as_json: bool = AsJson,
) -> None:
    """Register your organisation; you become its representative."""
    facts = _said(
        name=name, country=country, kind=kind, registration_number=number, region=region, sector=sector, staff=staff,
        turnover_eur=turnover_eur, balance_eur=balance_eur,
    )  # fmt: skip
    show(Remote().post("/organisations", facts), as_json=as_json)


@app.command()
def edit(
    organisation: str,
    name: str | None = typer.Option(None, help="Its name"),
    country: str | None = typer.Option(None, help="Two letters, e.g. NL"),
    kind: str | None = typer.Option(None, help="company, research, hospital, public or other"),
    number: str | None = Number,
    region: str | None = Region,
    sector: str | None = Sector,
    staff: int | None = Staff,
    turnover_eur: int | None = Turnover,
    balance_eur: int | None = Balance,
    as_json: bool = AsJson,
) -> None:
    """Change facts of your organisation; those not named stay."""
    remote = Remote()
    facts = _said(
        name=name, country=country, kind=kind, registration_number=number, region=region, sector=sector, staff=staff,
        turnover_eur=turnover_eur, balance_eur=balance_eur,
    )  # fmt: skip
    before = remote.get(f"/organisations/{organisation}")
    show(remote.put(f"/organisations/{organisation}", before | facts), as_json=as_json)


def _said(**facts: str | int | None) -> dict[str, str | int]:
    return {name: fact for name, fact in facts.items() if fact is not None}


@app.command()
def members(organisation: str, as_json: bool = AsJson) -> None:
    """Show who belongs to an organisation."""
    found = Remote().get(f"/organisations/{organisation}/members")
    show(found, as_json=as_json, columns=("id", "name", "representative", "student", "since"))


@app.command("let-sign")
def let_sign(
    membership: str,
    signs: bool = typer.Option(True, help="Whether this person may sign"),
    as_json: bool = AsJson,
) -> None:
    """Let a colleague sign for your organisation, or no more."""
    show(Remote().put(f"/memberships/{membership}", {"representative": signs}), as_json=as_json)


@app.command("end-membership")
def end_membership(membership: str, as_json: bool = AsJson) -> None:
    """Say that a colleague, or you, left the organisation."""
    show(Remote().post(f"/memberships/{membership}/end"), as_json=as_json)


@app.command()
def size(organisation: str, as_json: bool = AsJson) -> None:
    """Show the size class of an organisation with the reasons for it."""
    found = Remote().get(f"/organisations/{organisation}/size")
    if as_json:
        show(found, as_json=True)
        return
    typer.echo(found["size"] or "not known yet")
    for reason in found["size_reasons"]:
        typer.echo(f"- {reason['en']}")
    for year in found["size_years"]:
        show({"items": year["added"]}, as_json=False, columns=("name", "relation", "staff", "turnover", "balance"),
             title=str(year["year"]))  # fmt: skip


@app.command()
def enterprise(
    organisation: str,
    name: str,
    kind: str = typer.Option("enterprise", help="enterprise, person, public_body, university, …"),
    country: str = typer.Option("", help="Two letters, e.g. NL"),
    number: str = typer.Option("", help="Registration number"),
    as_json: bool = AsJson,
) -> None:
    """Name an enterprise, person or body that is tied to your organisation."""
    body = {"name": name, "kind": kind, "country": country, "registration_number": number}
    show(Remote().post(f"/organisations/{organisation}/enterprises", body), as_json=as_json)


@app.command()
def accounts(
    whose: str,
    year: int,
    staff: float = typer.Option(..., help="Annual work units"),
    turnover_eur: int = typer.Option(..., help="Yearly turnover in euro"),
    balance_eur: int = typer.Option(..., help="Balance sheet total in euro"),
    consolidated: bool = typer.Option(False, help="They hold the figures of all that it controls"),
    as_json: bool = AsJson,
) -> None:
    """State the accounts of a year: of your organisation (org_…) or of a tied enterprise (ent_…)."""
    body = {"year": year, "staff": staff, "turnover_eur": turnover_eur, "balance_eur": balance_eur}
    place = "organisations" if whose.startswith("org_") else "enterprises"
    show(Remote().put(f"/{place}/{whose}/accounts", body | {"consolidated": consolidated}), as_json=as_json)


@app.command()
def holding(
    owner: str,
    held: str,
    capital: float = typer.Option(..., help="Percent of the capital"),
    votes: float | None = typer.Option(None, help="Percent of the votes; as the capital where not given"),
    control: bool = typer.Option(False, help="Appoints the board, or controls by contract"),
    as_json: bool = AsJson,
) -> None:
    """State what one enterprise (ent_…) holds in another."""
    body = {"owner": owner, "held": held, "capital": capital, "votes": votes, "control": control}
    show(Remote().put("/holdings", body), as_json=as_json)


@app.command()
def add(
    organisation: str, email: str, student: bool = False, signs: bool = False, as_json: bool = AsJson
) -> None:
    """Add a colleague who has an account."""
    body = {"email": email, "student": student, "representative": signs}
    show(Remote().post(f"/organisations/{organisation}/members", body), as_json=as_json)
