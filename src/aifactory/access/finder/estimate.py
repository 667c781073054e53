"""From a task, a model and data to GPU-hours, storage and transfer, with a low and a high end.

Operations are counted as so many per parameter and token, divided by the peak of a device and the share of it
that is used in practice. Numbers and their sources are in `assumptions.toml`. Figures are estimates, in floats.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from aifactory.access.finder.questions import FOLDER
from aifactory.awards.partitions import Bill, Job, Partition, bill
from aifactory.kit.bilingual import Text

TaskName = Literal["train", "finetune", "lora", "inference", "classical"]
HOURS_A_MONTH = 730


class Task(BaseModel):
    """What one kind of work costs. `use` is the share of a device's peak that does useful work."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Text
    flops_per_parameter_and_token: int
    use_low: float
    use_high: float
    bytes_per_parameter: float
    checkpoint_bytes: float
    result_bytes: float
    base_bytes: float


class General(BaseModel):
    """What is assumed of all work."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens_per_parameter: int
    memory_overhead: float
    memory_share: float
    restarts_and_tests: float
    copies_low: int
    copies_high: int
    checkpoints_low: int
    checkpoints_high: int
    software_gb_low: int
    software_gb_high: int
    output_share_low: float
    output_share_high: float
    cell_ns_low: int
    cell_ns_high: int


class Assumptions(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tasks: dict[str, Task]
    general: General


Positive = Annotated[float, Field(gt=0, le=1e9)]


class Need(BaseModel):
    """What somebody wants to run, in the words of the field.

    `parameters` in billions and `tokens` in billions (an image counts as its patches); `rows` in millions;
    `data_gb` as it comes in; `passes` over the data; `runs` of the whole.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: TaskName
    parameters: Annotated[float, Field(gt=0, le=10_000)] | None = None
    tokens: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    passes: Annotated[int, Field(ge=1, le=1000)] = 1
    runs: Annotated[int, Field(ge=1, le=10_000)] = 1
    rows: Annotated[float, Field(gt=0, le=100_000)] | None = None
    columns: Annotated[int, Field(ge=1, le=100_000)] = 20
    rounds: Annotated[int, Field(ge=1, le=100_000)] = 500
    data_gb: Annotated[float, Field(ge=0, le=10_000_000)] = 0
    months: Annotated[int, Field(ge=1, le=36)] = 3

    def lacks(self) -> str | None:
        """Return the name of what is needed for this task and not given."""
        if self.task == "classical":
            return None if self.rows else "rows"
        if self.parameters is None:
            return "parameters"
        return "tokens" if self.tokens is None and self.task != "train" else None


@dataclass(frozen=True)
class Range:
    """A low and a high end, in the unit that the name says."""

    low: float
    high: float

    def times(self, factor: float) -> "Range":
        """Return both ends times a factor."""
        return Range(self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Placed:
    """The work on one partition: what is used, and what is billed for it in each unit."""

    partition: Partition
    devices: int
    used_gpu_hours: Range
    gpu_hours: Range
    node_hours: Range
    units: Range
    storage_units: Range | None
    job: Bill
    words: tuple[Text, ...]


@dataclass(frozen=True)
class Estimate:
    """The whole answer. `flops` is the number of operations; hours of a core only for classical methods."""

    need: Need
    tokens: float | None
    flops: float
    memory_gb: float
    core_hours: Range | None
    storage_gb: Range
    transfer_gb: Range
    places: tuple[Placed, ...]
    notes: tuple[Text, ...]


class NotEnoughIsKnown(ValueError):
    """An estimate needs one more figure: `missing` names it."""

    def __init__(self, missing: str) -> None:
        self.missing = missing
        super().__init__(f"This task needs `{missing}`.")


@lru_cache(maxsize=1)
def assumptions() -> Assumptions:
    """Return what the estimator assumes."""
    return Assumptions.model_validate(tomllib.loads((FOLDER / "assumptions.toml").read_text("utf-8")))


def estimate(need: Need, partitions: Iterable[Partition]) -> Estimate:
    """Return what a need comes to on each partition. Raises `NotEnoughIsKnown`."""
    if missing := need.lacks():
        raise NotEnoughIsKnown(missing)
    if need.task == "classical":
        return _classical(need)
    known, task = assumptions().general, assumptions().tasks[need.task]
    parameters = (need.parameters or 0) * 1e9
    tokens = need.tokens * 1e9 if need.tokens else parameters * known.tokens_per_parameter
    flops = task.flops_per_parameter_and_token * parameters * tokens * need.passes * need.runs
    memory = parameters * task.bytes_per_parameter * known.memory_overhead / 1e9
    storage = _storage(need, task)
    return Estimate(
        need=need,
        tokens=tokens,
        flops=flops,
        memory_gb=memory,
        core_hours=None,
        storage_gb=storage,
        transfer_gb=_transfer(need, task),
        places=tuple(_place(need, partition, flops, memory, storage) for partition in partitions),
        notes=tuple(_notes(need, parameters, tokens)),
    )


def _classical(need: Need) -> Estimate:
    known = assumptions().general
    cells = (need.rows or 0) * 1e6 * need.columns * need.rounds * need.runs
    hours = Range(cells * known.cell_ns_low / 3.6e12, cells * known.cell_ns_high / 3.6e12)
    table_gb = (need.rows or 0) * 1e6 * need.columns * 8 / 1e9
    data = max(need.data_gb, table_gb)
    software = Range(known.software_gb_low, known.software_gb_high)
    storage = Range(data * known.copies_low + software.low, data * known.copies_high + software.high)
    note = Text(
        en="Trees and linear models run well on processor cores: ask for core-hours, not for GPUs.",
        nl="Bomen en lineaire modellen draaien goed op processorkernen: vraag core-uren, geen GPU's.",
    )
    transfer = Range(data, data * 1.5 + software.high)
    return Estimate(need, None, 0, table_gb * 3, hours, storage, transfer, (), (note,))


def _storage(need: Need, task: Task) -> Range:
    known, billions = assumptions().general, need.parameters or 0
    base = billions * task.base_bytes
    kept = billions * task.checkpoint_bytes
    out_low, out_high = _outputs(need, task)
    return Range(
        need.data_gb * known.copies_low
        + base
        + kept * known.checkpoints_low
        + known.software_gb_low
        + out_low,
        need.data_gb * known.copies_high
        + base
        + kept * known.checkpoints_high
        + known.software_gb_high
        + out_high,
    )


def _outputs(need: Need, task: Task) -> tuple[float, float]:
    known, result = assumptions().general, (need.parameters or 0) * task.result_bytes
    if need.task == "inference":
        return need.data_gb * known.output_share_low, need.data_gb * known.output_share_high
    return result, result * need.runs


def _transfer(need: Need, task: Task) -> Range:
    known, base = assumptions().general, (need.parameters or 0) * task.base_bytes
    out_low, out_high = _outputs(need, task)
    return Range(
        need.data_gb + base + known.software_gb_low + out_low,
        1.5 * need.data_gb + base + known.software_gb_high + out_high,
    )


def _place(need: Need, partition: Partition, flops: float, memory_gb: float, storage: Range) -> Placed:
    known, task = assumptions().general, assumptions().tasks[need.task]
    peak = partition.device_tflops * 1e12 * 3600
    used = Range(flops / (peak * task.use_high), flops / (peak * task.use_low) * known.restarts_and_tests)
    devices = devices_for(partition, memory_gb)
    hours = min(max(used.high / devices / need.runs, 1 / 60), partition.most_hours)
    job = bill(partition, Job(devices, Fraction(hours).limit_denominator(3600)))
    factor = float(job.times or 1)
    billed = used.times(factor)
    terabytes = storage.times(need.months * HOURS_A_MONTH / 1000)
    return Placed(
        partition=partition,
        devices=devices,
        used_gpu_hours=used.times(1 / partition.devices_per_gpu),
        gpu_hours=billed.times(1 / partition.devices_per_gpu),
        node_hours=billed.times(1 / partition.devices_per_node),
        units=billed.times(float(partition.rate)),
        storage_units=terabytes if partition.storage_unit else None,
        job=job,
        words=(*_words(need, job, used), *_storage_words(need, partition, terabytes)),
    )


def devices_for(partition: Partition, memory_gb: float) -> int:
    """Return the fewest devices that hold so much memory, whole nodes once one node is not enough."""
    devices = max(1, ceil(memory_gb / (partition.device_memory_gb * assumptions().general.memory_share)))
    node = partition.devices_per_node
    return devices if devices <= node else ceil(devices / node) * node


def _words(need: Need, job: Bill, used: Range) -> Iterable[Text]:
    partition, times = job.partition, job.times or Fraction(1)
    if times > 1:
        yield Text(
            en=f"A job on {job.job.devices} {partition.device} is billed as {job.slices}: {float(times):g} times "
            "what it uses, because whole nodes are billed. Fill the node, or choose a partition that shares it.",
            nl=f"Een taak op {job.job.devices} {partition.device} kost er {job.slices}: {float(times):g} keer wat "
            "hij gebruikt, want hele nodes tellen. Vul de node, of kies een partitie die hem deelt.",
        )
    one_run = used.high / job.job.devices / need.runs
    if one_run > partition.most_hours:
        jobs = ceil(one_run / partition.most_hours)
        yield Text(
            en=f"A job may run {partition.most_hours} hours here: plan {jobs} jobs after each other for one run, "
            "with checkpoints, or use more GPUs.",
            nl=f"Een taak mag hier {partition.most_hours} uur duren: plan {jobs} taken na elkaar voor één keer, "
            "met checkpoints, of gebruik meer GPU's.",
        )


def _storage_words(need: Need, partition: Partition, hours: Range) -> Iterable[Text]:
    if partition.storage_unit:
        low, high = (f"{end:,.3g}" if end < 1000 else f"{end:,.0f}" for end in (hours.low, hours.high))
        yield Text(
            en=f"Storage is billed too: {low} to {high} {partition.storage_unit} in {need.months} months on the "
            "ordinary disk. Flash counts ten times, objects count half.",
            nl=f"Opslag telt ook: {low} tot {high} {partition.storage_unit} in {need.months} maanden op de gewone "
            "schijf. Flash telt tien keer, objecten tellen half.",
        )


def _notes(need: Need, parameters: float, tokens: float) -> Iterable[Text]:
    best = assumptions().general.tokens_per_parameter
    if need.task == "train" and need.tokens is None:
        yield Text(
            en=f"You gave no number of tokens: {best} for each parameter is taken, which is best for the hours spent.",
            nl=f"U gaf geen aantal tokens: {best} per parameter is genomen, het beste voor de gebruikte uren.",
        )
    elif need.task == "train" and tokens < best * parameters / 2:
        yield Text(
            en="There are few tokens for so large a model: a smaller one learns more in the same hours, "
            "or fine-tune one that exists.",
            nl="Er zijn weinig tokens voor zo'n groot model: een kleiner model leert meer in dezelfde uren, "
            "of train een bestaand model bij.",
        )
    if need.task == "finetune":
        yield Text(
            en="Often a small part is enough: compare with LoRA, which needs about a seventh of the memory.",
            nl="Vaak is een klein deel genoeg: vergelijk met LoRA, dat ongeveer een zevende van het geheugen vraagt.",
        )
