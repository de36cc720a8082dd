"""The check of a core sees faults, and names the first difference: each test breaks one thing on purpose."""

import re
from dataclasses import astuple, replace

import numpy as np
import pytest

from hwgen.plan import CorePlan
from sim.bench import core_check
from sim.bench.core_check import check_core
from sim.bench.runner import BenchError
from sim.golden import forward
from tests.bench.cores import emit, first_difference, heavier
from tests.strategies import random_case

CASE = random_case(3)
PLAN = CorePlan(network=CASE.network, lanes=8, time_parallel=4)


@pytest.fixture(scope="module")
def verilog(tmp_path_factory):
    return emit(PLAN, tmp_path_factory.mktemp("core"))


def check(verilog, folder, **options):
    return check_core(PLAN, verilog, CASE.samples, simulator="icarus", folder=folder,
                      **{"stalled": 0.0, "probed": 0.0, **options})


def broken(verilog, folder, pattern, replacement, count=1):
    """The Verilog with one pattern replaced, which must occur."""
    text, found = re.subn(pattern, replacement, verilog.read_text(), flags=re.M)
    assert found >= count
    (folder / "broken.v").write_text(text)
    return folder / "broken.v"


def test_the_whole_core_has_no_difference(verilog, tmp_path):
    checked = check(verilog, tmp_path)
    assert checked.tally.differences == 0 and checked.tally.first is None
    assert checked.winners == forward(CASE.network, CASE.samples).winner.tolist()


def test_a_compare_without_equality_is_caught(verilog, tmp_path):
    """``>`` in place of ``>=``: the first neuron whose membrane meets its threshold exactly."""
    membrane = forward(CASE.network, CASE.samples, keep_layers=True).layers[0].membrane[:, 0]
    threshold = CASE.network.integers[0].neuron.threshold.T[:, :, None, None]
    t, *neuron = np.argwhere(membrane == threshold)[0].tolist()
    fault = broken(verilog, tmp_path, r"(\$signed\(above\)) >= (\$signed\(1'h0\))", r"\1 > \2")
    first = check(fault, tmp_path).tally.first
    assert astuple(first) == (0, t, CASE.network.layers[0].name, neuron, 1, 0)


@pytest.mark.parametrize("layer", range(3))
def test_one_weight_off_by_one_is_caught(layer, tmp_path):
    """Every weight that changes anything is looked for; the first that does is built into the hardware."""
    shape = CASE.network.layers[layer].weight.shape
    for at in np.ndindex(shape):
        changed = heavier(CASE.network, layer, at)
        if expected := first_difference(CASE.network, changed, CASE.samples):
            break
    fault = emit(replace(PLAN, network=changed), tmp_path)
    assert astuple(check(fault, tmp_path).tally.first) == expected


def test_a_word_that_is_not_written_is_caught(verilog, tmp_path):
    fault = broken(verilog, tmp_path, r"^  assign trace__valid = .*$", "  assign trace__valid = 1'h0;")
    first = check(fault, tmp_path).tally.first
    assert (first.sample, first.layer, first.got) == (0, CASE.network.layers[0].name, None)


def test_a_probe_that_lies_is_caught(verilog, tmp_path):
    fault = broken(verilog, tmp_path, r"^  assign probe_data = (.*);$", r"  assign probe_data = ~(\1);")
    assert check(verilog, tmp_path / "whole", probed=1.0).tally.differences == 0
    assert check(fault, tmp_path, probed=1.0).tally.differences > 0


def test_a_wrong_winner_is_caught(verilog, tmp_path):
    """The readout keeps the lowest score in place of the highest; the scores themselves are right."""
    fault = broken(verilog, tmp_path, r"(\$signed\(score\)) > (\$signed)", r"\1 < \2")
    first = check(fault, tmp_path).tally.first
    golden = forward(CASE.network, CASE.samples)
    assert (first.sample, first.neuron) == (0, ["winner"])
    assert (first.expected, first.got) == (golden.winner[0], golden.scores[0].argmin())


def test_a_payload_that_changes_while_it_is_offered_is_caught(verilog, tmp_path):
    fault = broken(verilog, tmp_path, r"^(module core_readout\((?:.|\n)*?  assign o__payload = )(.*);$",
                   r"\1(\2) ^ o__ready;")
    with pytest.raises(BenchError, match="changed while it was offered"):
        check(fault, tmp_path, stalled=1.0)


def test_a_core_that_hangs_is_caught(verilog, tmp_path, monkeypatch):
    monkeypatch.setattr(core_check, "LIMIT_CYCLES", 5_000)
    fault = broken(verilog, tmp_path, r"^(module core_readout\((?:.|\n)*?  assign o__valid = ).*;$", r"\g<1>1'h0;")
    with pytest.raises(BenchError, match="no answer within"):
        check(fault, tmp_path)
