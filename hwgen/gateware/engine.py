"""The part of a core that computes: from the maps that a layer reads to the spikes of its neurons."""

from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..plan.core_plan import CorePlan
from .lanes import Lanes
from .load import is_loaded, load_port
from .map_reader import MapReader
from .neurons import Neurons, sweep_interval
from .pool import OrPool
from .scanner import Scanner
from .sequencer import Sequencer
from .shapes import CoreShapes
from .skid import SkidBuffer
from .tracker import Tracker, TrackerShapes
from .walker import WindowWalker
from .weights import WeightMemory


class Engine(wiring.Component):
    """Runs one layer after another on one set of lanes.

    ::

        sequencer -> walker -> map_reader -> scanner -> weights -> lanes -> neurons -> pool

    Equals one layer of `sim.golden.forward`. All that can be made to wait stands before the weights;
    everything behind them is paced by the ends of the sweeps. Throughput: a tap a cycle, and for each sweep
    at least `sweep_interval` cycles.

    Parameters
    ----------
    plan
        What to run, and how wide.

    Members
    -------
    start : In(1), layer : In
        Begin layer ``layer`` of the core, which must stay until ``done``.
    buffer : In(1), rows : In
        As in `Sequencer`.
    read_enable, read_address, read_from_input : Out, read_data : In
        Read port of the maps: data one cycle behind the address, held while not enabled;
        ``read_from_input`` says that it is the memory of the inputs, where there is one.
    valid : Out(1), spikes, slice : Out, row_last : Out(1)
        An element of the output map, or one slice of it: its spikes, pooled; the last of its row.
    score_valid, score_last : Out(1), score : Out(signed)
        The membrane of a neuron at the last timestep.
    done : Out(1)
        The last neuron of the layer is through; its element came at least a cycle before.
    load : In(LoadBus)
        Words of the weights image, only where the plan's ``weight_store`` is "spram".
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        shapes = CoreShapes(plan)
        super().__init__({
            "start": In(1),
            "layer": In(shapes.layer),
            "buffer": In(1),
            "rows": In(shapes.row_number, init=plan.input_layout.shape[1]),
            "read_enable": Out(1),
            "read_address": Out(shapes.address),
            "read_from_input": Out(1),
            "read_data": In(unsigned(plan.word_bits)),
            "valid": Out(1),
            "spikes": Out(shapes.mask),
            "slice": Out(TrackerShapes(plan).time_slice),
            "row_last": Out(1),
            "score_valid": Out(1),
            "score_last": Out(1),
            "score": Out(signed(plan.score_width)),
            "done": Out(1),
            **load_port(plan),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        plan = self._plan
        m.submodules.sequencer = sequencer = Sequencer(plan=plan)
        m.submodules.walker = walker = WindowWalker(plan=plan)
        m.submodules.runs = runs = SkidBuffer(shape=CoreShapes(plan).run)
        m.submodules.map_reader = reader = MapReader(plan=plan)
        m.submodules.scanner = scanner = Scanner(plan=plan)
        m.submodules.weights = weights = WeightMemory(plan=plan, interval=sweep_interval(plan))
        m.submodules.lanes = lanes = Lanes(plan=plan)
        m.submodules.tracker = tracker = Tracker(plan=plan)
        m.submodules.neurons = neurons = Neurons(plan=plan)
        m.submodules.pool = pool = OrPool(plan=plan)

        wiring.connect(m, sequencer.o, walker.i)
        wiring.connect(m, walker.o, runs.i)
        wiring.connect(m, runs.o, reader.i)
        wiring.connect(m, reader.o, scanner.i)
        wiring.connect(m, scanner.o, weights.i)
        wiring.connect(m, weights.o, lanes.i)
        tags, final_layer, last_neuron = neurons.o_tags, Signal(), Signal()
        m.d.comb += [
            [part.layer.eq(self.layer) for part in (sequencer, walker, tracker, neurons)],
            [part.start.eq(self.start) for part in (sequencer, tracker)],
            sequencer.buffer.eq(self.buffer),
            sequencer.rows.eq(self.rows),
            self.read_enable.eq(reader.read_enable),
            self.read_address.eq(reader.read_address),
            self.read_from_input.eq(runs.o.payload.from_input),
            reader.read_data.eq(self.read_data),
            tracker.valid.eq(lanes.o.valid),
            tracker.lane.eq(lanes.o.payload.lane),
            neurons.valid.eq(lanes.o.valid),
            neurons.sums.eq(lanes.o.payload),
            neurons.tags.eq(tracker.tags),
            neurons.parameter_row.eq(tracker.parameter_row),
            pool.valid.eq(neurons.o_valid),
            pool.spikes.eq(neurons.o_spikes),
            pool.first.eq(tags.pool_first),
            final_layer.eq(self.layer == len(plan.layers) - 1),
            self.valid.eq(neurons.o_valid & tags.exists & tags.pool_last),
            self.spikes.eq(pool.o_spikes),
            self.slice.eq(tags.time_slice),
            self.row_last.eq(tags.row_last),
            self.score.eq(neurons.score),
            self.score_last.eq(tags.row_last),
            self.score_valid.eq(neurons.o_valid & tags.exists & (tags.time_slice == plan.time_slices - 1)
                                & final_layer),
        ]
        # A layer is done when its last word has been packed, two cycles after its last neuron.
        m.d.sync += [last_neuron.eq(neurons.o_valid & tags.layer_last), self.done.eq(last_neuron)]

        if is_loaded(plan):
            wiring.connect(m, wiring.flipped(self.load), weights.load)
            wiring.connect(m, wiring.flipped(self.load), neurons.load)
            m.d.comb += neurons.start.eq(self.start)
        return m
