"""Carries on with a process right after a transaction, instead of at the worker's next round.

Only a web server turns it on. It holds nothing: what it was told of stands in the tables, and the worker
takes up whatever a killed server left behind.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import close_old_connections, transaction

from aifactory.datasets.dataspace.models import Process
from aifactory.kit import clock

log = structlog.get_logger()
_THREADS = 4


class Courier:
    """Runs `carry_on(process_id)` for every process it is told of. Off until `start`."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._carry_on: Callable[[str], object] | None = None

    def start(self, carry_on: Callable[[str], object]) -> None:
        """Turn it on; the threads come with the first thing to do, after a server has forked."""
        self._carry_on = carry_on

    def stop(self) -> None:
        """Finish what runs, and turn it off."""
        self._carry_on = None
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def wake(self, process: Process) -> None:
        """Carry on with a process once the transaction is committed, not before its moment has come."""
        if self._carry_on is None:
            return
        pause = max(0.0, (process.attend_at - clock.now()).total_seconds())
        transaction.on_commit(lambda: self._submit(process.pk, pause))

    def _submit(self, process_id: str, pause: float) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="courier")
        self._pool.submit(self._run, process_id, pause)

    def _run(self, process_id: str, pause: float) -> None:
        if pause:
            time.sleep(pause)
        close_old_connections()
        try:
            if self._carry_on is not None:
                self._carry_on(process_id)
        except Exception:
            log.exception("courier_failed", process=process_id)
        finally:
            close_old_connections()


_courier = Courier()
start, stop, wake = _courier.start, _courier.stop, _courier.wake
