"""What a job will be billed, before it is submitted: here, and by the units of other sites. Pure and exact.

Here a job is billed what it is allocated, for the time that it really takes; a partition that gives whole nodes
allocates, and bills, all of them. Elsewhere the rules of `awards.partitions` hold.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from aifactory.awards.partitions import Bill, Job, bill
from aifactory.awards.partitions import Partition as Site
from aifactory.kit.bilingual import Text
from aifactory.ports.cluster import Partition

GB = 10**9


@dataclass(frozen=True)
class Ask:
    """What a job asks for: GPUs, cores and bytes of memory, its time limit in seconds.

    `parts` is on how many nodes it runs together, or in how many tasks: each takes all of that.
    """

    gpus: int
    cores: int
    memory_bytes: int
    seconds: int
    parts: int = 1

    def __post_init__(self) -> None:
        if (
            min(self.gpus, self.cores, self.memory_bytes) < 0
            or self.seconds < 1
            or self.gpus + self.cores < 1
        ):
            raise ValueError("A job takes at least one GPU or one core, for at least a second.")

    @property
    def hours(self) -> Fraction:
        """The time limit in hours."""
        return Fraction(self.seconds, 3600)

    @property
    def memory_gb(self) -> int:
        """Memory in GB of all parts, as sites count it: begun ones are whole."""
        return ceil(Fraction(self.memory_bytes * self.parts, GB))


@dataclass(frozen=True)
class Quote:
    """The most that a job is billed. `gpus` and `cores` are what it is allocated; `nodes` its share of nodes."""

    ask: Ask
    partition: Partition | None
    gpus: int
    cores: int
    nodes: Fraction | None
    elsewhere: tuple[Bill, ...]

    @property
    def gpu_hours(self) -> Fraction:
        """GPU-hours."""
        return self.gpus * self.ask.hours

    @property
    def core_hours(self) -> Fraction:
        """Core-hours."""
        return self.cores * self.ask.hours

    @property
    def node_hours(self) -> Fraction | None:
        """Node-hours; None where nobody told how large a node is."""
        return None if self.nodes is None else self.nodes * self.ask.hours

    @property
    def times(self) -> Fraction:
        """How many times what it asks for is billed, of GPUs or, without them, of cores: 1 is fair."""
        ask = self.ask
        if ask.gpus:
            return Fraction(self.gpus, ask.gpus * ask.parts)
        return Fraction(self.cores, ask.cores * ask.parts)


def quote(ask: Ask, partition: Partition | None, sites: Iterable[Site] = ()) -> Quote:
    """Return what a job is billed on a partition (None: a machine that is shared by the core), and elsewhere."""
    gpus, cores = ask.gpus * ask.parts, ask.cores * ask.parts
    job = Job(gpus, ask.hours, cores, ask.memory_gb)
    elsewhere = tuple(bill(site, job) for site in sites)
    if partition is None:
        return Quote(ask, None, gpus, cores, None, elsewhere)
    share = _share(ask, partition)
    if not partition.exclusive:
        return Quote(ask, partition, gpus, cores, share * ask.parts, elsewhere)
    nodes = ceil(share) * ask.parts
    return Quote(ask, partition, nodes * partition.gpus, nodes * partition.cores, Fraction(nodes), elsewhere)


def _share(ask: Ask, partition: Partition) -> Fraction:
    """Return the largest share of a node that one part takes, of its GPUs, cores or memory."""
    parts = [
        (ask.gpus, partition.gpus),
        (ask.cores, partition.cores),
        (ask.memory_bytes, partition.memory_mb * 2**20),
    ]
    return max((Fraction(asked, has) for asked, has in parts if has), default=Fraction(1))


def words(found: Quote) -> Iterator[Text]:
    """Yield what a person should know of this bill, in plain words."""
    ask, partition = found.ask, found.partition
    if partition and found.times > 1:
        asked = f"{ask.gpus * ask.parts} GPU" if ask.gpus else f"{ask.cores * ask.parts} cores"
        got = f"{found.gpus} GPU" if ask.gpus else f"{found.cores} cores"
        yield Text(
            en=f"The partition {partition.name} gives whole nodes. This job asks for {asked} and is billed for {got}: "
            f"{float(found.times):g} times what it uses. Fill the node, or choose a partition that shares it.",
            nl=f"De partitie {partition.name} geeft hele nodes. Deze taak vraagt {asked} en kost {got}: "
            f"{float(found.times):g} keer wat hij gebruikt. Vul de node, of kies een partitie die hem deelt.",
        )
    for one in found.elsewhere:
        if one.times and one.times > 1 and one.decided_by == "whole_nodes":
            site = one.partition
            yield Text(
                en=f"On {site.system} ({site.id}) whole nodes are billed: {one.slices} {site.device} instead of "
                f"{one.job.devices}, {float(one.times):g} times.",
                nl=f"Op {site.system} ({site.id}) tellen hele nodes: {one.slices} {site.device} in plaats van "
                f"{one.job.devices}, {float(one.times):g} keer.",
            )
