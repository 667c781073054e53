"""The bill of a job on this factory: its partition as the agent told, the sites' units, and what is left to pay it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from aifactory.access.finder.shown import bill_facts
from aifactory.awards.models import Project
from aifactory.awards.partitions import table
from aifactory.kit import clock
from aifactory.kit.bilingual import Text
from aifactory.kit.errors import FieldError, Invalid
from aifactory.kit.units import Resource
from aifactory.ports.cluster import Partition
from aifactory.supercomputer.agents import engines
from aifactory.supercomputer.models import ClusterBooks
from aifactory.supercomputer.quote import Ask, Quote, quote, words


@dataclass(frozen=True)
class Priced:
    """A quote with what is left of the project's awards now, in seconds by resource; None without a project."""

    quote: Quote
    left: dict[str, int] | None

    @property
    def words(self) -> list[Text]:
        """What a person should know of this bill."""
        return list(words(self.quote))

    @property
    def lacks(self) -> list[str]:
        """The resources of which too little is left."""
        asked = {Resource.GPU.value: self.quote.gpus, Resource.CORE.value: self.quote.cores}
        left = self.left
        if left is None:
            return []
        return [name for name, size in asked.items() if size * self.quote.ask.seconds > left.get(name, 0)]


def partition_of(engine: str, name: str = "") -> Partition | None:
    """Return a partition of an engine as its agent last told: by name, else the one that the portal's jobs go to.

    None for a machine without partitions. Raises `Invalid` for a name that nobody knows.
    """
    told = ClusterBooks.objects.filter(pk=engine).values_list("partitions", flat=True).first() or []
    known = {one["name"]: Partition(**one) for one in told}
    wanted = name or settings.SLURM_PARTITION
    if wanted in known:
        return known[wanted]
    if name:
        message = _("There is no such partition. There are: %(names)s.") % {"names": ", ".join(known) or "–"}
        raise Invalid([FieldError("partition", message, "partition")])
    return next((one for one in known.values() if one.is_default), None)


def has_gpus() -> bool:
    """Say whether some cluster told of GPUs that jobs can be sent to."""
    told = ClusterBooks.objects.filter(pk__in=engines()).values_list("partitions", flat=True)
    return any(one["gpus"] for partitions in told for one in partitions)


def price(ask: Ask, *, partition: str = "", project: Project | None = None, engine: str = "") -> Priced:
    """Return what a job will be billed at most, on the factory's own engine or on another cluster. Raises `Invalid`."""
    found = quote(ask, partition_of(engine or settings.FACTORY_ENGINE, partition), table().values())
    if project is None:
        return Priced(found, None)
    now, left = clock.now(), dict[str, int]()
    for line in project.lines.filter(starts_at__lte=now, ends_at__gt=now):
        left[line.resource] = left.get(line.resource, 0) + line.left
    return Priced(found, left)


def price_facts(priced: Priced) -> dict[str, Any]:
    """Return a bill as JSON: hours with four decimals, and the exact seconds that the award must have left."""
    found = priced.quote
    return {
        "partition": found.partition.name if found.partition else None,
        "gpus": found.gpus,
        "cores": found.cores,
        "gpu_hours": _hours(found.gpu_hours),
        "core_hours": _hours(found.core_hours),
        "node_hours": None if found.node_hours is None else _hours(found.node_hours),
        "gpu_seconds": found.gpus * found.ask.seconds,
        "core_seconds": found.cores * found.ask.seconds,
        "times": round(float(found.times), 4),
        "elsewhere": [bill_facts(one) for one in found.elsewhere],
        "words": [text.plain() for text in priced.words],
        "left": priced.left,
        "lacks": priced.lacks,
    }


def _hours(value: Any) -> float:
    return round(float(value), 4)


def asked(
    *, gpus: int, cores: int, memory_gb: Decimal | float, minutes: Decimal | float, parts: int = 1
) -> Ask:
    """Return what was asked, from the units people use. Raises `Invalid`."""
    try:
        return Ask(gpus, cores, round(memory_gb * 10**9), round(minutes * 60), parts)
    except ValueError:
        message = _("A job takes at least one GPU or one core, for at least a second.")
        raise Invalid([FieldError("cores", message, "gpus + cores ≥ 1")]) from None
