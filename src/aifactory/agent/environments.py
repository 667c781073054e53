"""Each recipe's own locked environment, built once on this machine and shared by all its attempts."""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused

BUILD_SECONDS = 900
_COMPLETE = "aifactory-complete"


class EnvironmentCannotBeBuilt(Refused):
    """uv could not install what the lock file names."""


class Environments:
    """A cache of virtual environments below `cache`, built by the program `uv` for this Python.

    An environment is known by its lock file, so a changed lock is another environment and one that
    exists is never touched. It is built in place, under a lock, and used only once its last file says
    that it is complete. Only wheels are installed: building a package would run its code as us.
    """

    def __init__(self, cache: Path, uv: Path | None = None) -> None:
        self.cache = cache.absolute()
        self._uv = uv

    def ready(self, recipe: Path) -> Path:
        """Return the environment of the recipe in this folder, after building it if need be.

        Raises `EnvironmentCannotBeBuilt` with the end of what uv said.
        """
        project, lock = ((recipe / name).read_bytes() for name in ("pyproject.toml", "uv.lock"))
        key = digest([digest(project), digest(lock), platform.python_version(), platform.machine()])
        place = self.cache / key.removeprefix("sha256:")[:32]
        if not (place / _COMPLETE).exists():
            self.cache.mkdir(parents=True, exist_ok=True)
            with _alone(place.with_suffix(".lock")):
                if not (place / _COMPLETE).exists():
                    self._build(place, project, lock)
        return place

    def _build(self, place: Path, project: bytes, lock: bytes) -> None:
        shutil.rmtree(place, ignore_errors=True)
        source = place.with_suffix(".source")
        source.mkdir(exist_ok=True)
        (source / "pyproject.toml").write_bytes(project)
        (source / "uv.lock").write_bytes(lock)
        env = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
        env |= {"UV_PROJECT_ENVIRONMENT": str(place), "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
        line = [
            str(self._uv or _own_uv()), "sync", "--frozen", "--no-install-project", "--no-dev", "--no-build",
            "--compile-bytecode", "--python", sys.executable, "--project", str(source),
        ]  # fmt: skip
        try:
            # 022: the attempt's user, who is not us, must be able to read what is installed.
            answer = subprocess.run(
                line, cwd=source, env=env, capture_output=True, text=True, errors="replace", check=False,
                timeout=BUILD_SECONDS, umask=0o022,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise EnvironmentCannotBeBuilt(
                f"The recipe's environment was not built within {BUILD_SECONDS} seconds."
            ) from None
        finally:
            shutil.rmtree(source, ignore_errors=True)
        if answer.returncode:
            raise EnvironmentCannotBeBuilt(
                f"The recipe's environment cannot be built: {answer.stderr.strip()[-600:]}",
                next_step="Check that this machine reaches the package index, and that uv.lock is whole.",
            )
        (place / _COMPLETE).touch()


def _own_uv() -> Path:
    import uv

    return Path(uv.find_uv_bin())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
