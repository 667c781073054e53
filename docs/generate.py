"""Writes the reference from the code: `python -m docs.generate`; with `--check` it only names stale pages."""

import sys
from collections.abc import Callable
from pathlib import Path

from docs import faces, pieces

REFERENCE = Path(__file__).parent / "reference"
PAGES: dict[str, Callable[[], str]] = {
    "settings.md": pieces.settings,
    "lifecycles.md": pieces.lifecycles,
    "permissions.md": pieces.permissions,
    "events.md": pieces.events,
    "modes.md": pieces.modes,
    "recipes.md": pieces.recipes,
    "ports.md": faces.ports,
    "command.md": faces.command,
    "openapi.json": faces.openapi,
}


def main() -> int:
    """Write what changed; return 1 when only asked to check, and something is stale."""
    only_check = "--check" in sys.argv[1:]
    stale = []
    for name, write in PAGES.items():
        page, text = REFERENCE / name, write().rstrip() + "\n"
        if page.exists() and page.read_text() == text:
            continue
        stale.append(name)
        if not only_check:
            page.parent.mkdir(exist_ok=True)
            page.write_text(text)
    if stale:
        print(f"{'Stale' if only_check else 'Written'}: {', '.join(stale)}")
    return 1 if stale and only_check else 0


if __name__ == "__main__":
    sys.exit(main())
