"""`aifactory doctor`: what a word or a message of Slurm's means, without a factory."""

import sys

import typer

from aifactory.cli.output import AsJson, show

COLUMNS = ("means", "figures", "do")


def command(
    said: list[str] = typer.Argument(
        None, help="A reason, a state, or a line that Slurm printed; else standard input."
    ),
    language: str = typer.Option("en", help="en or nl"),
    as_json: bool = AsJson,
) -> None:
    """Explain a word or a message of Slurm's, and say what to do: QOSGrpGRESMinutes, OUT_OF_MEMORY, an error line."""
    from aifactory.supercomputer.doctor import diagnose

    text = " ".join(said) if said else sys.stdin.read()
    found = diagnose(text).plain(language)
    show(found, as_json=as_json, columns=[name for name in COLUMNS if found[name]])
