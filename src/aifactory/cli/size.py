"""`aifactory size`: a tool on files alone."""

import json
from pathlib import Path
from typing import Any

import typer

from aifactory.cli.output import AsJson
from aifactory.kit.errors import Refused
from aifactory.people.enterprises.determination import Accounts, determine
from aifactory.people.enterprises.holdings import Firm, Holding, Kind


class NoDeclaration(Refused):
    """The file holds no declaration of enterprises."""


def command(file: Path, as_json: bool = AsJson) -> None:
    """Tell the size class of the first enterprise in a JSON file, with reasons: 2003/361/EC and (EU) 2025/1099.

    The file holds `enterprises` (id, name, kind, accounts: year to staff, turnover, balance, consolidated) and
    `holdings` (owner, held, capital and votes in percent, control).
    """
    try:
        found = _determined(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise NoDeclaration(f"{file} holds no declaration ({type(error).__name__}: {error}).") from None
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    typer.echo(found["size"])
    for reason in found["reasons"]:
        typer.echo(f"- {reason['en']}")


def _determined(declared: dict[str, Any]) -> dict[str, Any]:
    named = declared["enterprises"]
    firms = [Firm(str(e["id"]), str(e["name"]), Kind(e.get("kind", "enterprise"))) for e in named]
    books = {
        str(e["id"]): {int(year): _accounts(figures) for year, figures in e.get("accounts", {}).items()}
        for e in named
    }
    holdings = [_holding(one, {firm.id for firm in firms}) for one in declared.get("holdings", [])]
    return determine(firms[0].id, firms, holdings, books).plain()


def _accounts(figures: dict[str, Any]) -> Accounts:
    turnover, balance = int(figures["turnover"]), int(figures["balance"])
    return Accounts(
        round(float(figures["staff"]) * 100), turnover, balance, bool(figures.get("consolidated"))
    )


def _holding(one: dict[str, Any], known: set[str]) -> Holding:
    owner, held = str(one["owner"]), str(one["held"])
    if unknown := {owner, held} - known:
        raise ValueError(f"a holding names {', '.join(sorted(unknown))}, which is no enterprise of the file")
    capital = float(one.get("capital", 0))
    votes = float(one.get("votes", capital))
    return Holding(owner, held, round(capital * 100), round(votes * 100), bool(one.get("control")))
