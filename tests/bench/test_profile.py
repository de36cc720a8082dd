"""The profile of the lanes: every cycle has one cause, and what it counts is what the golden model counts."""

import numpy as np
import pytest

from hwgen.plan import CorePlan
from hwgen.spec import Encoding
from sim.bench.profile import CAUSES, WATCHED, attribute, profile
from sim.bench.runner import BenchError
from sim.golden import forward
from sim.golden.sops import useful_sops
from tests.bench.cores import emit, emit_array
from tests.strategies import random_case

CASE = random_case(46)
PLAN = CorePlan(network=CASE.network, lanes=4, time_parallel=4, word_elements=4)


@pytest.fixture(scope="module")
def profiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("profile")
    return profile((PLAN,), emit(PLAN, folder), CASE.samples, folder=folder, simulator="icarus")


def test_the_cycles_by_cause_are_the_cycles_of_the_core(profiled):
    """All but the few of the start, and of the lanes without a class behind the last score."""
    total = sum(layer.total for layer in profiled.layers)
    assert abs(total - sum(profiled.cycles)) <= len(CASE.samples) * (PLAN.lanes + 8)
    assert all(set(layer.cycles) == set(CAUSES) and layer.total > 0 for layer in profiled.layers)


def test_the_taps_are_those_of_the_golden_model(profiled):
    """Spikes in taps, times the lanes that have a channel, are the useful SOPs, where the pool drops no neuron."""
    sops = useful_sops(CASE.network, CASE.samples).sum(axis=0)
    compared = 0
    for layer, plan, useful in zip(profiled.layers, PLAN.layers, sops):
        _, height, width = plan.layer.conv_shape(plan.in_layout.shape)
        if plan.analog or height % plan.layer.pool or width % plan.layer.pool:
            continue
        per_pass = plan.layer.out_channels / plan.passes
        assert layer.spikes * per_pass == useful, layer.name
        compared += 1
    assert compared >= 1 and sum(layer.cycles["tap"] for layer in profiled.layers) == sum(
        layer.taps for layer in profiled.layers)


def watched(**changes):
    """Sixteen cycles of one layer in which nothing happens but its start, a sweep, a tap of one spike, one of two, and
    its end."""
    lines = {key: np.zeros(16, np.int64) for key in WATCHED if key != "tap"} | {"mask": np.zeros(16, np.int64)}
    for key, cycles in {"start": [0], "done": [15], "valid": [4, 12], "ready": [4, 12], "sweep": [1]}.items():
        lines[key][cycles] = 1
    lines["mask"][[4, 12]] = 0b1, 0b101
    for key, cycles in changes.items():
        lines[key][cycles] = 1
    return lines


def causes(**changes):
    (layer,) = attribute(watched(**changes), ["a"])
    assert layer.total == 16
    return {cause: cycles for cause, cycles in layer.cycles.items() if cycles}


def test_causes_are_told_apart():
    (layer,) = attribute(watched(), ["a"])
    assert (layer.taps, layer.spikes) == (2, 3)
    assert causes() == {"tap": 2, "layer": 7, "window": 7}
    assert causes(valid=[10, 11]) == {"tap": 2, "layer": 7, "window": 5, "drain": 2}
    assert causes(valid=[10], ready=[10]) == {"tap": 2, "layer": 7, "window": 6, "empty window": 1}
    assert causes(fetched=[3, 5]) == {"tap": 2, "layer": 7, "window": 5, "empty word": 2}       # 3 cycles later
    assert causes(walking=[2, 3]) == {"tap": 2, "layer": 7, "window": 5, "row above": 2}        # 5 cycles later


def test_a_wait_for_rows_is_an_arrival():
    """None is offered in cycles 2 and 3: seen at once while the pipeline is empty, later 8 cycles behind."""
    assert causes(sweep=[1, 4]) == {"tap": 2, "layer": 5, "window": 5, "arrival": 4}


def test_another_latency_is_not_passed_over():
    with pytest.raises(AssertionError, match="another latency"):
        attribute(watched(word=[3]), ["a"])


def test_verilog_without_the_signals_is_refused(tmp_path):
    verilog = tmp_path / "core.v"
    verilog.write_text("module core(clk);\n  input clk;\nendmodule\n")
    with pytest.raises(BenchError, match="has no signal 'start'"):
        profile((PLAN,), verilog, CASE.samples, folder=tmp_path, simulator="icarus")


def test_an_array_is_profiled_core_by_core(tmp_path):
    case = random_case(3, samples=4)
    cores = (CorePlan(network=case.network, lanes=4, time_parallel=8, word_elements=4, buffers=2, count=1),
             CorePlan(network=case.network, lanes=4, time_parallel=8, word_elements=4, buffers=2, first=1))
    found = profile(cores, emit_array(cores, tmp_path), case.samples, folder=tmp_path, simulator="icarus")
    assert [layer.core for layer in found.layers] == [0, 1, 1, 1]
    assert case.network.input.encoding is Encoding.SPIKES and len(found.cycles) == 1
    sops = useful_sops(case.network, case.samples).sum(axis=0)
    assert found.layers[-1].spikes * case.network.classes == sops[-1]
    assert 0 < found.interval <= found.cycles[0] and forward(case.network, case.samples).scores.any()
