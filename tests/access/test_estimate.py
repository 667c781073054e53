"""The estimator, against figures worked out by hand and published ones."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.access.finder.estimate import (
    Need,
    NotEnoughIsKnown,
    Range,
    assumptions,
    devices_for,
    estimate,
)
from aifactory.awards.partitions import table

PARTITIONS = table()


def rounded(span: Range) -> tuple[float, float]:
    return round(span.low, 2), round(span.high, 2)


def test_training_by_hand() -> None:
    # 6 x 1e9 x 20e9 = 1.2e20 operations; an A100 does 312e12 x 3600 = 1.1232e18 an hour at its peak.
    found = estimate(Need(task="train", parameters=1, data_gb=100), [PARTITIONS["snellius_a100"]])
    assert (found.tokens, found.flops, found.memory_gb) == (20e9, 1.2e20, 20)
    place = found.places[0]
    assert rounded(place.used_gpu_hours) == (213.68, 667.74)
    assert (place.devices, place.job.times) == (1, 1)
    assert rounded(place.gpu_hours) == (213.68, 667.74)
    assert rounded(place.node_hours) == (53.42, 166.93)
    assert rounded(place.units) == (27350.43, 85470.09)
    assert place.storage_units is None
    # 2 copies, 2 checkpoints of 14 GB, 20 GB of software and the result of 2 GB; 4, 5, 60 and 2.
    assert rounded(found.storage_gb) == (250, 532)
    assert rounded(found.transfer_gb) == (122, 212)


def test_the_whole_node_trap_in_figures_and_words() -> None:
    need = Need(task="lora", parameters=7, tokens=0.04, passes=3, data_gb=2)
    whole, part = estimate(need, [PARTITIONS["lumi_standard_g"], PARTITIONS["lumi_small_g"]]).places
    assert (whole.devices, part.devices) == (1, 1)
    assert (whole.job.times, part.job.times) == (8, 1)
    assert whole.gpu_hours == part.gpu_hours.times(8)
    assert whole.units == whole.gpu_hours
    assert [text.en.split(":")[0] for text in whole.words] == [
        "A job on 1 GCD is billed as 8",
        "Storage is billed too",
    ]
    assert [text.en for text in part.words] == [
        (
            "Storage is billed too: 88.1 to 191 TB-h in 3 months on the ordinary disk. "
            "Flash counts ten times, objects count half."
        )
    ]
    storage = estimate(need, []).storage_gb
    assert part.storage_units == storage.times(3 * 730 / 1000)


def test_a_published_run_lies_within_the_range() -> None:
    # LLaMA 65B: 1.4e12 tokens took 1,022,362 GPU-hours on A100-80GB (Touvron et al. 2023, table 15).
    found = estimate(Need(task="train", parameters=65.2, tokens=1400), [PARTITIONS["snellius_a100"]])
    used = found.places[0].used_gpu_hours
    assert used.low < 1_022_362 < used.high


def test_a_model_that_fits_no_node_takes_whole_nodes() -> None:
    partition = PARTITIONS["leonardo_booster"]
    assert [devices_for(partition, gb) for gb in (1, 57.6, 58, 230.4, 231)] == [1, 1, 2, 4, 8]


def test_classical_methods_ask_for_cores() -> None:
    found = estimate(Need(task="classical", rows=10, columns=50, rounds=500, runs=20), PARTITIONS.values())
    # 10e6 x 50 x 500 x 20 = 5e12 cells at 10 and 310 ns.
    assert found.core_hours is not None
    assert rounded(found.core_hours) == (13.89, 430.56)
    assert found.places == ()
    assert [note.en for note in found.notes] == [
        "Trees and linear models run well on processor cores: ask for core-hours, not for GPUs."
    ]


@pytest.mark.parametrize(
    ("task", "given_", "missing"),
    [("train", {}, "parameters"), ("lora", {"parameters": 7}, "tokens"), ("classical", {}, "rows")],
)
def test_what_is_missing_is_named(task: str, given_: dict[str, float], missing: str) -> None:
    with pytest.raises(NotEnoughIsKnown) as refused:
        estimate(Need.model_validate({"task": task} | given_), [])
    assert refused.value.missing == missing


tasks = st.sampled_from(["train", "finetune", "lora", "inference"])
sizes = st.floats(0.01, 500)


@given(tasks, sizes, st.floats(0.001, 5000), st.sampled_from(sorted(PARTITIONS)), st.floats(0, 1e5))
def test_ranges_are_ranges_and_grow_with_the_work(
    task: str, parameters: float, tokens: float, name: str, data_gb: float
) -> None:
    plain = {"task": task, "parameters": parameters, "tokens": tokens, "data_gb": data_gb}
    one = estimate(Need.model_validate(plain), [PARTITIONS[name]])
    two = estimate(Need.model_validate(plain | {"passes": 2}), [PARTITIONS[name]])
    place = one.places[0]
    for span in (one.storage_gb, one.transfer_gb, place.used_gpu_hours, place.gpu_hours, place.units):
        assert 0 <= span.low <= span.high
    assert place.gpu_hours.high >= place.used_gpu_hours.high * (1 - 1e-12)
    assert two.flops == 2 * one.flops
    assert two.places[0].devices == place.devices
    assert place.job.job.hours <= Fraction(PARTITIONS[name].most_hours)


def test_every_assumption_has_a_low_end_below_its_high_one() -> None:
    known = assumptions().general.model_dump()
    ends = [name.removesuffix("_low") for name in known if name.endswith("_low")]
    assert all(known[f"{name}_low"] < known[f"{name}_high"] for name in ends)
    assert all(task.use_low < task.use_high < 1 for task in assumptions().tasks.values())
