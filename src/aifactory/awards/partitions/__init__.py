"""Partitions as data, and what a job on one of them is billed, in every unit that the field uses.

All centres that we know bill by one rule, with other numbers: a job takes slices of a node, as many as its
largest share of devices, cores or memory, or whole nodes. The numbers are in `partitions.toml`. Exact arithmetic.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from math import ceil
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from aifactory.kit.bilingual import Text, TextOrString

PACKAGED = Path(str(files(__name__))) / "partitions.toml"


class Partition(BaseModel):
    """Nodes of one kind at one site. Memory in GB as the site counts it, speed in TFLOP/s of dense bf16.

    A `device` is what a job sees as one GPU, and the least that is billed: one slice of a node.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    system: str
    title: Text
    gpu: str
    device: str
    devices_per_gpu: int = Field(ge=1)
    devices_per_node: int = Field(ge=1)
    device_memory_gb: int = Field(ge=1)
    device_tflops: float = Field(gt=0)
    slice_cores: int = Field(ge=1)
    slice_memory_gb: int = Field(ge=1)
    whole_nodes: bool = False
    unit: str
    units_per_slice_hour: str = Field(pattern=r"^[0-9]+(\.[0-9]+)?$")
    most_hours: int = Field(ge=1)
    storage_unit: str | None = None
    source: TextOrString

    @property
    def rate(self) -> Fraction:
        """Return what one slice costs in one hour, in the site's own unit."""
        return Fraction(self.units_per_slice_hour)


class Table(BaseModel):
    """All partitions, each named once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    partitions: Annotated[tuple[Partition, ...], Field(min_length=1)]

    @field_validator("partitions")
    @classmethod
    def _ids_are_unique(cls, partitions: tuple[Partition, ...]) -> tuple[Partition, ...]:
        ids = [partition.id for partition in partitions]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"used twice: {', '.join(twice)}")
        return partitions


class TableIsWrong(ValueError):
    """A table of partitions that cannot be used."""


@dataclass(frozen=True)
class Job:
    """What one job asks for: devices, cores and GB of memory in all, for so many hours."""

    devices: int
    hours: Fraction
    cores: int = 0
    memory_gb: int = 0

    def __post_init__(self) -> None:
        if (
            min(self.devices, self.cores, self.memory_gb) < 0
            or self.hours < 0
            or self.devices + self.cores < 1
        ):
            raise ValueError("A job takes at least one device or one core, and nothing below zero.")


@dataclass(frozen=True)
class Bill:
    """What a job is billed, and the share that decided it: `devices`, `cores`, `memory` or `whole_nodes`."""

    partition: Partition
    job: Job
    slices: int
    decided_by: str

    @property
    def slice_hours(self) -> Fraction:
        """Return slices times hours: the measure that all units are multiples of."""
        return self.slices * self.job.hours

    @property
    def gpu_hours(self) -> Fraction:
        """Return the bill in GPU-hours, a GPU being what the site calls so."""
        return self.slice_hours / self.partition.devices_per_gpu

    @property
    def node_hours(self) -> Fraction:
        """Return the bill in node-hours."""
        return self.slice_hours / self.partition.devices_per_node

    @property
    def units(self) -> Fraction:
        """Return the bill in the site's own unit."""
        return self.slice_hours * self.partition.rate

    @property
    def times(self) -> Fraction | None:
        """Return how many times the devices used are billed; 1 is fair, None where no device is used."""
        return Fraction(self.slices, self.job.devices) if self.job.devices else None


def bill(partition: Partition, job: Job) -> Bill:
    """Return what a job is billed on a partition: its largest share, in whole slices or whole nodes."""
    shares = {
        "devices": job.devices,
        "cores": ceil(Fraction(job.cores, partition.slice_cores)),
        "memory": ceil(Fraction(job.memory_gb, partition.slice_memory_gb)),
    }
    decided_by = max(shares, key=lambda share: shares[share])
    slices = shares[decided_by]
    if partition.whole_nodes:
        whole = ceil(Fraction(slices, partition.devices_per_node)) * partition.devices_per_node
        decided_by, slices = ("whole_nodes" if whole > slices else decided_by), whole
    return Bill(partition, job, slices, decided_by)


def load(path: Path) -> dict[str, Partition]:
    """Read a table of partitions, by id. Raises `TableIsWrong` with each reason, `OSError`."""
    try:
        table = Table.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TableIsWrong(f"{path.name}: no TOML: {error}") from None
    except ValidationError as error:
        found = (f"{path.name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise TableIsWrong("\n".join(found)) from None
    return {partition.id: partition for partition in table.partitions}


@lru_cache(maxsize=1)
def table() -> dict[str, Partition]:
    """Return the partitions that come with the platform, by id."""
    return load(PACKAGED)


def of_systems(partitions: Iterable[Partition]) -> dict[str, list[Partition]]:
    """Return partitions by the system they belong to, in their own order."""
    found: dict[str, list[Partition]] = {}
    for partition in partitions:
        found.setdefault(partition.system, []).append(partition)
    return found
