"""`aifactory assurance`: the laws on a file of answers, and the assessments kept by a factory."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from aifactory.assurance.laws import law
from aifactory.assurance.procedure import Outcome
from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote
from aifactory.kit import clock
from aifactory.kit.errors import Refused

app = typer.Typer(help="What the AI Act, the GDPR and ethics ask of a piece of work.", no_args_is_help=True)

Kind = typer.Option("ai_act", help="ai_act, gdpr or ethics.")
AnswersFile = typer.Option(..., "--answers", help="JSON, answers by question; - for standard input.")
Language = typer.Option("en", help="en or nl.")


class NoAnswersThere(Refused):
    """The file holds no answers."""


@app.command()
def questions(kind: str = Kind, language: str = Language, as_json: bool = AsJson) -> None:
    """[Tool] Show every question of one law, with its article and the answers it takes."""
    found = law(kind)
    if as_json:
        typer.echo(json.dumps([q.document() for q in found.questions.values()], indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for question in found.questions.values():
        console.print(f"{question.id} ({question.article}): {question.text.said(language)}")
        for option in question.options:
            console.print(f"    {option.id}: {option.label.said(language)}")


@app.command()
def assess(
    answers: Path = AnswersFile,
    kind: str = Kind,
    as_of: str = typer.Option("", help="A day as YYYY-MM-DD; today where it is left out."),
    language: str = Language,
    as_json: bool = AsJson,
) -> None:
    """[Tool] Say what the law makes of answers in a file, which duties follow, and what to ask next."""
    found, given = law(kind), _read(answers)
    outcome = found.assess(given, as_of=_day(as_of))
    todo = found.next_questions(given)
    if as_json:
        document = outcome.document() | {"next_questions": [q.id for q in todo]}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False, markup=False, soft_wrap=True)
    _print(console, outcome, language)
    for question in todo:
        console.print(f"Still to answer: {question.id}: {question.text.said(language)}")


@app.command("list")
def list_(subject: str = "", as_json: bool = AsJson, after: str = "") -> None:
    """[Remote] List the assessments you may see."""
    show(
        Remote().get("/assessments", subject=subject, after=after),
        as_json=as_json,
        columns=("id", "kind", "subject", "state", "result", "later_result"),
    )


@app.command("show")
def show_(assessment: str, as_json: bool = AsJson) -> None:
    """[Remote] Show one assessment."""
    columns = ("id", "kind", "subject", "state", "rule_version", "result", "later_result", "ground")
    show(Remote().get(f"/assessments/{assessment}"), as_json=as_json, columns=columns)


@app.command()
def answer(
    subject: str = typer.Argument(help="Such as awards.project:prj_…"),
    answers: Path = AnswersFile,
    kind: str = Kind,
    as_json: bool = AsJson,
) -> None:
    """[Remote] Record answers about a thing of your organisation."""
    body = {"subject": subject, "kind": kind, "answers": _read(answers)}
    columns = ("id", "kind", "state", "result", "later_result", "next_questions")
    show(Remote().put("/assessments", body), as_json=as_json, columns=columns)


def _read(path: Path) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
        answers = json.loads(text)
    except (OSError, ValueError) as error:
        raise NoAnswersThere(f"{path} can't be read as JSON: {error}.") from error
    if not isinstance(answers, dict):
        raise NoAnswersThere(
            f"{path} holds no answers by question.", next_step='Write {"ai_system": "yes", …}.'
        )
    return answers


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else clock.now().date()
    except ValueError as error:
        raise Refused(f"{text!r} is no day.", next_step="Write it as 2026-11-22.") from error


def _print(console: Console, outcome: Outcome, language: str) -> None:
    console.print(outcome.summary().said(language))
    console.print(f"Rules of {outcome.version}, read on {outcome.as_of}.")
    for finding in outcome.path:
        waiting = f" ({', '.join(finding.open)})" if finding.open else ""
        console.print(f"  {finding.step} {finding.article}: {finding.sentence.said(language)}{waiting}")
    for duty in outcome.duties:
        console.print(f"  From {duty.applies_from} ({duty.article}): {duty.text.said(language)}")
    for gate in outcome.re_ask_at:
        console.print(f"  Ask again when: {gate.text.said(language)} ({gate.article})")
    if outcome.later and outcome.later.codes != outcome.codes:
        console.print()
        _print(console, outcome.later, language)
