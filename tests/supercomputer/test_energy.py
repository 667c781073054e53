from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.ports.carbon import CarbonHour, NoSignal, Signal
from aifactory.ports.engine import Usage
from aifactory.supercomputer.energy import (
    Energy,
    NodePower,
    Range,
    Tier,
    carbon,
    estimate,
    intensity,
    watts,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NODE = NodePower(
    source="made for a test",
    core_idle=Range(2, 1, 3),
    core_full=Range(10, 8, 12),
    memory_gb=Range(0.5, 0.4, 0.6),
    gpu_idle=Range(50, 40, 60),
    gpu_full=Range(450, 400, 500),
    pue=Range(1.5, 1.2, 2.0),
)


def used(seconds=3600.0, cpu=None, joules=None, simulated=False):
    return Usage(seconds, 0, 0, cpu_seconds=cpu, energy_joules=joules, simulated=simulated)


def test_known_load_lies_between_idle_and_full():
    found = estimate(used(cpu=3600), cores=2, memory_bytes=4_000_000_000, node=NODE)
    it_watts = 2 * (2 + 10) / 2 + 4 * 0.5
    assert round(found.kwh, 9) == round(it_watts * 1.5 / 1000, 9)
    assert round(found.high, 9) == round(it_watts * 1.4 * 2.0 / 1000, 9)  # 40 %, wider than the parts' own
    assert found.tier is Tier.D
    assert found.method == "D: estimated from allocated cores, memory and GPUs, load from CPU time"
    assert found.readings["load"] == 0.5


def test_unknown_load_is_one_half_between_idle_and_full():
    drawn = watts(cores=2, gpus=1, memory_bytes=0, load=None, node=NODE)
    assert drawn == Range(2 * 6 + 250, 2 * 1 + 40, 2 * 12 + 500)
    found = estimate(used(), cores=2, gpus=1, memory_bytes=0, node=NODE)
    assert found.readings["load"] is None
    assert "load unknown" in found.method


def test_a_meter_beats_an_estimate():
    found = estimate(used(joules=3_600_000), cores=2, memory_bytes=0, node=NODE)
    assert (found.kwh, round(found.low, 9), round(found.high, 9)) == (1.5, 0.84, 2.6)
    assert (found.tier, found.method) == (Tier.C, "C: measured by the engine's meter")


def test_a_simulated_run_says_so():
    found = estimate(used(cpu=1, simulated=True), cores=1, memory_bytes=0)
    assert found.simulated
    assert found.method.endswith("(simulated run)")


@given(
    cpu=st.none() | st.floats(0, 1e6),
    seconds=st.floats(0, 1e5),
    cores=st.integers(0, 512),
    gpus=st.integers(0, 8),
    memory=st.integers(0, 10**12),
)
def test_bounds_always_hold_the_value(cpu, seconds, cores, gpus, memory):
    found = estimate(used(seconds, cpu), cores=cores, gpus=gpus, memory_bytes=memory)
    assert 0 <= found.low <= found.kwh <= found.high


def signal(*values):
    hours = tuple(CarbonHour(START + k * HOUR, v, v - 50, v + 100) for k, v in enumerate(values))
    return Signal("NL", "measured", "made for a test", None, hours)


def test_each_hour_counts_by_the_part_that_the_run_fills():
    found = intensity(signal(100, 300), START + HOUR / 2, START + HOUR * 1.25)
    assert found.document() == {"value": 166.666667, "low": 116.666667, "high": 266.666667}


def test_carbon_joins_both_uncertainties():
    spent = Energy(2.0, 1.0, 4.0, Tier.D, "D")
    found = carbon(spent, signal(100), start=START, end=START + HOUR)
    assert (found.grams, found.low, found.high) == (200, 50, 800)
    assert (found.kind, found.source) == ("measured", "made for a test")


def test_a_run_of_no_time_at_all_has_the_intensity_of_its_moment():
    assert intensity(signal(100), START, START).value == 100


def test_a_missing_hour_is_no_zero():
    with pytest.raises(NoSignal, match="lacks hours"):
        intensity(signal(100), START, START + 2 * HOUR)


def test_a_range_that_is_upside_down_is_refused(tmp_path):
    with pytest.raises(ValueError, match="must hold"):
        Range(1, 2, 3)
    wrong = tmp_path / "power.toml"
    wrong.write_text('[generic]\nsource = "none"\ncore_idle = [1.0, 2.0, 3.0]\n')
    with pytest.raises(ValueError, match="must hold"):
        NodePower.load(wrong)
