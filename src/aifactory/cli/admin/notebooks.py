"""`aifactory admin notebook-proxy`."""

import typer


def notebook_proxy(
    host: str = typer.Option("127.0.0.1"),
    port: int = typer.Option(8001),
) -> None:
    """Let people into their running notebooks, until Ctrl-C. Runs where the jobs run, beside the portal."""
    from django.conf import settings

    from aifactory.kit.errors import Refused
    from aifactory.ports.engine import Engine
    from aifactory.ports.notebook import NotebookProxy
    from aifactory.ports.registry import get
    from aifactory.supercomputer.notebooks.door import LastingDoor

    if not settings.NOTEBOOK_ADDRESS:
        raise Refused(
            "This factory has no address for notebooks.",
            next_step="Set AIFACTORY_NOTEBOOK_ADDRESS, e.g. http://*.localhost:8001.",
        )
    try:
        proxy = get(NotebookProxy)
    except ImportError as missing:
        raise Refused(
            f"The proxy needs a library that is not here: {missing.name}.",
            next_step="Install aifactory[notebooks].",
        ) from missing
    proxy.run(LastingDoor(get(Engine)), host=host, port=port)
