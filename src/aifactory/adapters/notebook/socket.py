"""Getting hold of the socket of a notebook, which lies in a folder that the notebook may write.

It may put anything there: a link to a socket of the machine's own, through which the proxy would then speak with our
rights. So the socket is opened without following anything, and the connection is made to what was opened.
"""

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aifactory.adapters.engine.outputs import read_tail
from aifactory.ports.notebook import SOCKET, WORD

_PLAIN = re.compile(r"[A-Za-z0-9_-]{20,100}")


class NotebookIsSilent(OSError):
    """No notebook listens in this folder of this machine."""


@contextmanager
def opened(folder: Path) -> Iterator[tuple[str, str]]:
    """Give a path that leads to the notebook's socket and nowhere else, and the word it asks for.

    Raises `NotebookIsSilent`. The path holds inside the block only; it is short, however deep the folder lies.
    """
    try:
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            found = os.open(SOCKET, os.O_PATH | os.O_NOFOLLOW, dir_fd=at)
        finally:
            os.close(at)
    except OSError as problem:
        raise NotebookIsSilent(f"Nothing listens there: {problem.strerror}.") from problem
    try:
        if not stat.S_ISSOCK(os.fstat(found).st_mode):
            raise NotebookIsSilent("What lies there is no socket.")
        yield f"/proc/self/fd/{found}", _word(folder)
    finally:
        os.close(found)


def _word(folder: Path) -> str:
    try:
        word = json.loads(read_tail(folder, WORD, 4096))["token"]
    except (ValueError, KeyError, TypeError) as problem:
        raise NotebookIsSilent("It did not say which word it asks for.") from problem
    if not isinstance(word, str) or not _PLAIN.fullmatch(word):
        raise NotebookIsSilent("The word it asks for is no plain one.")
    return word
