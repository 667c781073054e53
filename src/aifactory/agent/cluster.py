"""Beside a cluster: makes its accounts what they should be, and reads its books. Keeps nothing between turns."""

from datetime import timedelta
from importlib.metadata import version

import structlog

from aifactory.kit import clock
from aifactory.ports.cluster import (
    Change,
    Cluster,
    ClusterDesk,
    ClusterIsSilent,
    Entrance,
    Heard,
    ReplyIsCutOff,
)

#: the books are read again this far back: they lag, and an end that was written may be corrected
OVERLAP = timedelta(minutes=10)
VERSION = version("aifactory")
log = structlog.get_logger()


class ClusterAgent:
    """One cluster's agent, for its accounts and books; `agent.loop.Agent` runs its jobs."""

    def __init__(self, desk: ClusterDesk, cluster: Cluster, entrance: Entrance | None = None) -> None:
        self.desk, self.cluster, self.entrance = desk, cluster, entrance

    def turn(self) -> None:
        """Do all of it once. What was read in part of a cluster that fell silent is thrown away, and asked again."""
        name, silence = self.cluster.name, ""
        for step in (self.provision, self.let_in, self.read_queue, self.read_books):
            try:
                step()
            except (ClusterIsSilent, ReplyIsCutOff) as trouble:
                silence = str(trouble)
                log.warning("cluster_silent", cluster=name, step=step.__name__, why=silence)
                self.desk.failed(name, step.__name__, silence)
            else:
                self.desk.worked(name, step.__name__)
        self.desk.heard(name, self.look(silence))

    def plan(self) -> list[Change]:
        """Return what `provision` and `let_in` would change, and change nothing."""
        keys = self.entrance.differences(self.desk.keys(self.cluster.name)) if self.entrance else []
        return [*self._accounts(), *keys]

    def _accounts(self) -> list[Change]:
        return self.cluster.differences(self.desk.allocations(self.cluster.name))

    def provision(self) -> list[Change]:
        """Set right what differs from what should be, and tell the desk; return what differed."""
        changes, resting = self._accounts(), self.desk.resting(self.cluster.name)
        refused = self.cluster.mend([change for change in changes if change.key not in resting])
        self.desk.compared(self.cluster.name, changes, refused)
        return changes

    def let_in(self) -> list[Change]:
        """Let in by their keys who may get in now, and nobody else; return what could not be done."""
        refused = self.entrance.mend(self.desk.keys(self.cluster.name)) if self.entrance else []
        for change in refused:
            log.warning("key_refused", user=change.account, why=change.sentence)
        return refused

    def read_queue(self) -> None:
        """Tell the desk what waits and runs, so that it can explain why."""
        self.desk.queued(self.cluster.name, self.cluster.queue())

    def read_books(self) -> int:
        """Bring the ledger up to date; return how many entries that made."""
        until = clock.now()
        since = self.desk.read_until(self.cluster.name) - OVERLAP
        records = self.cluster.records(since, until + OVERLAP)  # its clock may be ahead of ours
        return self.desk.take(self.cluster.name, records, until=until)

    def compare(self, *, days: int = 2) -> dict[str, object]:
        """Hold the ledger against books read anew, for jobs that the last read must have seen."""
        until = self.desk.read_until(self.cluster.name) - OVERLAP
        since = until - timedelta(days=days)
        records = self.cluster.records(since, until)
        return self.desk.compare(self.cluster.name, records, since=since, until=until)

    def look(self, silence: str = "") -> Heard:
        """Return how this agent and its cluster do."""
        if not silence:
            try:
                return Heard(VERSION, self.cluster.version(), "", tuple(self.cluster.partitions()))
            except ClusterIsSilent as trouble:
                silence = str(trouble)
        return Heard(VERSION, silence=silence)
