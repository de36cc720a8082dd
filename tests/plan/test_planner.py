"""The planner: what it chooses, that it keeps to the budget, and what it says when nothing fits."""

import re
from dataclasses import replace

import numpy as np
import pytest
from amaranth.back import rtlil
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import boards
from hwgen.gateware.core import Core
from hwgen.plan import CorePlan, PlanError, check, make_plan
from hwgen.plan.estimate import MULTIPLIER_CELLS, bank_depths, block_count, core_cost, memories
from hwgen.plan.search import LANES, TIME_PARALLEL
from hwgen.spec import Dalif, Encoding, Input, Kind, Layer, Network
from tests.strategies import cases, random_case

BOARD = boards.find("icebreaker")
BUDGETS = st.builds(lambda lut, bram, dsp: replace(BOARD.budget, lut=lut, bram=bram, dsp=dsp),
                    st.integers(1500, 12_000), st.integers(3, 60), st.integers(0, 10))
NETWORK = random_case(1, samples=1).network


def with_budget(budget):
    return replace(BOARD, budget=budget)


def network(*, shape=(1, 28, 28), channels=16, classes=10, timesteps=4, weight_bits=4):
    """A convolution, then a readout of what it leaves."""
    side = shape[1] - 2
    layers = [
        Layer(name="conv", kind=Kind.CONV, weight=np.ones((channels, shape[0], 3, 3), np.int8),
              weight_bits=weight_bits, scale=np.ones(channels), offset=np.zeros(channels), pool=2,
              neuron=Dalif(alpha=(200,), beta=(100,))),
        Layer(name="readout", kind=Kind.READOUT, weight=np.ones((classes, channels, side // 2, side // 2), np.int8),
              weight_bits=weight_bits, scale=np.ones(classes), offset=np.zeros(classes),
              neuron=Dalif(alpha=(200,), beta=(100,), fires=False)),
    ]
    return Network(name="test", timesteps=timesteps, input=Input(shape=shape, encoding=Encoding.ANALOG),
                   layers=tuple(layers))


@given(cases(samples=1), BUDGETS)
@settings(deadline=None, max_examples=25)
def test_a_plan_never_exceeds_the_budget(case, budget):
    result = check(case.network, with_budget(budget))
    if result.fits:
        cost = result.plan.estimate
        assert cost.lut <= budget.lut and cost.bram <= budget.bram and cost.dsp <= budget.dsp
        assert result.problems == () and all(core.network is case.network for core in result.plan.cores)
    else:
        assert result.problems
        for problem in result.problems:
            assert set(problem) == {"what", "need", "limit", "remedy"} and problem["need"] > problem["limit"]


@given(cases(samples=1), BUDGETS, BUDGETS)
@settings(deadline=None, max_examples=20)
def test_more_budget_never_gives_a_slower_plan(case, one, other):
    larger = replace(one, lut=max(one.lut, other.lut), bram=max(one.bram, other.bram), dsp=max(one.dsp, other.dsp))
    before = check(case.network, with_budget(one))
    assume(before.fits)
    after = check(case.network, with_budget(larger))
    assert after.fits and after.estimate.cycles <= before.estimate.cycles


@pytest.mark.parametrize("pins", [{"lanes": 4}, {"lanes": 8, "time_parallel": 2}, {"time_parallel": 1}], ids=str)
def test_pinned_values_are_honoured(pins):
    for core in make_plan(NETWORK, BOARD, **pins).cores:
        assert {name: getattr(core, name) for name in pins} == pins
    assert make_plan(NETWORK, BOARD, **pins).estimate.cycles >= make_plan(NETWORK, BOARD).estimate.cycles


def test_the_choice_is_the_fastest_that_could_be_pinned():
    best = make_plan(NETWORK, BOARD)
    pinned = [check(NETWORK, BOARD, lanes=lanes, time_parallel=time_parallel)
              for lanes in LANES for time_parallel in TIME_PARALLEL]
    assert best.estimate.cycles == min(result.estimate.cycles for result in pinned if result.fits)


@pytest.mark.parametrize("pins, message", [
    ({"lanes": 3}, r"lanes = 3 is not possible.*choose one of 4, 8, 16, 32, 64"),
    ({"time_parallel": 0}, r"time-parallel = 0 is not possible.*choose one of 1, 2, 4, 8, 16"),
    ({"lanes": 128}, "lanes = 128 is not possible"),
    ({"cores": 9}, "cores = 9 is not possible.*choose one of 1, 2, 3"),
    ({"optimize": "beauty"}, "optimize = beauty is not possible.*choose one of area, latency"),
])
def test_pins_that_there_are_not(pins, message):
    with pytest.raises(PlanError, match=message):
        make_plan(NETWORK, BOARD, **pins)


@pytest.mark.parametrize("wanted, pins, message", [
    (network(channels=4, classes=2), {"lanes": 64, "time_parallel": 8},
     "logic cells .*64 lanes x 8 timesteps.* need .* there are 5,016"),
    (network(channels=32, classes=100), {},
     "block RAMs .*there are 30.*the weights alone take .* layer 'readout' has 540,800 weights; use fewer"),
    (network(shape=(1, 128, 128), channels=4, classes=2, weight_bits=2), {},
     "block RAMs .*there are 30.*the maps alone take .*smaller input map"),
], ids=["pins", "weights", "maps"])
def test_what_does_not_fit_is_named(wanted, pins, message):
    result = check(wanted, BOARD, **pins)
    assert not result.fits and result.plan is None
    with pytest.raises(PlanError, match=f"network 'test' does not fit icebreaker: {message}"):
        make_plan(wanted, BOARD, **pins)


def test_products_are_made_of_logic_cells_where_there_are_too_few_multipliers():
    wishes = {"lanes": 4, "time_parallel": 4}
    plans = [make_plan(network(), with_budget(replace(BOARD.budget, dsp=dsp, bram=99, lut=20_000)), **wishes)
             for dsp in (3, 2)]
    with_blocks, without = (plan.estimate for plan in plans)
    core = plans[0].cores[0]
    assert (with_blocks.dsp, without.dsp) == (3, 0)
    assert without.lut - with_blocks.lut == round(3 * MULTIPLIER_CELLS * core.membrane_width * core.betaf_width)


def test_the_clock():
    assert make_plan(NETWORK, BOARD).target_hz == BOARD.default_target_hz
    assert make_plan(NETWORK, BOARD, target_hz=20e6).target_hz == 20e6


def test_to_json():
    plan = make_plan(NETWORK, BOARD)
    data = plan.to_json()
    assert set(data) == {"cores", "why"} and len(data["cores"]) == len(plan.cores)
    core = data["cores"][0]
    assert set(core) == {"layers", "lanes", "time_parallel", "memories", "layer_cycles"}
    assert core["layers"] == [layer.name for layer in NETWORK.layers]
    assert [set(memory) for memory in core["memories"]] == [
        {"name", "rows", "width", "blocks", "kind"}] * len(core["memories"])
    assert sum(memory["blocks"] for memory in core["memories"]) == plan.estimate.bram
    assert data["why"] and all(isinstance(sentence, str) for sentence in data["why"])
    cost = plan.estimate.to_json()
    assert cost["cycles_per_inference"] == sum(cost["layer_cycles"].values())
    assert list(cost["layer_cycles"]) == core["layers"] and "estimated" in cost["basis"]


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
    assert core_cost(core).bram == sum(memory.blocks for memory in memories(core))
