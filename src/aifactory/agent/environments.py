"""Each recipe's own locked environment, built once on this machine and shared by all its attempts."""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused
from aifactory.kit.pins import mistakes

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
        return self._place([digest(project), digest(lock)], lambda place: self._build(place, project, lock))

    def required(self, file: Path) -> Path:
        """Return the environment that pinned requirements ask for, after building it if need be.

        Raises `EnvironmentCannotBeBuilt`, also where something is not pinned with its hashes.
        """
        text = file.read_bytes()
        if wrong := mistakes(text.decode(errors="replace")):
            raise EnvironmentCannotBeBuilt(f"{file.name}: {wrong[0]}")
        return self._place(["required", digest(text)], lambda place: self._build_required(place, text))

    def _place(self, known_by: list[str], build: Callable[[Path], None]) -> Path:
        key = digest([*known_by, platform.python_version(), platform.machine()])
        place = self.cache / key.removeprefix("sha256:")[:32]
        if not (place / _COMPLETE).exists():
            self.cache.mkdir(parents=True, exist_ok=True)
            with _alone(place.with_suffix(".lock")):
                if not (place / _COMPLETE).exists():
                    build(place)
        return place

    def _build(self, place: Path, project: bytes, lock: bytes) -> None:
        source = place.with_suffix(".source")
        source.mkdir(exist_ok=True)
        (source / "pyproject.toml").write_bytes(project)
        (source / "uv.lock").write_bytes(lock)
        try:
            shutil.rmtree(place, ignore_errors=True)
            self._run(source, place, [
                "sync", "--frozen", "--no-install-project", "--no-dev", "--no-build",
                "--compile-bytecode", "--python", sys.executable, "--project", str(source),
            ])  # fmt: skip
        finally:
            shutil.rmtree(source, ignore_errors=True)
        (place / _COMPLETE).touch()

    def _build_required(self, place: Path, text: bytes) -> None:
        """Install into a folder, with our own Python: that of the new environment is never run on this side of the
        walls, for anything that somebody brought along would run with it.
        """
        source = place.with_suffix(".source")
        source.mkdir(exist_ok=True)
        (source / "requirements.txt").write_bytes(text)
        try:
            shutil.rmtree(place, ignore_errors=True)
            self._run(source, place, ["venv", "--no-config", "--python", sys.executable, str(place)])
            packages = place / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
            self._run(source, place, [
                "pip", "install", "--no-config", "--python", sys.executable, "--target", str(packages),
                "--require-hashes", "--only-binary", ":all:", "--requirements", "requirements.txt",
            ])  # fmt: skip
        finally:
            shutil.rmtree(source, ignore_errors=True)
        (place / _COMPLETE).touch()

    def _run(self, folder: Path, place: Path, words: list[str]) -> None:
        """Run uv in a folder. Raises `EnvironmentCannotBeBuilt`."""
        env = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
        env |= {"UV_PROJECT_ENVIRONMENT": str(place), "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
        line = [str(self._uv or _own_uv()), *words]
        try:
            # 022: the attempt's user, who is not us, must be able to read what is installed.
            answer = subprocess.run(
                line, cwd=folder, env=env, capture_output=True, text=True, errors="replace", check=False,
                timeout=BUILD_SECONDS, umask=0o022,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise EnvironmentCannotBeBuilt(
                f"The recipe's environment was not built within {BUILD_SECONDS} seconds."
            ) from None
        if answer.returncode:
            raise EnvironmentCannotBeBuilt(
                f"The recipe's environment cannot be built: {answer.stderr.strip()[-600:]}",
                next_step="Check that this machine reaches the package index, and that uv.lock is whole.",
            )


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
