"""People's SSH keys as one file a person, where sshd looks for them; with a command of the site's own beside it.

For sshd: `AuthorizedKeysFile /etc/ssh/aifactory/%u`. A site that keeps keys elsewhere (a directory, a login node)
names a command: it gets the keys on its standard input, and the files are then the memory of what it was told.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from aifactory.adapters.engine.slurm import names
from aifactory.ports.cluster import Change

HEAD = "# Kept by the AI factory: what is changed here is undone.\n"
PATIENCE = 30.0


class KeyFiles:
    """Keeps the files in `folder`. `command` is a list of words in which {user} stands for the person's name."""

    def __init__(self, folder: Path, command: tuple[str, ...] = ()) -> None:
        self.folder, self.command = folder, command

    def user(self, person: str) -> str:
        """Return the name of a person on the cluster: plain, so it never leads out of the folder."""
        return names.account(person)

    def differences(self, wanted: dict[str, tuple[str, ...]]) -> list[Change]:
        """Return what differs, each with the command that mends it when it is given the keys. Changes nothing."""
        return [change for change, _content in self._changes(wanted)]

    def mend(self, wanted: dict[str, tuple[str, ...]]) -> list[Change]:
        """Set it right: first the site's command, then the file, so that what was cut off is done again."""
        refused = []
        for change, content in self._changes(wanted):
            if not change.command:
                continue
            try:
                self._carry_out(change.account, content)
            except (OSError, subprocess.SubprocessError) as problem:
                refused.append(Change(change.account, f"{change.sentence} It could not be done: {problem}"))
        return refused

    def _changes(self, wanted: dict[str, tuple[str, ...]]) -> Iterator[tuple[Change, str]]:
        should = {
            self.user(person): HEAD + "".join(f"{line}\n" for line in lines)
            for person, lines in wanted.items()
            if lines
        }
        has = self._found()
        for user in sorted(should.keys() | has.keys()):
            content = should.get(user, "")
            if has.get(user, "") == content:
                continue
            if user in has and not has[user].startswith(HEAD):
                yield (
                    Change(user, f"The file of {user} is not ours: somebody else keeps it, and so it stays."),
                    "",
                )
                continue
            count = content.count("\n") - 1 if content else 0
            sentence = (
                f"{user} should get in with {count} keys." if count else f"{user} should not get in any more."
            )
            yield Change(user, sentence, self._line(user, content)), content

    def _line(self, user: str, content: str) -> tuple[str, ...]:
        if self.command:
            return tuple(word.replace("{user}", user) for word in self.command)
        path = str(self.folder / user)
        return ("install", "-m", "0644", "/dev/stdin", path) if content else ("rm", path)

    def _found(self) -> dict[str, str]:
        if not self.folder.is_dir():
            return {}
        files = (path for path in self.folder.iterdir() if path.is_file() and not path.name.startswith("."))
        return {path.name: path.read_text(encoding="utf-8", errors="replace") for path in files}

    def _carry_out(self, user: str, content: str) -> None:
        if self.command:
            keys = content.removeprefix(HEAD)
            subprocess.run(
                self._line(user, content),
                input=keys,
                text=True,
                check=True,
                capture_output=True,
                timeout=PATIENCE,
            )
        path = self.folder / user
        if not content:
            path.unlink(missing_ok=True)
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        fresh = self.folder / f".{user}.{os.getpid()}"
        fresh.write_text(content, encoding="utf-8")
        fresh.chmod(0o644)  # sshd reads it as the person who signs in
        fresh.replace(path)
