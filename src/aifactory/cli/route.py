"""`aifactory route`: from a need in plain words to a mode and a service."""

from typing import Any

import typer

from aifactory.access.finder.questions import questions
from aifactory.access.finder.routes import AnswerIsUnknown, advise, read
from aifactory.access.finder.shown import advice_facts
from aifactory.access.modes import named, names
from aifactory.cli.output import AsJson, show


def _offered(name: str) -> str:
    question = next(question for question in questions() if question.id == name)
    return f"{question.label.en} {' | '.join(option.value for option in question.options)}"


def command(
    *,
    who: str = typer.Option(..., help=_offered("who")),
    place: str = typer.Option("union", help=_offered("place")),
    goal: str = typer.Option("try", help=_offered("goal")),
    data: str = typer.Option("none", help=_offered("data")),
    size: str = typer.Option("unknown", help=_offered("size")),
    hurry: str = typer.Option("months", help=_offered("hurry")),
    experience: str = typer.Option("none", help=_offered("experience")),
    project: str = typer.Option("no", help=_offered("project")),
    language: str = typer.Option("en", help="en | nl"),
    as_json: bool = AsJson,
) -> None:
    """Find the way to apply that fits, what it takes, who helps, and why not another."""
    given = {
        "who": who,
        "place": place,
        "goal": goal,
        "data": data,
        "size": size,
        "hurry": hurry,
        "experience": experience,
        "project": project,
    }
    try:
        answers = read(given)
    except AnswerIsUnknown as unknown:
        raise typer.BadParameter(_offered(unknown.question), param_hint=f"--{unknown.question}") from None
    newest = {mode.id: mode for mode in (named(name) for name in names())}
    facts = advice_facts(advise(answers, newest.values()))
    if as_json:
        show(facts, as_json=True)
        return
    _tell(facts, "nl" if language == "nl" else "en")


def _tell(facts: dict[str, Any], language: str) -> None:
    for route in facts["fitting"]:
        typer.echo(f"+ {route['title'][language]} ({route['mode']})")
        for reason in route["reasons"]:
            typer.echo(f"    {reason[language]}")
    for line in (*facts["first"], *facts["services"]):
        typer.echo(f"> {line['title'][language]}: {line['reason'][language]}")
    for route in facts["others"]:
        typer.echo(f"- {route['title'][language]} ({route['mode']})")
        for reason in route["against"]:
            typer.echo(f"    {reason[language]}")
