"""What a job is billed, by the rules of the sites, in every unit."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.awards.partitions import Job, TableIsWrong, bill, load, table

PARTITIONS = table()


H = Fraction(1, 2)


@pytest.mark.parametrize(
    ("partition", "job", "expected"),
    [
        # expected: slices, what decided, GPU-h, node-h, the site's units, times what is used
        # One GCD on whole nodes pays for all eight: the trap.
        ("lumi_standard_g", Job(1, Fraction(1)), (8, "whole_nodes", 4, 1, 4, 8)),
        ("lumi_standard_g", Job(8, Fraction(10)), (8, "devices", 40, 10, 40, 1)),
        ("lumi_standard_g", Job(9, Fraction(1)), (16, "whole_nodes", 8, 2, 8, Fraction(16, 9))),
        ("lumi_small_g", Job(1, Fraction(1)), (1, "devices", H, H / 4, H, 1)),
        # 16 cores or 128 GB double the charge of one GCD.
        ("lumi_small_g", Job(1, Fraction(2), cores=16), (2, "cores", 2, H, 2, 2)),
        ("lumi_small_g", Job(1, Fraction(2), memory_gb=128), (2, "memory", 2, H, 2, 2)),
        ("lumi_small_g", Job(1, Fraction(2), cores=9, memory_gb=129), (3, "memory", 3, 3 * H / 2, 3, 3)),
        ("snellius_a100", Job(1, Fraction(3)), (1, "devices", 3, 3 * H / 2, 384, 1)),
        ("snellius_h100", Job(2, H, cores=33), (3, "cores", 3 * H, 3 * H / 4, 288, 3 * H)),
        ("leonardo_booster", Job(4, Fraction(1250)), (4, "devices", 5000, 1250, 1250, 1)),
        ("marenostrum5_acc", Job(0, Fraction(1), cores=20), (1, "cores", 1, H / 2, 1, None)),
    ],
)
def test_a_job_is_billed_by_its_largest_share(partition: str, job: Job, expected: tuple[object, ...]) -> None:
    b = bill(PARTITIONS[partition], job)
    assert (b.slices, b.decided_by, b.gpu_hours, b.node_hours, b.units, b.times) == expected


jobs = st.builds(
    Job,
    devices=st.integers(1, 64),
    hours=st.fractions(min_value=0, max_value=200, max_denominator=60),
    cores=st.integers(0, 600),
    memory_gb=st.integers(0, 5000),
)


@given(st.sampled_from(sorted(PARTITIONS)), jobs)
def test_no_job_pays_for_less_than_it_takes_nor_for_a_slice_too_many(name: str, job: Job) -> None:
    partition = PARTITIONS[name]
    found = bill(partition, job)
    assert found.slices >= job.devices
    assert found.slices * partition.slice_cores >= job.cores
    assert found.slices * partition.slice_memory_gb >= job.memory_gb
    step = partition.devices_per_node if partition.whole_nodes else 1
    less = found.slices - step
    assert (
        less < job.devices
        or less * partition.slice_cores < job.cores
        or less * partition.slice_memory_gb < job.memory_gb
    )


@given(st.sampled_from(sorted(PARTITIONS)), jobs)
def test_the_units_are_one_amount_in_other_words(name: str, job: Job) -> None:
    partition, found = PARTITIONS[name], bill(PARTITIONS[name], job)
    assert found.gpu_hours * partition.devices_per_gpu == found.node_hours * partition.devices_per_node
    assert found.units == found.gpu_hours * partition.devices_per_gpu * partition.rate


@pytest.mark.parametrize("job", [(0, 1), (-1, 1), (1, -1)])
def test_a_job_takes_something(job: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least one device or one core"):
        Job(job[0], Fraction(job[1]))


def test_a_wrong_table_is_refused_with_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("partitions = [\n")
    with pytest.raises(TableIsWrong, match=r"own\.toml: no TOML"):
        load(file)
    file.write_text('[[partitions]]\nid = "own"\n')
    with pytest.raises(TableIsWrong, match=r"own.toml: partitions.0.system: Field required"):
        load(file)
