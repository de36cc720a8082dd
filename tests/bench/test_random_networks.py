"""Random small networks, stalls and power-up memories: the emitted Verilog equals the golden model.

Each network is ``random_case(SEED)`` of `tests.strategies`; to run one alone: ``pytest tests/bench -k
"networks and [SEED]"`` (with ``--run-slow`` for those that are slow).
"""

import pytest

from sim.bench.core_check import check_core
from tests.bench.cores import emit, random_plan
from tests.strategies import random_case

#: Those that always run: quick ones that together have every feature.
QUICK = (0, 2, 3, 5, 18, 26, 28, 34, 35, 40, 46, 51, 67, 76, 89, 92)
SEEDS = [pytest.param(seed, marks=() if seed in QUICK else pytest.mark.slow) for seed in range(100)]


def check(seed, simulator, folder):
    case = random_case(seed)
    core = random_plan(case)
    print(case, f"on {core.lanes} lanes x {core.time_parallel} timesteps, {core.word_elements} elements a word")
    checked = check_core(core, emit(core, folder), case.samples, simulator=simulator, folder=folder, seed=seed,
                         stalled=0.6, probed=0.6)
    assert checked.tally.differences == 0, f"{case}: {checked.tally.first}"
    assert checked.samples == len(case.samples) and len(checked.cycles) >= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_networks_in_icarus(seed, tmp_path):
    check(seed, "icarus", tmp_path)


@pytest.mark.parametrize("seed", [92, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(8))])
def test_networks_in_verilator(seed, tmp_path):
    check(seed, "verilator", tmp_path)
