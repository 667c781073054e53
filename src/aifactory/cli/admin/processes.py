"""Runs a few processes together and keeps them running."""

import signal
import subprocess
import sys
import time

_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0


def keep_running(commands: dict[str, list[str]]) -> None:
    """Start every command and start it again when it ends, after a growing pause; SIGTERM or Ctrl-C ends all."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    running = {name: subprocess.Popen(argv) for name, argv in commands.items()}
    pauses = dict.fromkeys(commands, _SHORTEST_PAUSE)
    started = dict.fromkeys(commands, time.monotonic())
    try:
        while True:
            time.sleep(0.5)
            for name, process in running.items():
                if process.poll() is None:
                    continue
                lived = time.monotonic() - started[name]
                pauses[name] = (
                    _SHORTEST_PAUSE if lived > _LONGEST_PAUSE else min(2 * pauses[name], _LONGEST_PAUSE)
                )
                print(f"{name} ended with {process.returncode}; starting it again.", file=sys.stderr)
                time.sleep(pauses[name])
                running[name], started[name] = subprocess.Popen(commands[name]), time.monotonic()
    except KeyboardInterrupt:
        pass
    finally:
        _end(list(running.values()))


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
