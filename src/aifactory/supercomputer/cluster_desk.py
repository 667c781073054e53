"""The desk that the agent beside a cluster talks to, on the database."""

from collections.abc import Callable, Iterable
from datetime import datetime

from aifactory.ports.cluster import Allocation, Change, JobRecord
from aifactory.supercomputer import accounts, ledger


class PortalClusterDesk:
    """Implements `ports.cluster.ClusterDesk`. `account_name` gives the name of a project's account there."""

    def __init__(self, account_name: Callable[[str], str]) -> None:
        self._account_name = account_name

    def allocations(self, cluster: str) -> list[Allocation]:  # noqa: ARG002 - every cluster serves every project
        """Return what every project should have now."""
        return accounts.allocations()

    def compared(self, cluster: str, changes: list[Change], refused: list[Change]) -> None:
        """Take in what differed, and tell of drift."""
        accounts.compared(cluster, self._by_account(), changes, refused)

    def read_until(self, cluster: str) -> datetime:
        """Return up to which moment the books are in the ledger."""
        return ledger.read_until(cluster)

    def take(self, cluster: str, records: Iterable[JobRecord], *, until: datetime) -> int:
        """Write what is new in the ledger."""
        projects = {account: one.project for account, one in self._by_account().items()}
        return ledger.take(cluster, records, until=until, accounts=projects)

    def _by_account(self) -> dict[str, Allocation]:
        return {self._account_name(one.project): one for one in accounts.allocations()}
