"""Our turn in a process: the factory's next move, where its conduct knows one."""

from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction

from aifactory.datasets.dataspace import courier, moving
from aifactory.datasets.dataspace.conduct import conduct
from aifactory.datasets.dataspace.rules import DATASPACE
from aifactory.kit import clock
from aifactory.kit.errors import Refused

log = structlog.get_logger()


def take(process: Any) -> None:
    """Make our move, in the transaction of what led to it; a `Refused` ends the process.

    Anything else that fails leaves what led to it as it is: the worker looks at the process again.
    """
    try:
        with transaction.atomic():
            again = conduct().proceed(process)
    except Refused as refusal:
        process.refresh_from_db()
        moving.terminate(process, by=DATASPACE, code=type(refusal).__name__, reason=str(refusal))
        again = False
    except Exception:
        log.exception("dataspace_turn_failed", process=process.pk)
        process.refresh_from_db()
        _attend(process, again=True)
        return
    if again or process.attend:
        _attend(process, again=again)
    if again:
        courier.wake(process)


def _attend(process: Any, *, again: bool) -> None:
    process.attend, process.attend_at = again, clock.now() + timedelta(seconds=conduct().delay_s)
    rows = type(process)._base_manager.filter(pk=process.pk)  # noqa: SLF001 - Django's own name
    rows.update(attend=again, attend_at=process.attend_at)
