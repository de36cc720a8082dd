"""Random small networks, stalls and power-up memories: the emitted Verilog equals the golden model.

Each network is ``random_case(SEED)`` of `tests.strategies`, plain ones on one core, and those with residual joins and
depthwise layers on one to four, whose samples follow each other without a pause. To run one alone:
``pytest tests/bench -k "networks and [SEED]"`` (with ``--run-slow`` for those that are slow).
"""

import pytest

from sim.bench.array_check import check_array
from sim.bench.core_check import check_core
from tests.bench.cores import emit, emit_array, random_cores, random_plan
from tests.strategies import random_case

#: Those that always run: quick ones that together have every feature.
QUICK = (0, 2, 3, 5, 18, 26, 28, 34, 35, 40, 46, 51, 67, 76, 89, 92)
QUICK_JOINS = (1, 6, 14, 17, 20)


def seeds(count, quick):
    return [pytest.param(seed, marks=() if seed in quick else pytest.mark.slow) for seed in range(count)]


def check(seed, simulator, folder):
    case = random_case(seed)
    core = random_plan(case)
    print(case, f"on {core.lanes} lanes x {core.time_parallel} timesteps, {core.word_elements} elements a word")
    checked = check_core(core, emit(core, folder), case.samples, simulator=simulator, folder=folder, seed=seed,
                         stalled=0.6, probed=0.6)
    assert checked.tally.differences == 0, f"{case}: {checked.tally.first}"
    assert checked.samples == len(case.samples) and len(checked.cycles) >= 1


def check_joins(seed, simulator, folder):
    case = random_case(seed, joins=True)
    cores = random_cores(case)
    print(case, "on", *(f"{core.lanes} lanes x {core.time_parallel} timesteps from layer {core.first},"
                        for core in cores))
    verilog = emit_array(cores, folder)
    if len(cores) == 1:
        checked = check_core(cores[0], verilog, case.samples, simulator=simulator, folder=folder, seed=seed,
                             stalled=0.6, probed=0.6)
    else:
        checked = check_array(cores, verilog, case.samples, simulator=simulator, folder=folder, seed=seed,
                              stalled=0.5, alone=0)
    assert checked.tally.differences == 0, f"{case}: {checked.tally.first}"
    assert checked.samples == len(checked.winners) == len(case.samples)


@pytest.mark.parametrize("seed", seeds(100, QUICK))
def test_networks_in_icarus(seed, tmp_path):
    check(seed, "icarus", tmp_path)


@pytest.mark.parametrize("seed", [92, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(8))])
def test_networks_in_verilator(seed, tmp_path):
    check(seed, "verilator", tmp_path)


@pytest.mark.parametrize("seed", seeds(300, QUICK_JOINS))
def test_joined_networks_in_icarus(seed, tmp_path):
    check_joins(seed, "icarus", tmp_path)


@pytest.mark.parametrize("seed", [11, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(300, 308))])
def test_joined_networks_in_verilator(seed, tmp_path):
    check_joins(seed, "verilator", tmp_path)
