"""What Slurm says of several attempts, asked as few times as can be: once where there are many of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Protocol, TypeVar

from aifactory.adapters.engine.slurm.commands import Submission
from aifactory.ports.cluster import ClusterIsSilent, JobRecord, ReplyIsCutOff

T = TypeVar("T")
#: from so many on, one look at all of them costs less than a question about each
MANY = 4


class Slurm(Protocol):
    """The few verbs needed of a cluster; `Commands` and `Rest` have them.

    Each may raise `ClusterIsSilent` (nobody knows whether it happened) or `SlurmRefused` (it did not).
    """

    def submit(self, job: Submission) -> str: ...

    def job(self, job_id: str) -> JobRecord | None: ...

    def jobs(self, job_ids: list[str]) -> dict[str, JobRecord]: ...

    def named(self, name: str) -> list[JobRecord]: ...

    def cancel(self, job_id: str) -> None: ...

    def booked(
        self, *, since: datetime, until: datetime | None = None, name: str = "", job_id: str = ""
    ) -> Iterator[JobRecord]: ...


class Told:
    """Asks about `job_ids` together at the first question about any; about each alone where they are few.

    `ended` are the attempts whose nodes wrote down an end, each with the moment from which the books matter. A silence
    is one for all: nobody waits for each of them in turn.
    """

    def __init__(
        self, slurm: Slurm, job_ids: Iterable[str] = (), ended: dict[str, datetime] | None = None
    ) -> None:
        self._slurm, self._ids, self._ended = slurm, frozenset(job_ids), ended or {}
        self._jobs: dict[str, JobRecord] | None = None
        self._books: dict[str, list[JobRecord]] | None = None
        self._silence: Exception | None = None

    def job(self, job_id: str) -> JobRecord | None:
        """Return what the controller knows of a job; None where it does not know it (any more)."""
        if len(self._ids) < MANY or job_id not in self._ids:
            return self._slurm.job(job_id)
        if self._jobs is None:
            self._jobs = self._heard(lambda: self._slurm.jobs(sorted(self._ids)))
        return self._jobs.get(job_id)

    def booked(self, name: str, since: datetime) -> list[JobRecord]:
        """Return what the books say of the runs of an attempt."""
        if len(self._ended) < MANY or name not in self._ended:
            return list(self._slurm.booked(since=since, name=name))
        if self._books is None:
            self._books = self._heard(self._read_books)
        return self._books.get(name, [])

    def _read_books(self) -> dict[str, list[JobRecord]]:
        found: dict[str, list[JobRecord]] = defaultdict(list)
        for record in self._slurm.booked(since=min(self._ended.values()), name=",".join(self._ended)):
            found[record.name].append(record)
        return found

    def _heard(self, ask: Callable[[], T]) -> T:
        if self._silence:
            raise self._silence
        try:
            return ask()
        except (ClusterIsSilent, ReplyIsCutOff) as silence:
            self._silence = silence
            raise
