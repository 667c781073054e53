"""Run the script that somebody brought along, in place of this one."""

import os
import shlex
import sys

from aifactory.recipes.sandbox import INPUTS, parameters, stop

asked = parameters()
code = (INPUTS / "code").resolve()
script = (code / asked["script"]).resolve()
if not script.is_relative_to(code) or not script.is_file():
    stop(f"There is no file {asked['script']!r} among: {', '.join(sorted(p.name for p in code.iterdir()))}.")
try:
    arguments = shlex.split(asked["arguments"])
except ValueError as error:
    stop(f"The arguments can't be read: {error}.")
os.execv(sys.executable, [sys.executable, str(script), *arguments])  # noqa: S606 - from here on it is theirs
