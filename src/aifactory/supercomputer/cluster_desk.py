"""The desk that the agent beside a cluster talks to, on the database."""

from collections.abc import Callable, Iterable
from datetime import datetime

from aifactory.ports.cluster import Allocation, Change, Heard, JobRecord
from aifactory.supercomputer import accounts, getting_in, health, ledger, verbs
from aifactory.supercomputer.fair_share import queries as fair_share
from aifactory.supercomputer.queue import actions as queue


class PortalClusterDesk:
    """Implements `ports.cluster.ClusterDesk`. `account_name` gives the name of a project's account there."""

    def __init__(self, account_name: Callable[[str], str]) -> None:
        self._account_name = account_name

    def allocations(self, cluster: str) -> list[Allocation]:
        """Return what every project should have there now; every cluster serves every project."""
        return fair_share.shared(accounts.allocations(cluster))

    def compared(self, cluster: str, changes: list[Change], refused: list[Change]) -> None:
        """Take in what differed, and tell of drift."""
        news = verbs.provisioned(cluster, changes, refused)
        wanted = {self._account_name(one.project): one for one in self.allocations(cluster)}
        accounts.compared(cluster, wanted, news, refused)

    def keys(self, cluster: str) -> dict[str, tuple[str, ...]]:  # noqa: ARG002 - every cluster serves every project
        """Return who may get in now, and by which keys."""
        return getting_in.keys()

    def queued(self, cluster: str, records: Iterable[JobRecord]) -> None:
        """Take in people's own jobs."""
        projects = {account: one.project for account, one in self._by_account().items()}
        queue.take(cluster, records, accounts=projects)

    def read_until(self, cluster: str) -> datetime:
        """Return up to which moment the books are in the ledger."""
        return ledger.read_until(cluster)

    def take(self, cluster: str, records: Iterable[JobRecord], *, until: datetime) -> int:
        """Write what is new in the ledger."""
        return ledger.take(cluster, records, until=until, accounts=self._projects())

    def compare(
        self, cluster: str, records: Iterable[JobRecord], *, since: datetime, until: datetime
    ) -> dict[str, object]:
        """Compare the ledger with books read anew, and keep what differs."""
        return ledger.compare(cluster, records, since=since, until=until, accounts=self._projects())

    def resting(self, cluster: str) -> frozenset[str]:
        """Return the keys of what failed and rests."""
        return verbs.resting(cluster)

    def failed(self, cluster: str, verb: str, error: str) -> None:
        """Write down that a step could not be done; it is tried again in the next turn."""
        verbs.fail(cluster, verb, "", error)

    def worked(self, cluster: str, verb: str) -> None:
        """Note that a step was done; the parts of provisioning say so themselves."""
        if verb == verbs.PROVISION:
            verbs.cure(cluster, verb, failing=verbs.with_command(cluster))
        else:
            verbs.cure(cluster, verb)

    def heard(self, cluster: str, told: Heard) -> None:
        """Take in how the agent and its cluster do."""
        health.heard(cluster, told)

    def _projects(self) -> dict[str, str]:
        return {self._account_name(pk): pk for pk in accounts.with_time()}

    def _by_account(self) -> dict[str, Allocation]:
        return {self._account_name(one.project): one for one in accounts.allocations()}
