"""Pages of the reference about what others call: the command, the REST API, the ports."""

import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import typer

from aifactory import adapters
from aifactory import ports as all_ports
from aifactory.api import api
from aifactory.cli import assemble
from docs.pieces import page, rows


def command() -> str:
    """Every sub-command of `aifactory`, its arguments and options."""
    parts = []
    for path, found in _commands(typer.main.get_command(assemble()), ("aifactory",)):
        said = inspect.cleandoc(found.help or "").replace("\f", "")
        takes = [parameter for parameter in found.params if parameter.name != "help"]
        usage = " ".join([*path, *(_written(parameter) for parameter in takes)])
        parts += [f"## {' '.join(path)}", said, f"```text\n{usage}\n```"]
        if described := [(f"`{_written(p)}`", getattr(p, "help", "") or "") for p in takes]:
            parts.append(rows(("", "meaning"), described))
    return page("The aifactory command", *parts)


def _commands(found: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not hasattr(found, "commands"):
        yield path, found
        return
    for name, below in sorted(found.commands.items()):
        yield from _commands(below, (*path, name))


def _written(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return parameter.name.upper() + ("…" if parameter.nargs == -1 else "")
    written = parameter.opts[0] if parameter.is_flag else f"{parameter.opts[0]} {parameter.name.upper()}"
    return written if parameter.required else f"[{written}]"


def openapi() -> str:
    """The REST API as an OpenAPI document."""
    return json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), indent=1, sort_keys=True, default=str)


def ports() -> str:
    """Every port with its methods, and the adapters that are there."""
    parts = []
    for module in _modules(all_ports):
        for name, port in vars(module).items():
            if getattr(port, "_is_protocol", False) and port.__module__ == module.__name__:
                parts += [f"## {name}", f"`{module.__name__}`: {inspect.getdoc(port)}", _methods(port)]
    offered = rows(
        ("adapters", "what"),
        (
            (f"`{m.__name__}`", (m.__doc__ or "").strip().splitlines()[0])
            for m in _modules(adapters)
            if m.__doc__
        ),
    )
    intro = (
        "What the rooms need from outside, as Python protocols. "
        "`config/wiring.py` alone says which adapter stands behind which."
    )
    return page("Ports and adapters", intro, *filter(None, parts), "## Adapters", offered)


def _methods(port: type) -> str:
    methods = [
        (n, f) for n, f in vars(port).items() if inspect.isfunction(f) and (n == "__call__" or n[0] != "_")
    ]
    lines = ((f"`{n}{_signature(f)}`", (inspect.getdoc(f) or "").splitlines()[:1]) for n, f in methods)
    return rows(("method", "what"), ((call, "".join(said)) for call, said in lines)) if methods else ""


def _signature(function: Any) -> str:
    written = str(inspect.signature(function)).replace("(self, ", "(").replace("(self)", "()")
    return re.sub(r"(?:[a-z0-9_]+\.)+(?=[A-Za-z])", "", written.replace("'", ""))


def _modules(package: Any) -> list[Any]:
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [import_module(name) for name in sorted(module.name for module in found)]
