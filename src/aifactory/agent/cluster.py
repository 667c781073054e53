"""Beside a cluster: makes its accounts what they should be, and reads its books. Keeps nothing between turns."""

from datetime import timedelta

import structlog

from aifactory.kit import clock
from aifactory.ports.cluster import Change, Cluster, ClusterDesk, ClusterIsSilent, ReplyIsCutOff

#: the books are read again this far back: they lag, and an end that was written may be corrected
OVERLAP = timedelta(minutes=10)
log = structlog.get_logger()


class ClusterAgent:
    """One cluster's agent, for its accounts and books; `agent.loop.Agent` runs its jobs."""

    def __init__(self, desk: ClusterDesk, cluster: Cluster) -> None:
        self.desk, self.cluster = desk, cluster

    def turn(self) -> None:
        """Do both once. A cluster that is silent is asked again next turn; what was read in part is thrown away."""
        for step in (self.provision, self.read_books):
            try:
                step()
            except (ClusterIsSilent, ReplyIsCutOff) as silence:
                log.warning("cluster_silent", cluster=self.cluster.name, step=step.__name__, why=str(silence))

    def plan(self) -> list[Change]:
        """Return what `provision` would change, and change nothing."""
        return self.cluster.differences(self.desk.allocations(self.cluster.name))

    def provision(self) -> list[Change]:
        """Set right what differs from what should be, and tell the desk; return what differed."""
        changes = self.plan()
        refused = self.cluster.mend(changes)
        self.desk.compared(self.cluster.name, changes, refused)
        return changes

    def read_books(self) -> int:
        """Bring the ledger up to date; return how many entries that made."""
        until = clock.now()
        since = self.desk.read_until(self.cluster.name) - OVERLAP
        records = self.cluster.records(since, until + OVERLAP)  # its clock may be ahead of ours
        return self.desk.take(self.cluster.name, records, until=until)
