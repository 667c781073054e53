"""A cluster with accounts and books of its own, as the agent beside it sees it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aifactory.kit.canonical import digest


@dataclass(frozen=True)
class Allocation:
    """What one project should have on a cluster now.

    `project` is our id; the cluster's account, its quality of service and its users are named after ids, never
    after people. `gpu_seconds` and `core_seconds` bound what may be used in all since the project began; None is
    no right to any. `open` is false where nothing new may start: suspended, closed, or past its end. `shares` is
    its part of the machine beside the others', by the published targets; None leaves it as it is.
    """

    project: str
    organisation: str
    users: tuple[str, ...] = ()
    gpu_seconds: int | None = None
    core_seconds: int | None = None
    open: bool = True
    shares: int | None = None


@dataclass(frozen=True)
class Change:
    """One thing that differs from what should be: on what, a sentence about it, and the command that mends it.

    `command` is empty where nothing is done about it: the cluster has something that is not ours.
    """

    account: str
    sentence: str
    command: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A digest of what is to be done, whatever is said about it."""
        return digest([self.account, *self.command])


@dataclass(frozen=True)
class Partition:
    """Nodes of one kind that jobs are sent to. Figures of one node; `exclusive`: a job gets, and pays, whole nodes."""

    name: str
    is_default: bool
    exclusive: bool
    nodes: int
    cores: int
    gpus: int
    memory_mb: int


@dataclass(frozen=True)
class Heard:
    """What an agent says of itself and its cluster; `silence` is why the cluster did not answer, empty where it did."""

    agent_version: str
    engine_version: str = ""
    silence: str = ""
    partitions: tuple[Partition, ...] = ()


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
    signal: int = 0
    limit_minutes: int | None = None
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

    def queue(self) -> Iterator[JobRecord]:
        """Read what waits and runs now, and what ended in the last minutes, without names: people choose those.

        For a job that waits, `reason` and `tres` say why and what it asks for. Raises as `records` does.
        """
        ...

    def account(self, project: str) -> str:
        """Return the name of a project's account: plain, lower case, and the same for ever."""
        ...

    def version(self) -> str:
        """Return what runs the cluster, and in which version."""
        ...

    def partitions(self) -> list[Partition]:
        """Return what jobs can be sent to."""
        ...


class Naming(Protocol):
    """What our ids are called on a cluster: the portal tells people, whoever stands beside it."""

    def account(self, project: str) -> str:
        """Return the name of a project's account."""
        ...

    def user(self, person: str) -> str:
        """Return the name of a person."""
        ...


class Entrance(Protocol):
    """How people get into a cluster: by their SSH keys. Each verb is safe to repeat."""

    def differences(self, wanted: dict[str, tuple[str, ...]]) -> list[Change]:
        """Return what differs from `wanted`: for each person's id the lines of their keys. Changes nothing."""
        ...

    def mend(self, wanted: dict[str, tuple[str, ...]]) -> list[Change]:
        """Set it right; return what could not be."""
        ...

    def user(self, person: str) -> str:
        """Return the name of a person on the cluster."""
        ...


class ClusterDesk(Protocol):
    """What the agent beside a cluster asks the portal and tells it. Each verb is safe to repeat."""

    def allocations(self, cluster: str) -> list[Allocation]:
        """Return what every project should have there now."""
        ...

    def compared(self, cluster: str, changes: list[Change], refused: list[Change]) -> None:
        """Take in what differed from `allocations` and was mended, and what the cluster would not have."""
        ...

    def keys(self, cluster: str) -> dict[str, tuple[str, ...]]:
        """Return who may get in now, by id, each with the lines of their keys."""
        ...

    def queued(self, cluster: str, records: Iterable[JobRecord]) -> None:
        """Take in what waits and runs there now, in place of what was told before."""
        ...

    def read_until(self, cluster: str) -> datetime:
        """Return up to which moment the books are in the ledger."""
        ...

    def take(self, cluster: str, records: Iterable[JobRecord], *, until: datetime) -> int:
        """Write what is new in the ledger, all of it or nothing; return how many entries that made."""
        ...

    def compare(
        self, cluster: str, records: Iterable[JobRecord], *, since: datetime, until: datetime
    ) -> dict[str, object]:
        """Compare the ledger with books read anew, for jobs that ended by `until`; keep and return what differs."""
        ...

    def resting(self, cluster: str) -> frozenset[str]:
        """Return the keys of the changes that failed and are not to be tried again yet."""
        ...

    def failed(self, cluster: str, verb: str, error: str) -> None:
        """Take in that a whole step could not be done, and why."""
        ...

    def worked(self, cluster: str, verb: str) -> None:
        """Take in that a step was done: what failed of it before is cured."""
        ...

    def heard(self, cluster: str, told: Heard) -> None:
        """Take in how the agent and its cluster do."""
        ...
