"""Processes of one folder: started once, waited for, stopped or killed by what was written down of them."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PATIENCE = 60.0


class DaemonDidNotStart(RuntimeError):
    """A daemon died or was not ready in time; the message holds the end of its log."""


class Daemons:
    """The daemons of the folder `root`, by name. Their output goes to `root/log`."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self.root = root
        self.environment = {"PATH": PATH, "HOME": str(root), "LANG": "C.UTF-8"} | environment
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: object, **environment: str) -> None:
        """Start a daemon; one that runs is left alone."""
        if self.pid(name):
            return
        with (self.root / "log" / f"{name}.out").open("ab") as out:
            self._running[name] = subprocess.Popen(
                [str(word) for word in command], env=self.environment | environment, cwd=self.root / "run",
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    def pid(self, name: str) -> int | None:
        """Return the process of a daemon that runs."""
        process = self._running.get(name)
        return process.pid if process and process.poll() is None else None

    def run(self, *command: object) -> subprocess.CompletedProcess[str]:
        """Run a program of the cluster to its end; whoever calls judges its exit status."""
        line = [str(word) for word in command]
        return subprocess.run(
            line, env=self.environment, capture_output=True, text=True, check=False, timeout=PATIENCE
        )

    def wait(self, name: str, is_ready: Callable[[], bool]) -> None:
        """Wait until a daemon answers. Raises `DaemonDidNotStart`."""
        until = time.monotonic() + PATIENCE
        while not _tried(is_ready):
            if self.pid(name) is None or time.monotonic() > until:
                raise DaemonDidNotStart(f"{name} did not start. Its log ends with:\n{self._log(name)}")
            time.sleep(0.05)

    def stop(self, name: str, *, seconds: float = 10) -> None:
        """Ask a daemon to end, and kill it when it does not."""
        process = self._running.pop(name, None)
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self, name: str) -> None:
        """Kill a daemon without a word, as a power cut would."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def stop_all(self) -> None:
        """Stop everything, what was started last first."""
        for name in reversed(list(self._running)):
            self.stop(name)

    def stop_marked(self, program: str, mark: str) -> None:
        """Kill processes named `program` whose environment holds `mark`: they start by themselves, unlisted."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                is_ours = mark.encode() in (folder / "environ").read_bytes().split(b"\0")
                if is_ours and program.encode() in (folder / "cmdline").read_bytes()[:60]:
                    os.kill(int(folder.name), signal.SIGKILL)
            except OSError:
                continue  # it ended meanwhile, or is not ours to look at

    def _log(self, name: str) -> str:
        lines: list[str] = []
        for ending in ("out", "log"):
            path = self.root / "log" / f"{name}.{ending}"
            if path.exists():
                lines += path.read_text(errors="replace").splitlines()[-8:]
        return "\n".join(lines)


def _tried(is_ready: Callable[[], bool]) -> bool:
    try:
        return is_ready()
    except (OSError, subprocess.SubprocessError):
        return False
