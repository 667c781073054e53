"""What `script/serve` says first: who can sign in, and where to look."""

import json
import os
from pathlib import Path

from rich.console import Console
from rich.table import Table

PLACES = {
    "/": "what the factory is",
    "/register/": "the public register: awards, hours, energy, results",
    "/datasets/": "the catalogue of data",
    "/desk/": "whose turn is it (after signing in)",
    "/api/v1/openapi.json": "the API",
}


def main() -> None:
    """Print the example accounts of the demonstration, if this factory has them."""
    console = Console(highlight=False, soft_wrap=True)
    path = Path(os.environ.get("AIFACTORY_HOME", ".factory")) / "example-accounts.json"
    console.print("[bold]http://127.0.0.1:8000[/]")
    for place, what in PLACES.items():
        console.print(f"  {place:22} {what}")
    if not path.exists():
        console.print(
            "\nThis factory is empty. Run script/demo to fill one, or: aifactory admin create-person"
        )
        return
    accounts = json.loads(path.read_text())
    table = Table(
        "Sign in as",
        "who is",
        title=f"Example accounts, password {accounts['password']}",
        title_justify="left",
    )
    for email, title in accounts["people"].items():
        table.add_row(email, title)
    console.print()
    console.print(table)


if __name__ == "__main__":
    main()
