"""Pages of the reference about rules and data: settings, lifecycles, permissions, events, modes, recipes."""

from collections.abc import Iterable

from aifactory.access import modes as access_modes
from aifactory.access.screening.steps import StateAid
from aifactory.config.environment import Environment
from aifactory.people.rules import Grant, table
from aifactory.supercomputer import recipes as run_recipes
from docs import facts

SHOWN_IN = {"gpu": "GPU-h", "core": "core-h", "storage": "GB", "advice": "adviser-h"}
NOTE = "*Written by `docs.generate` from the code.*"


def page(title: str, *parts: str) -> str:
    """Return a page with its heading and where it comes from."""
    return "\n\n".join([f"# {title}", NOTE, *parts])


def rows(head: Iterable[str], lines: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    head = list(head)
    cells = [head, ["---"] * len(head), *([str(cell).replace("|", "\\|") for cell in line] for line in lines)]
    return "\n".join("| " + " | ".join(line) + " |" for line in cells)


def settings() -> str:
    """Every environment variable, what it means and what holds without it."""
    lines = []
    for name, field in Environment.model_fields.items():
        variable = str(field.validation_alias or f"AIFACTORY_{name.upper()}")
        default = "" if field.default is None or field.default == "" else f"`{field.default}`"
        lines.append((f"`{variable}`", default, field.description))
    intro = (
        "A factory is configured by environment variables alone. "
        "Without any it is the embedded factory: SQLite, a folder as object store, the local engine. "
        "Lists are written as JSON, for example `AIFACTORY_HOSTS='[\"factory.example\"]'`."
    )
    return page("Settings", intro, rows(("variable", "default", "meaning"), lines))


def lifecycles() -> str:
    """Every table of states: drawn, and as a list of transitions with who may walk them."""
    parts = []
    for model, lifecycle in facts.lifecycles().items():
        states = rows(("state", "label"), ((f"`{s}`", label) for s, label in lifecycle.states.items()))
        ways = rows(
            ("transition", "from", "to", "permission", "event"),
            (
                (t.name, ", ".join(t.source), t.target, f"`{t.permission}`", f"`{t.event}`")
                for t in lifecycle.transitions
            ),
        )
        parts += [f"## {model._meta.label}", f"```mermaid\n{lifecycle.mermaid()}\n```", states, ways]
    intro = "A record changes state along these ways only, whichever page, API or command asks for it."
    return page("Lifecycles", intro, *parts)


def permissions() -> str:
    """Who may do what: people by role and condition, parts of the system by name."""
    people = rows(
        ("permission", "who"),
        ((f"`{name}`", "; ".join(map(_who, grants)) or "nobody") for name, grants in table().items()),
    )
    system = rows(
        ("part of the system", "permissions"),
        ((f"`{a.id}`", ", ".join(f"`{p}`" for p in sorted(a.permissions))) for a in facts.system_actors()),
    )
    intro = (
        "A permission is granted to roles, for some only where a condition on the person and the thing "
        "holds. Conditions stand in `rules.py` of the room."
    )
    return page("Permissions", intro, people, "## Parts of the system", system)


def _who(grant: Grant) -> str:
    who = "anyone signed in" if grant.roles is None else ", ".join(sorted(grant.roles))
    return f"{who}, on a condition" if grant.when else who


def events() -> str:
    """Every name that can stand in the log, and what writes it."""
    lines = (
        (f"`{name}`", ", ".join(f"`{place}`" for place in where)) for name, where in facts.events().items()
    )
    intro = (
        "The names of events in the log. `Room.Record: transition` stands for a step of a lifecycle, "
        "a file for a record that came in or was edited there."
    )
    return page("Events", intro, rows(("event", "written by"), lines))


def modes() -> str:
    """The access modes that come with the platform."""
    parts = []
    for mode in map(access_modes.named, access_modes.names()):
        reviewing = mode.reviewing
        clock = f"{mode.clock.working_days} working days from the {mode.clock.counted_from.replace('_', '-')}"
        how = (
            f"{reviewing.reviews} reviews, threshold {reviewing.threshold} of 5"
            if reviewing
            else "first in, first out"
        )
        summary = (
            ("decided", how),
            ("within", clock),
            ("objection", f"{mode.clock.objection_weeks} weeks"),
            ("an award lasts", f"{mode.months} months"),
            ("before an award", _screening(mode)),
            *([("state aid", _aid(mode.state_aid))] if mode.state_aid else []),
            *((g.resource, f"{g.least:,} to {g.most:,} {SHOWN_IN[g.resource]}") for g in mode.grants),
        )
        rules = rows(
            ("rule", "text", "source"), ((f"`{r.id}`", r.text.en, r.source.en) for r in mode.eligibility)
        )
        parts += [f"## {mode.title.en}: `{mode.name}`", mode.summary.en, rows(("", ""), summary), rules]
        if reviewing:
            parts.append(
                rows(("criterion", "weight"), ((c.label.en, f"{c.weight}%") for c in reviewing.criteria))
            )
    return page("Modes", "The rules of the calls that come with the platform.", *parts)


def _screening(mode: access_modes.Mode) -> str:
    steps = mode.screening
    wanted = {"technical check": steps and steps.technical, "law and ethics": steps and steps.law_gate}
    return ", ".join(name for name, asked in wanted.items() if asked) or "the rules alone"


def _aid(aid: StateAid) -> str:
    return ", ".join(f"EUR {cents / 100:.2f} for one {SHOWN_IN[name]}" for name, cents in aid.prices.items())


def recipes() -> str:
    """The recipes that come with the platform: what they read, take and make."""
    parts = []
    for recipe in run_recipes.available().values():
        parameters = rows(
            ("parameter", "kind", "default", "meaning"),
            (
                (f"`{p.name}`", p.kind, "required" if p.required else f"`{p.default!r}`", p.label["en"])
                for p in recipe.parameters.values()
            ),
        )
        inputs = rows(
            ("input", "kind", "what"),
            ((f"`{r.name}`", r.kind, r.description["en"]) for r in recipe.inputs.values()),
        )
        outputs = rows(
            ("output", "what"), ((f"`{name}`", text["en"]) for name, text in recipe.outputs.items())
        )
        head = f"## {recipe.title['en']}: `{recipe.id}` {recipe.version}"
        parts += [head, recipe.summary["en"], *_reach(recipe), parameters, inputs, outputs]
    return page("Recipes", "What can be run on the supercomputer without writing code.", *parts)


def _reach(recipe: run_recipes.Recipe) -> Iterable[str]:
    """Yield what a recipe can do beyond one node and one attempt, and what a node must have for it."""
    if recipe.resources.most_nodes > 1:
        yield f"Runs on up to {recipe.resources.most_nodes} nodes together."
    if recipe.resources.most_tasks > 1:
        yield f"Can be split into up to {recipe.resources.most_tasks} tasks."
    if recipe.checkpoints:
        yield "Goes on from its checkpoint when an attempt reaches its time limit."
    if recipe.needs:
        yield f"Every node must have {', '.join(f'`{name}`' for name in recipe.needs)}."
