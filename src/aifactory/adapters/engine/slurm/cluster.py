"""A Slurm cluster's accounts and books, by sacctmgr and sacct: REST of 22.05 can neither set a budget nor read one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from aifactory.adapters.engine.slurm import accounts, names, queue, records
from aifactory.adapters.engine.slurm.commands import Commands, SlurmRefused
from aifactory.ports.cluster import Allocation, Change, JobRecord, Partition

#: what sacctmgr says, with an error code, when there was nothing left to do
_DONE_ALREADY = re.compile(r"nothing (new added|modified|deleted)|already exist", re.IGNORECASE)
_GPUS = re.compile(r"\bgpu(?::[^:,()]+)?:(\d+)")
_OPEN = {("", ""): True, ("0", "0"): False}


class SlurmCluster:
    """Sets what projects may use and reads what was used. `runner` submits the portal's own jobs."""

    def __init__(self, commands: Commands, *, runner: str, name: str = "slurm") -> None:
        self.name, self.commands, self.runner = name, commands, runner

    def differences(self, wanted: list[Allocation]) -> list[Change]:
        """Return what the cluster has otherwise than wanted, in the order to mend it. Changes nothing."""
        return accounts.differences(wanted, self._found(), runner=self.runner)

    def mend(self, changes: list[Change]) -> list[Change]:
        """Carry out the changes, and return those that Slurm refused, each with its words. Safe to repeat.

        Raises `ClusterIsSilent`; then ask for the differences again.
        """
        refused = []
        for change in changes:
            if not change.command:
                continue
            try:
                self.commands.run(*change.command)
            except SlurmRefused as refusal:
                if not _DONE_ALREADY.search(str(refusal)):
                    said = f"{change.sentence} Slurm refused: {refusal}"
                    refused.append(Change(change.account, said, change.command))
        return refused

    def records(self, since: datetime, until: datetime) -> Iterator[JobRecord]:
        """Read the books; see `Cluster.records`. Waiting jobs that may not start yet are not in them."""
        return self.commands.booked(since=since, until=until)

    def queue(self) -> Iterator[JobRecord]:
        """Read what waits and runs; see `Cluster.queue`."""
        return queue.read(self.commands)

    def account(self, project: str) -> str:
        """Return the name of a project's account."""
        return names.account(project)

    def version(self) -> str:
        """Return Slurm's own word for its version."""
        return self.commands.run("sinfo", "--version").strip()

    def partitions(self) -> list[Partition]:
        """Return Slurm's partitions; where one has nodes of several kinds, the largest stands for all."""
        told = self.commands.run("sinfo", "--noheader", "--format=%P|%h|%D|%c|%m|%G")
        found: dict[str, Partition] = {}
        for line in told.splitlines():
            name, shared, nodes, cores, memory, gres = line.strip().split("|")
            one = Partition(
                name.rstrip("*"), name.endswith("*"), shared.upper().startswith("EXCLUSIVE"), int(nodes),
                _least(cores), sum(map(int, _GPUS.findall(gres))), _least(memory),
            )  # fmt: skip
            known = found.get(one.name)
            if known:
                largest = max(known, one, key=lambda each: (each.gpus, each.cores))
                one = replace(largest, nodes=known.nodes + one.nodes)
            found[one.name] = one
        return list(found.values())

    def _found(self) -> accounts.Found:
        found = accounts.Found()
        columns = "name,flags,grptresmins,grpjobs,grpsubmitjobs,mintresperjob"
        for name, flags, minutes, jobs, submit, least in self._rows("qos", columns):
            limits = records.resources(minutes)
            found.budgets[name] = accounts.Budget(
                limits.get("cpu", -1), limits.get("gres/gpu", -1), _OPEN.get((jobs, submit)),
                "gres/gpu" in records.resources(least), frozenset(flags.split(",")),
            )  # fmt: skip
        for account, parent, user, qos, shares in self._rows("assoc", "account,parentname,user,qos,share"):
            if user:
                found.users.setdefault(account, {})[user] = qos
            else:
                found.parents[account] = parent
                found.shares[account] = shares
        return found

    def _rows(self, what: str, columns: str) -> Iterator[list[str]]:
        told = self.commands.run("sacctmgr", "-nP", "show", what, f"format={columns}")
        wide = columns.count(",") + 1
        return (fields for line in told.splitlines() if len(fields := line.split("|")) == wide)


def _least(figure: str) -> int:
    """Read a figure of a node; Slurm marks it with + where some nodes have more."""
    return int(figure.rstrip("+"))
