"""A Jupyter server behind the walls. It listens on a socket in its own /tmp, and ends when nobody works in it.

The proxy outside finds there the socket and the word that opens it. Nobody works in it when for so many minutes no
cell ran and no notebook was saved: a page that is only left open asks Jupyter for its lists all day, which Jupyter's
own measure takes for work.
"""

import json
import os
import secrets
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aifactory.recipes.sandbox import INPUTS, OUTPUTS, has, parameters, stop

TMP = Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108 - the sandbox's own
SOCKET, WORD = TMP / "notebook.sock", TMP / "notebook.json"
LIMIT = float(os.environ.get("AIFACTORY_WALL_SECONDS", "86400"))
SPARE = min(20.0, LIMIT / 10)  # seconds before its time limit in which it closes in good order
NEWS = "@jupyterlab/apputils-extension:announcements"
LOOK = 1.0
FIRST = 600.0  # seconds that it waits at least for who may be away when it starts
STARTED = time.time()


def main() -> None:
    """Serve until nobody works in it, or until somebody shuts it down."""
    try:
        from jupyterlab.labapp import LabApp
    except ImportError:
        stop("The requirements.txt that you brought along pins no jupyterlab. Add it, with its hashes.")
    bring_along()
    without_news()
    word = secrets.token_urlsafe(32)
    WORD.touch(0o600, exist_ok=False)
    WORD.write_text(json.dumps({"token": word}), encoding="utf-8")
    server = LabApp.initialize_server(argv=arguments(word))
    watch(server, parameters()["idle_minutes"] * 60)
    server.start()
    print("The notebook is closed.", flush=True)


def bring_along() -> None:
    """Copy what was brought along to where notebooks are saved, so that it can be worked on."""
    for path in sorted((INPUTS / "code").iterdir()) if has("code") else ():
        shutil.copyfile(path, OUTPUTS / path.name)


def without_news() -> None:
    """Let JupyterLab ask nobody outside for news and new versions: there is no network, and it would say so."""
    page = Path.home() / ".jupyter" / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(json.dumps({"disabledExtensions": {NEWS: True}}), encoding="utf-8")


def arguments(word: str) -> list[str]:
    """Return how the server is set up: on its socket, without terminals."""
    options = {
        "ServerApp.sock": SOCKET,
        "ServerApp.sock_mode": "0600",
        "ServerApp.root_dir": OUTPUTS,
        "ServerApp.open_browser": False,
        "ServerApp.terminals_enabled": False,
        "ServerApp.log_level": "WARN",
        "IdentityProvider.token": word,
        "FileContentsManager.delete_to_trash": False,
        "LabApp.extension_manager": "readonly",
    }
    return [f"--{name}={value}" for name, value in options.items()]


def watch(server: Any, idle: float) -> None:
    """Look every second whether somebody works in it, say when it closes, and close it then."""
    from tornado.ioloop import PeriodicCallback

    opened, said = time.time(), 0.0

    def look() -> None:
        nonlocal said
        last = last_work(server, opened)
        wait = idle if last > opened else max(idle, FIRST)
        closes = min(last + wait, STARTED + LIMIT - SPARE)
        if time.time() >= closes:
            tell(ready=False, text="It closes: nobody worked in it, or its time is over.", closes=closes)
            server.stop()
        elif abs(closes - said) > idle / 20:
            tell(ready=True, text="The notebook is open.", closes=closes)
            said = closes

    server.io_loop.add_callback(PeriodicCallback(look, LOOK * 1000).start)


def last_work(server: Any, opened: float) -> float:
    """Return when a cell last ran or a notebook was last saved, in seconds since 1970; now, if one is running."""
    kernels = server.kernel_manager
    moments = [opened]
    for kernel in [kernels.get_kernel(known) for known in kernels.list_kernel_ids()]:
        if kernel.execution_state in {"starting", "busy"}:
            return time.time()
        moments.append(kernel.last_activity.timestamp())
    moments += [path.stat().st_mtime for path in OUTPUTS.glob("*.ipynb") if path.is_file()]
    return min(max(moments), time.time())


def tell(*, ready: bool, text: str, closes: float) -> None:
    """Say where it stands, for the page of the job."""
    line = {
        "done": 0,
        "text": text,
        "ready": ready,
        "closes_at": datetime.fromtimestamp(closes, UTC).isoformat(),
    }
    with (OUTPUTS / "progress.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(text, f"Unless somebody works in it, until {line['closes_at']}." if ready else "", flush=True)


if __name__ == "__main__":
    main()
