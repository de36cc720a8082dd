"""The check of an array sees faults, and names the first difference: each test breaks one thing on purpose."""

import re
from dataclasses import astuple

import numpy as np
import pytest

from hwgen.plan import CorePlan
from sim.bench import core_check
from sim.bench.array_check import _split, check_array
from sim.bench.runner import BenchError
from sim.golden import forward
from tests.bench.cores import emit_array, first_difference, heavier
from tests.strategies import random_case

CASE = random_case(3, samples=4)


def cores(network):
    """The first layer on one core, the others on another."""
    shared = {"network": network, "lanes": 8, "time_parallel": 8, "word_elements": 4, "buffers": 2}
    return CorePlan(**shared, count=1), CorePlan(**shared, first=1)


@pytest.fixture(scope="module")
def verilog(tmp_path_factory):
    return emit_array(cores(CASE.network), tmp_path_factory.mktemp("array"))


def check(verilog, folder, **options):
    return check_array(cores(CASE.network), verilog, CASE.samples, simulator="icarus", folder=folder,
                       **{"stalled": 0.0, **options})


def broken(verilog, folder, pattern, replacement):
    """The Verilog with one pattern replaced, which must occur."""
    text, found = re.subn(pattern, replacement, verilog.read_text(), flags=re.M)
    assert found >= 1
    (folder / "broken.v").write_text(text)
    return folder / "broken.v"


def test_the_whole_array_has_no_difference(verilog, tmp_path):
    checked = check(verilog, tmp_path)
    assert checked.tally.differences == 0 and checked.tally.first is None and checked.samples == 4
    assert checked.winners == forward(CASE.network, CASE.samples).winner.tolist()
    assert len(checked.cycles) == 1 and len(checked.intervals) == 1
    assert 0 < checked.intervals[0] < checked.cycles[0]                     # samples overlap


@pytest.mark.parametrize("layer", range(3))
def test_one_weight_off_by_one_is_caught(layer, tmp_path):
    """In the map between the cores, in a map inside the second, and in the scores."""
    for at in np.ndindex(CASE.network.layers[layer].weight.shape):
        changed = heavier(CASE.network, layer, at)
        if expected := first_difference(CASE.network, changed, CASE.samples):
            break
    fault = emit_array(cores(changed), tmp_path)
    assert astuple(check(fault, tmp_path).tally.first) == expected


@pytest.mark.parametrize("port, layer", [("trace1__input_valid", 0), ("trace1__valid", 1)])
def test_a_word_that_is_not_written_is_caught(port, layer, verilog, tmp_path):
    cut = broken(verilog, tmp_path, rf"\({port}\)", "(cut)")
    fault = broken(cut, tmp_path, rf"^  wire {port};$", f"  wire cut;\n  wire {port} = 1'h0;")
    first = check(fault, tmp_path).tally.first
    assert (first.sample, first.layer, first.got) == (0, CASE.network.layers[layer].name, None)


def test_an_array_that_hangs_is_caught(verilog, tmp_path, monkeypatch):
    monkeypatch.setattr(core_check, "LIMIT_CYCLES", 5_000)
    fault = broken(verilog, tmp_path, r"^(module core_core1_readout\((?:.|\n)*?  assign o__valid = ).*;$",
                   r"\g<1>1'h0;")
    with pytest.raises(BenchError, match="no answer within"):
        check(fault, tmp_path)


def test_words_become_maps():
    """A map ends where a word is written again, or in the other buffer; what lies outside is no map."""
    assert _split([(0, 0, 7), (0, 1, 8), (0, 0, 9)], 2) == [[7, 8], [9, None]]
    assert _split([(0, 0, 7), (1, 0, 8), (1, 1, 9), (0, 0, 5)], 2) == [[7, None], [8, 9], [5, None]]
    assert _split([], 2) == []
    assert _split([(0, 2, 7)], 2) is None and _split([(2, 0, 7)], 2) is None and _split([(0, -1, 7)], 2) is None


def test_samples_that_stall_do_not_count_as_intervals(verilog, tmp_path):
    checked = check(verilog, tmp_path, stalled=1.0)
    assert checked.tally.differences == 0 and len(checked.cycles) == 1 and checked.intervals == []
