"""Carries on with a process right after a transaction, instead of at the worker's next round.

Only a web server turns it on. It holds nothing: what it was told of stands in the tables, and the worker
takes up whatever a killed server left behind.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import close_old_connections, transaction

from aifactory.datasets.dataspace.models import Message, Process
from aifactory.kit import clock

log = structlog.get_logger()
_THREADS = 4


class Courier:
    """Runs `carry_on(process_id)` and `deliver(process, message)` for what it is told of. Off until `start`."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._carry_on: Callable[[str], object] | None = None
        self._deliver: Callable[[Process, Message], object] | None = None

    def start(self, carry_on: Callable[[str], object], deliver: Callable[[Process, Message], object]) -> None:
        """Turn it on; the threads come with the first thing to do, after a server has forked."""
        self._carry_on, self._deliver = carry_on, deliver

    def stop(self) -> None:
        """Finish what runs, and turn it off."""
        self._carry_on = self._deliver = None
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def is_on(self) -> bool:
        """Say whether a message that is claimed as it is written will be delivered by this process."""
        return self._deliver is not None

    def carry(self, process: Process, message: Message) -> None:
        """Deliver a message, claimed for us, once the transaction that wrote it is committed."""
        if (deliver := self._deliver) is not None:
            transaction.on_commit(lambda: self._submit(lambda: deliver(process, message), process.pk))

    def wake(self, process: Process) -> None:
        """Carry on with a process once the transaction is committed, not before its moment has come."""
        if (carry_on := self._carry_on) is not None:
            pause = max(0.0, (process.attend_at - clock.now()).total_seconds())
            transaction.on_commit(lambda: self._submit(lambda: carry_on(process.pk), process.pk, pause))

    def _submit(self, do: Callable[[], object], process_id: str, pause: float = 0.0) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="courier")
        self._pool.submit(self._run, do, process_id, pause)

    def _run(self, do: Callable[[], object], process_id: str, pause: float) -> None:
        if pause:
            time.sleep(pause)
        close_old_connections()
        try:
            do()
        except Exception:
            log.exception("courier_failed", process=process_id)
        finally:
            close_old_connections()


_courier = Courier()
start, stop, is_on, carry, wake = (
    _courier.start, _courier.stop, _courier.is_on, _courier.carry, _courier.wake,
)  # fmt: skip
