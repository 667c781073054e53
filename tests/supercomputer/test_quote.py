"""What a job will be billed before it is submitted: in every unit, and eight times too much said in words."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.awards.partitions import table
from aifactory.ports.cluster import Partition
from aifactory.supercomputer.quote import Ask, quote, words

WHOLE = Partition("big", True, True, nodes=4, cores=64, gpus=8, memory_mb=512 * 1024)
SHARED = Partition("small", False, False, nodes=4, cores=64, gpus=8, memory_mb=512 * 1024)
HOUR = 3600


def test_one_gpu_on_whole_nodes_is_billed_eight_times_and_told_so():
    found = quote(Ask(1, 8, 10**10, HOUR), WHOLE)
    assert (found.gpu_hours, found.core_hours, found.node_hours, found.times) == (8, 64, 1, 8)
    (text,) = words(found)
    assert text.en == (
        "The partition big gives whole nodes. This job asks for 1 GPU and is billed for 8 GPU: "
        "8 times what it uses. Fill the node, or choose a partition that shares it."
    )


def test_a_shared_node_bills_what_is_asked_and_its_largest_share_in_node_hours():
    found = quote(Ask(1, 8, 10**10, 2 * HOUR), SHARED)
    assert (found.gpu_hours, found.core_hours, found.node_hours, found.times) == (2, 16, Fraction(1, 4), 1)
    assert list(words(found)) == []
    assert quote(Ask(0, 3, 0, HOUR), None).node_hours is None


def test_a_job_on_two_nodes_or_in_two_tasks_is_billed_for_each():
    found = quote(Ask(1, 8, 10**10, HOUR, parts=2), WHOLE)
    assert (found.gpu_hours, found.core_hours, found.node_hours, found.times) == (16, 128, 2, 8)
    shared = quote(Ask(1, 8, 10**10, HOUR, parts=2), SHARED, [table()["snellius_a100"]])
    assert (shared.gpu_hours, shared.node_hours, shared.elsewhere[0].units) == (2, Fraction(1, 4), 256)


def test_the_units_of_lumi_and_snellius_by_their_own_rules():
    found = quote(Ask(1, 1, 0, HOUR), None, table().values())
    units = {one.partition.id: (one.units, one.partition.unit, one.times) for one in found.elsewhere}
    assert units["lumi_standard_g"] == (4, "LUMI GPU-h", 8)
    assert units["lumi_small_g"] == (Fraction(1, 2), "LUMI GPU-h", 1)
    assert units["snellius_a100"] == (128, "SBU", 1)
    assert units["snellius_h100"] == (192, "SBU", 1)
    assert [text.en for text in words(found)] == [
        "On LUMI (lumi_standard_g) whole nodes are billed: 8 GCD instead of 1, 8 times."
    ]


@given(
    gpus=st.integers(0, 100),
    cores=st.integers(0, 1000),
    memory=st.integers(0, 10**13),
    seconds=st.integers(1, 10**6),
)
def test_whole_nodes_hold_what_is_asked_and_never_cost_less(gpus, cores, memory, seconds):
    if gpus + cores == 0:
        with pytest.raises(ValueError, match="at least one"):
            Ask(gpus, cores, memory, seconds)
        return
    ask = Ask(gpus, cores, memory, seconds)
    whole, shared = quote(ask, WHOLE), quote(ask, SHARED)
    assert whole.nodes is not None
    assert whole.nodes.denominator == 1
    assert whole.gpus >= ask.gpus == shared.gpus
    assert whole.cores >= ask.cores == shared.cores
    assert whole.nodes * WHOLE.memory_mb * 2**20 >= ask.memory_bytes
    assert whole.node_hours >= shared.node_hours
    assert whole.nodes - shared.nodes < 1
