"""`aifactory login`: get a token for the remote commands."""

import json
import os

import typer

from aifactory.cli.remote import Remote, credentials_path


def command(
    url: str = typer.Option("http://127.0.0.1:8000", help="The factory's address."),
    email: str = typer.Option(..., prompt=True),
    password: str = typer.Option(..., prompt=True, hide_input=True, envvar="AIFACTORY_PASSWORD"),
) -> None:
    """Sign in; the token is kept in a file that only you can read."""
    os.environ["AIFACTORY_URL"] = url
    answer = Remote().post("/tokens", {"email": email, "password": password})
    path = credentials_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"url": url, "token": answer["token"]}, file)
    typer.echo(f"Signed in at {url}. The key ends on {answer['expires_at'][:10]}.")
