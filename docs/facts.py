"""What the code says about itself: records, lifecycles, events, actors.

The generated reference and the tests of the rules read it here.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from django.apps import apps

from aifactory.audit.record import Record
from aifactory.kit.lifecycle import Lifecycle
from aifactory.people.actors import SystemActor
from aifactory.people.rules import table

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src/aifactory"
WRITERS = {"enter", "note"}  # audit's verbs whose event is named where they are called


@cache
def sources() -> dict[Path, ast.Module]:
    """Return every module of the package that is ours to write: not migrations, not what recipes run."""
    paths = sorted(PACKAGE.rglob("*.py"))
    ours = [
        path for path in paths if "migrations" not in path.parts and PACKAGE / "recipes" not in path.parents
    ]
    return {path: ast.parse(path.read_text()) for path in ours}


def records() -> list[type[Record]]:
    """Return every kind of record, by room and name."""
    return sorted(
        (m for m in apps.get_models() if issubclass(m, Record)), key=lambda model: model._meta.label
    )


def lifecycles() -> dict[type[Record], Lifecycle]:
    """Return the table of every kind of record that has states."""
    return {model: model.LIFECYCLE for model in records() if hasattr(model, "LIFECYCLE")}


def system_actors() -> list[SystemActor]:
    """Return the parts of the system that act by themselves."""
    found: dict[str, SystemActor] = {}
    for path in sources():
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        if "SystemActor(" in path.read_text():
            found |= {a.name: a for a in vars(import_module(name)).values() if isinstance(a, SystemActor)}
    return [found[name] for name in sorted(found)]


def permissions() -> set[str]:
    """Return everything that some person or some part of the system may do."""
    return set(table()) | {str(permission) for actor in system_actors() for permission in actor.permissions}


def events() -> dict[str, list[str]]:
    """Return every event with the places that write it: transitions, and calls of `enter` and `note`."""
    found: dict[str, set[str]] = {}
    for model, lifecycle in lifecycles().items():
        for transition in lifecycle.transitions:
            found.setdefault(transition.event, set()).add(f"{model._meta.label}: {transition.name}")
    for path, tree in sources().items():
        for name in _named_by_calls(tree):
            found.setdefault(name, set()).add(str(path.relative_to(PACKAGE.parent)))
    return {name: sorted(found[name]) for name in sorted(found)}


def _named_by_calls(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in WRITERS:
            yield from (
                a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
            )


def _called(call: ast.Call) -> str:
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
