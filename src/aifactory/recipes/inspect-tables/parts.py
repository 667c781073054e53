"""Answering a question for one part of a table, in a worker that keeps the parts it read last."""

import os
from collections import OrderedDict
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from aifactory.datasets.inspection.asking import Question
from aifactory.datasets.inspection.reading import Form, Limits, Part, Room, load, locked, piece

#: Bytes that this worker may use: its core's share of the node's memory, less what Python and Dask take.
SHARE = int(os.environ.get("AIFACTORY_MEMORY_BYTES", "4000000000")) // int(
    os.environ.get("OMP_NUM_THREADS", "1")
)
LIMITS = Limits(memory=max(100_000_000, SHARE // 2 - 150_000_000), seconds=86_400, threads=1)
_kept: "OrderedDict[tuple[Path, Form, Part], tuple[ExitStack, Room, int]]" = OrderedDict()


def answer(path: Path, form: Form, part: Part, question: Question) -> Any:
    """Read the part, unless it is still here, and answer. Raises a `duckdb.Error` where it does not fit the form."""
    key = (path, form, part)
    if key not in _kept:
        _keep(key)
    _kept.move_to_end(key)
    return question.answer(_kept[key][1])


def _keep(key: tuple[Path, Form, Part]) -> None:
    """Read a part; those that were not asked for longest make room."""
    path, form, part = key
    size = (path.stat().st_size if part.is_whole or part.after is None else part.after - part.first) * 2
    while _kept and size + sum(one[2] for one in _kept.values()) > LIMITS.memory // 2:
        _kept.popitem(last=False)[1][0].close()
    with ExitStack() as stack:
        with piece(path, form, part) as file:
            database, table = stack.enter_context(locked(file, LIMITS))
            room = load(database, table, form, part)
        _kept[key] = stack.pop_all(), room, size
