"""The estimates: memories as they are emitted, and figures that equal what synthesis and simulation gave."""

import re

import numpy as np
import pytest
from amaranth.back import rtlil
from hypothesis import given
from hypothesis import strategies as st

from hwgen.gateware.core import Core
from hwgen.plan import CorePlan
from hwgen.plan.estimate import core_cost
from hwgen.plan.memories import bank_depths, block_count, memories
from tests.strategies import random_case

@pytest.mark.parametrize("rows, depths", [
    (1, [256]), (256, [256]), (257, [512]), (513, [512, 256]), (1764, [1024, 512, 256]), (2049, [2048, 256]),
])
def test_banks(rows, depths):
    assert bank_depths(rows) == depths


@pytest.mark.parametrize("rows, width, blocks", [
    (10, 16, 1), (256, 17, 2), (512, 8, 1), (512, 9, 2), (1024, 4, 1), (2048, 2, 1), (2048, 3, 2), (4096, 2, 2),
    (8192, 1, 4), (768, 16, 3),
])
def test_blocks(rows, width, blocks):
    assert block_count(rows, width) == blocks


@given(st.integers(1, 20_000), st.integers(1, 200))
def test_blocks_hold_all_bits(rows, width):
    assert block_count(rows, width) * 4096 >= rows * width
    assert sum(bank_depths(rows)) >= rows > sum(bank_depths(rows)) - 256


def rtl_memories(core):
    """``{name: (rows, width)}`` of the memories in the emitted core, banks of the weights added up."""
    found = {}
    for width, size, name in re.findall(r"^ *memory width (\d+) size (\d+) \\(\w+)$",
                                        rtlil.convert(Core(plan=core), name="core"), re.MULTILINE):
        name = "weights" if name.startswith("bank") else name
        found[name] = int(size) + found.get(name, (0, 0))[0], int(width)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_the_memories_are_those_of_the_core(seed):
    rng = np.random.default_rng(seed)
    core = CorePlan(network=random_case(seed, samples=1).network, lanes=int(rng.choice([4, 8])),
                    time_parallel=int(rng.choice([1, 2, 4, 8])), word_elements=int(rng.choice([4, 8, 16])))
    estimated = {memory.name: (max(memory.rows, 2), memory.width) for memory in memories(core)}
    emitted = rtl_memories(core)
    rows, _ = estimated["weights"]
    assert emitted["weights"][0] == sum(bank_depths(rows))
    assert emitted | {"weights": (rows, emitted["weights"][1])} == {
        {"maps": "map_memory", "partial sums": "partial_sums"}.get(name, name): size
        for name, size in estimated.items()}
    cost = core_cost(core)
    assert cost.bram == sum(memory.blocks for memory in cost.memories if memory.kind == "bram")
