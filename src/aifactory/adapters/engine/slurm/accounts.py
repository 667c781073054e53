"""What a cluster's accounts should be, what they are, and the commands between: pure, so that a dry run is the truth.

The budget of a project is a quality of service of its own with NoDecay, for limits on an account fade with Slurm's
fair-share half-life. Accounts stand in a tree: ours, below it the organisations, below those their projects.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from aifactory.adapters.engine.slurm import names
from aifactory.ports.cluster import Allocation, Change

ROOT = "aifactory"


@dataclass(frozen=True)
class Budget:
    """A quality of service: minutes of cores and GPUs in all, and whether jobs may start and be submitted.

    `is_open` is None where somebody set only one of the two. Cores are -1, not limited, where GPUs alone were granted:
    cores come with a GPU, and `needs_gpu` keeps out jobs without one.
    """

    cores: int
    gpus: int
    is_open: bool | None
    needs_gpu: bool = False
    flags: frozenset[str] = frozenset({"NoDecay"})

    @property
    def settings(self) -> tuple[str, ...]:
        """Return it as sacctmgr takes it; -1 lifts a limit, and 0 is a limit."""
        jobs = {True: "-1", False: "0", None: "?"}[self.is_open]
        minutes = f"GrpTRESMins=cpu={self.cores},gres/gpu={self.gpus}"
        least = f"MinTRESPerJob=gres/gpu={1 if self.needs_gpu else -1}"
        return minutes, f"GrpJobs={jobs}", f"GrpSubmitJobs={jobs}", least


@dataclass
class Found:
    """What the cluster has: budgets by name; of each account its parent, its users with their QoS, and its shares."""

    budgets: dict[str, Budget] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    users: dict[str, dict[str, str]] = field(default_factory=dict)
    shares: dict[str, str] = field(default_factory=dict)


def budget(wanted: Allocation) -> Budget:
    """Return a project's budget. Slurm counts whole minutes, so what is awarded is rounded down."""
    gpus_alone = wanted.core_seconds is None and wanted.gpu_seconds is not None
    cores = -1 if gpus_alone else (wanted.core_seconds or 0) // 60
    return Budget(cores, (wanted.gpu_seconds or 0) // 60, wanted.open, gpus_alone)


def differences(wanted: list[Allocation], found: Found, *, runner: str) -> list[Change]:
    """Return what to change so that the cluster has what is wanted, in an order that works.

    `runner` is the user who submits the portal's own jobs; it is let into every account.
    """
    provisioned = [*_tree(wanted, found), *_projects(wanted, found, runner)]
    return [*provisioned, *_shares(wanted, found), *_strangers(wanted, found)]


def _add(kind: str, name: str, *settings: str) -> tuple[str, ...]:
    return ("sacctmgr", "-Qi", "add", kind, name, *settings)


def _modify(kind: str, *words: str) -> tuple[str, ...]:
    return ("sacctmgr", "-Qi", "modify", kind, *words)


def _tree(wanted: list[Allocation], found: Found) -> Iterator[Change]:
    """Make the accounts above the projects; one that hangs elsewhere is hung where it belongs."""
    organisations = dict.fromkeys(names.account(one.organisation) for one in wanted)
    for name, parent in [(ROOT, "root"), *((name, ROOT) for name in organisations)]:
        yield from _hung(name, parent, found)


def _hung(name: str, parent: str, found: Found) -> Iterator[Change]:
    if name not in found.parents:
        settings = (f"parent={parent}", f"Description={name}", f"Organization={parent}")
        yield Change(name, f"The account {name} is missing below {parent}.", _add("account", name, *settings))
    elif found.parents[name] != parent:
        sentence = f"The account {name} hangs below {found.parents[name]} instead of {parent}."
        yield Change(name, sentence, _modify("account", name, "set", f"parent={parent}"))


def _projects(wanted: list[Allocation], found: Found, runner: str) -> Iterator[Change]:
    for one in wanted:
        name = names.account(one.project)
        yield from _budget(name, budget(one), found.budgets.get(name))
        yield from _hung(name, names.account(one.organisation), found)
        yield from _users(name, {runner, *map(names.account, one.users)}, found.users.get(name, {}))


def _budget(name: str, should: Budget, has: Budget | None) -> Iterator[Change]:
    if has is None:
        sentence = f"The budget {name} is missing: {_said(should)}."
        yield Change(name, sentence, _add("qos", name, "Flags=NoDecay", *should.settings))
        return
    if "NoDecay" not in has.flags:
        yield Change(name, f"The budget {name} fades in time.", _modify("qos", name, "set", "Flags+=NoDecay"))
    if has.settings != should.settings:
        sentence = f"The budget {name} should be {_said(should)}; it is {_said(has)}."
        yield Change(name, sentence, _modify("qos", name, "set", *should.settings))


def _said(one: Budget) -> str:
    state = {True: "open", False: "closed", None: "half open"}[one.is_open]
    cores = "the cores that come with" if one.needs_gpu else f"{one.cores} core minutes and"
    return f"{cores} {one.gpus} GPU minutes, {state}"


def _users(account: str, should: set[str], has: dict[str, str]) -> Iterator[Change]:
    for user in sorted(should - has.keys()):
        settings = (f"account={account}", f"qos={account}", f"defaultqos={account}")
        yield Change(account, f"{user} may not use {account} yet.", _add("user", user, *settings))
    for user in sorted(has.keys() - should):
        remove = ("sacctmgr", "-Qi", "remove", "user", user, "where", f"account={account}")
        yield Change(account, f"{user} may use {account}, and should not.", remove)
    for user in sorted(should & has.keys()):
        if has[user] != account:
            where = ("where", f"name={user}", f"account={account}", "set")
            line = _modify("user", *where, f"qos={account}", f"defaultqos={account}")
            yield Change(account, f"{user} could use {account} past its budget.", line)


def _shares(wanted: list[Allocation], found: Found) -> Iterator[Change]:
    """Give each project its fair share, and each organisation the sum of its projects': Slurm compares siblings."""
    shares: dict[str, int] = {}
    for one in wanted:
        if one.shares is not None:
            organisation = names.account(one.organisation)
            shares[organisation] = shares.get(organisation, 0) + one.shares
            shares[names.account(one.project)] = one.shares
    for account, should in shares.items():
        has = found.shares.get(account, "none")
        if has != str(should):
            sentence = f"The account {account} should have {should} shares; it has {has}."
            yield Change(account, sentence, _modify("account", account, "set", f"fairshare={should}"))


def _strangers(wanted: list[Allocation], found: Found) -> Iterator[Change]:
    """Report accounts in our tree that are not ours. They are somebody's: nothing is done about them."""
    ours = {names.account(one.project) for one in wanted} | {
        names.account(one.organisation) for one in wanted
    }
    below = {ROOT} | {name for name, parent in found.parents.items() if parent == ROOT}
    for name, parent in sorted(found.parents.items()):
        if parent in below and name not in ours and name != ROOT:
            yield Change(name, f"The cluster has an account {name} in our tree that we know nothing of.")
