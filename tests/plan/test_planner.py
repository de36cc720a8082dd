"""The planner: what it chooses, that it keeps to the budget, and what it says when nothing fits."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import boards
from hwgen.plan import PlanError, check, make_plan
from hwgen.plan.search import LANES, TIME_PARALLEL
from hwgen.spec import Dalif, Encoding, Input, Kind, Layer, Network
from tests.strategies import cases, random_case

BOARD = boards.find("icebreaker")
#: The iCEBreaker and the ULX3S with more and with less of everything.
BOARDS = st.builds(
    lambda name, lut, bram, spram, dsp: with_budget(boards.find(name), lut=lut, bram=bram, spram=spram, dsp=dsp),
    st.sampled_from(["icebreaker", "ulx3s_85f"]), st.integers(1500, 40_000), st.integers(3, 60),
    st.integers(0, 8), st.integers(0, 20))
RESOURCES = ("lut", "bram", "spram", "dsp")
ULX3S = boards.find("ulx3s_85f")
#: Three layers.
NETWORK = next(case.network for case in (random_case(seed, samples=1) for seed in range(100))
               if len(case.network.layers) == 3)


def with_budget(board, **budget):
    return replace(board, budget=replace(board.budget, **budget))


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


@given(cases(samples=1), BOARDS)
@settings(deadline=None, max_examples=12)
def test_a_plan_never_exceeds_the_budget(case, board):
    result = check(case.network, board)
    if result.fits:
        for cost in (result.plan.estimate, result.estimate):
            assert all(getattr(cost, name) <= getattr(board.budget, name) for name in RESOURCES)
        assert result.problems == () and all(core.network is case.network for core in result.plan.cores)
    else:
        assert result.problems
        for problem in result.problems:
            assert problem.need > problem.limit and problem.remedy
            assert set(problem.to_json()) == {"what", "need", "limit", "remedy"}


@given(cases(samples=1, joins=True), BOARDS)
@settings(deadline=None, max_examples=12)
def test_every_layer_is_on_one_core_in_order(case, board):
    assume((plan := check(case.network, board).plan) is not None)
    placed = [layer.layer for core in plan.cores for layer in core.layers]
    assert placed == list(case.network.layers)
    for core in plan.cores:
        for layer in core.layers:
            source = case.network.skip_source(layer.number)
            assert source is None or core.first - 1 <= source < layer.number
        assert core.buffers == (1 if len(plan.cores) == 1 else 2)


@given(cases(samples=1), BOARDS, st.sampled_from(RESOURCES), st.integers(1, 50))
@settings(deadline=None, max_examples=12)
def test_more_budget_is_never_worse(case, board, resource, more):
    larger = with_budget(board, **{resource: round(getattr(board.budget, resource) * (1 + more / 10) + more)})
    for optimize, figure in (("latency", "cycles"), ("area", "lut")):
        before = check(case.network, board, optimize=optimize)
        assume(before.fits)
        after = check(case.network, larger, optimize=optimize)
        assert after.fits and getattr(after.estimate, figure) <= getattr(before.estimate, figure)


def test_area_takes_fewer_cells_and_latency_fewer_cycles():
    fast, small = (check(NETWORK, ULX3S, optimize=optimize).estimate for optimize in ("latency", "area"))
    assert fast.cycles < small.cycles and small.lut < fast.lut


@pytest.mark.parametrize("pins", [{"lanes": 4}, {"lanes": 8, "time_parallel": 2}, {"time_parallel": 1}, {"cores": 1},
                                  {"cores": 2, "lanes": 8}, {"cores": 3, "time_parallel": 2}], ids=str)
def test_pinned_values_are_honoured(pins):
    plan = make_plan(NETWORK, ULX3S, **pins)
    assert len(plan.cores) == pins.get("cores", len(plan.cores))
    for core in plan.cores:
        assert all(getattr(core, name) == value for name, value in pins.items() if name != "cores")
    assert plan.estimate.cycles >= make_plan(NETWORK, ULX3S).estimate.cycles


@pytest.mark.parametrize("optimize", ["latency", "area"])
def test_a_board_that_is_all_but_full_gets_the_smallest_design(optimize):
    """One that fills between 95 and 97 % of the cells, and says so; one that fills more is refused."""
    smallest = check(NETWORK, BOARD, optimize="area").estimate
    board = {fill: with_budget(BOARD, lut=math.ceil(smallest.lut / fill)) for fill in (0.949, 0.961, 0.975)}
    assert not any("none fills less" in reason for reason in make_plan(NETWORK, board[0.949]).why)
    plan = make_plan(NETWORK, board[0.961], optimize=optimize)
    assert plan.estimate == smallest and any("none fills less than 95%" in reason for reason in plan.why)
    assert not check(NETWORK, board[0.975], optimize=optimize).fits


def test_more_cores_than_layers_are_refused():
    with pytest.raises(PlanError, match="cannot be cut into 8 cores: it has 3 layers.*ask for fewer cores"):
        make_plan(NETWORK, ULX3S, cores=8)


def test_the_choice_is_the_fastest_that_could_be_pinned():
    best = make_plan(NETWORK, BOARD)
    pinned = [check(NETWORK, BOARD, lanes=lanes) for lanes in LANES]
    pinned += [check(NETWORK, BOARD, time_parallel=time_parallel) for time_parallel in TIME_PARALLEL]
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
     "logic cells .*64 lanes x 8 timesteps.* need .* there are 5,121"),
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


def test_the_remedy_of_a_pin_is_the_plan_without_it():
    problem = check(network(channels=4, classes=2), BOARD, lanes=64, time_parallel=8).problems[0]
    free = make_plan(network(channels=4, classes=2), BOARD).cores[0]
    assert f"without pins it fits, with lanes x timesteps = {free.lanes} x {free.time_parallel}" in str(problem)


def test_products_are_made_of_logic_cells_where_there_are_too_few_multipliers():
    wishes = {"cores": 1, "lanes": 4, "time_parallel": 4}
    plans = [make_plan(network(), with_budget(BOARD, dsp=dsp, bram=99, lut=20_000), **wishes) for dsp in (3, 2)]
    with_blocks, without = plans
    assert (with_blocks.estimate.dsp, without.estimate.dsp) == (3, 0)
    assert (with_blocks.multipliers, without.multipliers) == (True, False)
    assert without.estimate.lut - with_blocks.estimate.lut == without.costs[0].product_lut > 0
    assert "of logic cells" in " ".join(without.why)


def test_the_clock():
    assert make_plan(NETWORK, BOARD).target_hz == BOARD.default_target_hz
    assert make_plan(NETWORK, BOARD, target_hz=24e6).target_hz == 24e6


def test_a_clock_that_the_pll_cannot_make_is_a_problem():
    result = check(NETWORK, BOARD, target_hz=36.1e6)
    assert not result.fits
    problem, = result.problems
    assert problem.need == 36_100_000 and problem.limit in BOARD.clocks()
    assert abs(problem.limit - problem.need) == min(abs(hz - problem.need) for hz in BOARD.clocks())
    assert check(NETWORK, BOARD, target_hz=problem.limit).fits
    with pytest.raises(PlanError, match="the clock of icebreaker: 36.1 MHz is wanted, the nearest is 36 MHz; use --freq 36"):
        make_plan(NETWORK, BOARD, target_hz=36.1e6)


def test_to_json():
    plan = make_plan(NETWORK, BOARD)
    data = plan.to_json()
    assert set(data) == {"cores", "why"} and len(data["cores"]) == len(plan.cores)
    core = data["cores"][0]
    assert set(core) == {"layers", "lanes", "time_parallel", "lut", "memories", "layer_cycles"}
    assert [name for core in data["cores"] for name in core["layers"]] == [layer.name for layer in NETWORK.layers]
    assert [set(memory) for memory in core["memories"]] == [
        {"name", "rows", "width", "blocks", "kind"}] * len(core["memories"])
    assert sum(memory["blocks"] for core in data["cores"] for memory in core["memories"]
               if memory["kind"] == "bram") == plan.estimate.bram
    assert data["why"] and all(isinstance(sentence, str) for sentence in data["why"])
    cost = plan.estimate.to_json()
    assert cost["cycles_per_inference"] <= sum(cost["layer_cycles"].values())
    assert list(cost["layer_cycles"]) == [layer.name for layer in NETWORK.layers] and "estimated" in cost["basis"]
