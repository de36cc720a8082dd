"""What holds for all inputs: proved with SymbiYosys on small plans, each checker with a fault that it finds."""

import numpy as np
import pytest
from amaranth.hdl import Assume, Module
from amaranth.lib import wiring

from hwgen.gateware.dalif import DalifStep
from hwgen.gateware.map_reader import MapReader
from hwgen.gateware.scanner import Scanner
from hwgen.gateware.sequencer import Sequencer
from hwgen.gateware.skid import SkidBuffer
from hwgen.gateware.walker import WindowWalker
from hwgen.plan import CorePlan
from tests.formal import StreamRules, explore, prove, steady
from tests.gateware import monitors
from tests.gateware.plans import make_plan

PLAN = make_plan((2, 3, 3), {"out": 3, "kernel": (3, 2), "padding": 1}, {"out": 2, "kernel": (2, 2), "stride": 2},
                 lanes=4, time_parallel=2, word_elements=4, timesteps=3)


class Faulty(wiring.Component):
    """A block whose ports pass through ``spoil(m, outside, block)`` after they are connected."""

    def __init__(self, block, spoil):
        super().__init__(block.signature)
        self._block, self._spoil = block, spoil

    def elaborate(self, platform):
        m = Module()
        m.submodules.block = block = self._block
        wiring.connect(m, wiring.flipped(self), block)
        self._spoil(m, self, block)
        return m


def start_while_idle(m, ports):
    steady(m, ports.layer)
    m.d.comb += Assume(~ports.start | ~ports.o.valid)


@pytest.mark.parametrize("block, more", [
    (lambda: SkidBuffer(shape=6), None),
    (lambda: Sequencer(plan=PLAN), start_while_idle),
    (lambda: WindowWalker(plan=PLAN), lambda m, ports: steady(m, ports.layer)),
    (lambda: MapReader(plan=PLAN), None),
    (lambda: Scanner(plan=PLAN), None),
], ids=["skid buffer", "sequencer", "walker", "map reader", "scanner"])
def test_streams_hold(block, more, tmp_path):
    assert prove(StreamRules(block(), more or (lambda m, ports: None)), tmp_path) == "PASS"


def test_the_skid_buffer_loses_and_duplicates_nothing(tmp_path):
    assert explore(StreamRules(SkidBuffer(shape=4), monitors.watch_buffer), tmp_path, depth=12) == "PASS"


def lose_fives(m, outside, buffer):
    with m.If(outside.i.payload == 5):
        m.d.comb += buffer.i.valid.eq(0)


def repeat_fives(m, outside, buffer):
    with m.If(buffer.o.payload == 5):
        m.d.comb += buffer.o.ready.eq(0)


@pytest.mark.parametrize("fault", [lose_fives, repeat_fives])
def test_a_lost_or_repeated_transfer_is_found(fault, tmp_path):
    design = StreamRules(Faulty(SkidBuffer(shape=4), fault), monitors.watch_buffer)
    assert explore(design, tmp_path, depth=8) == "FAIL"


SCANNED = make_plan((1, 2, 4), word_elements=8, time_parallel=1)


def test_the_scanner_loses_and_duplicates_nothing(tmp_path):
    design = StreamRules(Scanner(plan=SCANNED), monitors.watch_scanner)
    assert explore(design, tmp_path, depth=6) == "PASS"


def overlook_the_last_element(m, outside, scanner):
    m.d.comb += scanner.i.payload.elements[7].eq(0)


def test_an_overlooked_spike_is_found(tmp_path):
    design = StreamRules(Faulty(Scanner(plan=SCANNED), overlook_the_last_element), monitors.watch_scanner)
    assert explore(design, tmp_path, depth=6) == "FAIL"


WIDTHS = (6, 8)


def small_step():
    return DalifStep(widths=WIDTHS, x_width=10, threshold_width=7, betaf_width=10)


def test_the_neuron_is_its_integer_rule(tmp_path):
    assert prove(StreamRules(small_step(), monitors.watch_dalif(WIDTHS)), tmp_path, depth=5) == "PASS"


def fire_above_the_threshold(m, outside, step):
    m.d.comb += step.threshold.eq(outside.threshold + 1)


def test_greater_instead_of_greater_or_equal_is_found(tmp_path):
    design = StreamRules(Faulty(small_step(), fire_above_the_threshold), monitors.watch_dalif(WIDTHS))
    assert explore(design, tmp_path, depth=5) == "FAIL"


def all_extreme(shape, limit):
    return np.where(np.arange(shape[0]) % 2, -limit, limit)[:, None, None, None] * np.ones(shape, int)


#: Four taps of +3 for one channel and -3 for the other: sums from -12 to 12, accumulators of 5 bits.
SUMMED = make_plan((1, 2, 2), lanes=2, classes=2, time_parallel=2, weight=all_extreme, weight_bits=3)


class NarrowPlan(CorePlan):
    """Accumulators of a bit less than the sums need."""

    @property
    def accumulator_width(self):
        return super().accumulator_width - 1


def test_the_accumulators_never_wrap(tmp_path):
    assert SUMMED.accumulator_width == 5
    design = StreamRules(monitors.LanesOnTable(SUMMED), monitors.watch_lanes(SUMMED))
    assert explore(design, tmp_path, depth=12) == "PASS"


def test_an_accumulator_too_narrow_is_found(tmp_path):
    plan = NarrowPlan(network=SUMMED.network, lanes=2, time_parallel=2, word_elements=4)
    design = StreamRules(monitors.LanesOnTable(plan), monitors.watch_lanes(plan))
    assert explore(design, tmp_path, depth=12) == "FAIL"


def test_the_walker_stays_in_the_map(tmp_path):
    design = StreamRules(monitors.WindowOfLayer(PLAN), monitors.watch_addresses(PLAN))
    assert explore(design, tmp_path, depth=14) == "PASS"


def test_padding_that_becomes_an_address_is_found(tmp_path):
    design = StreamRules(monitors.WindowOfLayer(PLAN, shift=1), monitors.watch_addresses(PLAN))
    assert explore(design, tmp_path, depth=10) == "FAIL"


#: The longest sweep of `PLAN` has 12 taps; the pipeline from the window to the tap is less than 12 cycles long.
@pytest.mark.parametrize("cycles, verdict", [(12 + 12, "PASS"), (12 + 2, "FAIL")])
def test_a_sweep_ends_in_time(cycles, verdict, tmp_path):
    assert max(layer.main.pass_rows for layer in PLAN.layers) == 12
    design = StreamRules(monitors.Gather(PLAN), monitors.watch_response(PLAN, cycles))
    assert explore(design, tmp_path, depth=30) == verdict
