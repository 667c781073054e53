"""A cluster with accounts and books of its own, as the agent beside it sees it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Allocation:
    """What one project should have on a cluster now.

    `project` is our id; the cluster's account, its quality of service and its users are named after ids, never
    after people. `gpu_seconds` and `core_seconds` bound what may be used in all since the project began; None is
    no right to any. `open` is false where nothing new may start: suspended, closed, or past its end.
    """

    project: str
    organisation: str
    users: tuple[str, ...] = ()
    gpu_seconds: int | None = None
    core_seconds: int | None = None
    open: bool = True


@dataclass(frozen=True)
class Change:
    """One thing that differs from what should be: on what, a sentence about it, and the command that mends it.

    `command` is empty where nothing is done about it: the cluster has something that is not ours.
    """

    account: str
    sentence: str
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class JobRecord:
    """What the cluster's books say of one run of one job. `key` names it for good; an id alone may be used again.

    `state` is the cluster's own word. `tres` is what was allocated, not what was asked for. Whole seconds.
    """

    job_id: str
    submitted_at: datetime
    name: str
    account: str
    user: str
    qos: str
    partition: str
    state: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    elapsed_seconds: int = 0
    nodes: int = 0
    tres: dict[str, int] = field(default_factory=dict)
    energy_joules: int | None = None
    comment: str = ""
    reason: str = ""
    exit_code: int | None = None
    node: str = ""

    @property
    def key(self) -> tuple[str, datetime]:
        """The job's id and the moment it was submitted: a cluster that lost its memory uses ids again."""
        return self.job_id, self.submitted_at

    @property
    def cores(self) -> int:
        """Cores allocated."""
        return self.tres.get("cpu", 0)

    @property
    def gpus(self) -> int:
        """GPUs allocated."""
        return self.tres.get("gres/gpu", 0)


class ReplyIsCutOff(RuntimeError):
    """The cluster's reply ended before its end; nothing of it may be believed."""


class ClusterIsSilent(RuntimeError):
    """The cluster did not answer in time, or could not. What was asked may or may not have happened."""


class Cluster(Protocol):
    """The verbs beside running jobs: set what may be used, read what was used. Each is safe to repeat."""

    name: str

    def differences(self, wanted: list[Allocation]) -> list[Change]:
        """Return what the cluster has otherwise than wanted, in the order to mend it. Changes nothing."""
        ...

    def mend(self, changes: list[Change]) -> list[Change]:
        """Carry out the changes; return those that the cluster refused. Raises `ClusterIsSilent`: then ask again."""
        ...

    def records(self, since: datetime, until: datetime) -> Iterator[JobRecord]:
        """Read the books: every job that ran, waited or ended in that time, each run of it once.

        Raises `ReplyIsCutOff`, `ClusterIsSilent`; what was yielded before must then be thrown away.
        """
        ...

    def account(self, project: str) -> str:
        """Return the name of a project's account: plain, lower case, and the same for ever."""
        ...


class ClusterDesk(Protocol):
    """What the agent beside a cluster asks the portal and tells it. Each verb is safe to repeat."""

    def allocations(self, cluster: str) -> list[Allocation]:
        """Return what every project should have there now."""
        ...

    def compared(self, cluster: str, changes: list[Change], refused: list[Change]) -> None:
        """Take in what differed from `allocations` and was mended, and what the cluster would not have."""
        ...

    def read_until(self, cluster: str) -> datetime:
        """Return up to which moment the books are in the ledger."""
        ...

    def take(self, cluster: str, records: Iterable[JobRecord], *, until: datetime) -> int:
        """Write what is new in the ledger, all of it or nothing; return how many entries that made."""
        ...
