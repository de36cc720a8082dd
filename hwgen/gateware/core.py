"""The event-gather core: a sample in, class scores out."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from ..plan.core_plan import CorePlan
from .engine import Engine
from .load import is_loaded, load_port
from .loader import Loader
from .packer import SpikePacker
from .readout import Readout, score_layout
from .shapes import CoreShapes


class Trace(wiring.Signature):
    """Every word that a layer writes to the map memory: ``valid``, ``layer``, ``address``, ``word``."""

    def __init__(self, plan: CorePlan):
        shapes = CoreShapes(plan)
        super().__init__({
            "valid": Out(1), "layer": Out(shapes.layer), "address": Out(shapes.address),
            "word": Out(unsigned(plan.word_bits))})


class Core(wiring.Component):
    """Runs the layers of a network one after another on one set of lanes.

    ::

        loader -> packer -> map memory -> engine -> packer -> map memory
                                |               `-> readout
                              probe

    Equals `sim.golden.forward`: the scores, the winner, and each layer's spikes on ``trace``. A layer
    begins when the one before has written its last word; a sample takes the next one only when all
    scores are taken. All that the host or the next layer can make wait stands before the weights;
    everything behind them is paced by the ends of the sweeps.

    Parameters
    ----------
    plan
        What to run, and how wide.

    Members
    -------
    i : In(stream)
        Elements of a sample, C * H * W of them in order y, x, channel: a pixel of ``input.bits`` bits, or
        T spike bits, bit t for timestep t.
    restart : In(1)
        While loading: forget the elements taken up to and including this cycle.
    stop_layer : In
        The last layer to compute. If that is not the readout, one score of 0 is offered with ``last``.
    o : Out(stream)
        ``score`` of each class in order, ``last`` with the last one.
    winner : Out
        Class of the highest score; valid from the offer of the last score to the next sample.
    cycles : Out(32)
        Cycles from the one after the last element was taken to that in which the last score was computed.
    busy : Out(1)
        From the last element to the last score taken.
    probe_address, probe_data
        Read port of the map memory, for debugging: data one cycle later, while not busy.
    trace : Out(Trace)
        Words written by layers, for test benches.
    load : In(LoadBus)
        Words of the weights image, all of them before the first element; only where the plan's
        ``weight_store`` is "spram".
    """

    #: Memories (by their path below the core) whose content at power-up must not matter.
    scratch_memories = ("map_memory", "neurons.partial_sums", "neurons.membranes")

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        shapes = CoreShapes(plan)
        super().__init__({
            "i": In(stream.Signature(unsigned(plan.element_bits))),
            "restart": In(1),
            "stop_layer": In(shapes.layer, init=len(plan.layers) - 1),
            "o": Out(stream.Signature(score_layout(plan))),
            "winner": Out(unsigned(bits_for(max(plan.network.classes - 1, 1)))),
            "cycles": Out(32),
            "busy": Out(1),
            "probe_address": In(shapes.address),
            "probe_data": Out(unsigned(plan.word_bits)),
            "trace": Out(Trace(plan)),
            **load_port(plan),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        plan = self._plan
        m.submodules.map_memory = maps = memory.Memory(
            shape=unsigned(plan.word_bits), depth=max(plan.map_words, 2), init=[],
            attrs={"no_rw_check": 1})  # a layer reads one map and writes another
        m.submodules.loader = loader = Loader(plan=plan)
        m.submodules.engine = engine = Engine(plan=plan)
        m.submodules.packer = packer = SpikePacker(plan=plan, layouts=(
            plan.input_layout, *(p.out_layout for p in plan.layers if p.out_layout)))
        m.submodules.readout = readout = Readout(plan=plan)

        layer, start, beginning, loading = engine.layer, engine.start, Signal(), Signal()
        final_layer = Signal()
        m.d.comb += final_layer.eq(layer == len(plan.layers) - 1)
        wiring.connect(m, wiring.flipped(self.i), loader.i)
        if is_loaded(plan):
            wiring.connect(m, wiring.flipped(self.load), engine.load)

        # What the host asks for takes effect a cycle later: its chains of logic end here.
        restart = Signal()
        m.d.sync += restart.eq(self.restart)

        # The map memory: written by the loader or a layer, read by the windows or the probe.
        m.d.comb += [
            loader.enable.eq(loading),
            loader.restart.eq(restart & loading),
            packer.map.eq(Mux(beginning | loading, 0, layer + 1)),
        ]
        with m.If(loading):
            m.d.comb += [
                packer.valid.eq(loader.valid), packer.bits.eq(loader.bits),
                packer.slice.eq(loader.slice), packer.row_last.eq(loader.row_last),
            ]
        with m.Else():
            m.d.comb += [
                packer.valid.eq(engine.valid & ~final_layer), packer.bits.eq(engine.spikes),
                packer.slice.eq(engine.slice), packer.row_last.eq(engine.row_last),
            ]
        write, read = maps.write_port(), maps.read_port(transparent_for=())
        m.d.comb += [
            write.en.eq(packer.write_enable), write.addr.eq(packer.write_address),
            write.data.eq(packer.write_data),
            read.en.eq(engine.read_enable | ~self.busy),
            read.addr.eq(Mux(self.busy, engine.read_address, self.probe_address)),
            engine.read_data.eq(read.data), self.probe_data.eq(read.data),
        ]
        was_loading = Signal(2)
        m.d.sync += was_loading.eq(Cat(loading, was_loading))
        m.d.comb += [
            self.trace.valid.eq(packer.write_enable & ~was_loading[1]), self.trace.layer.eq(layer),
            self.trace.address.eq(packer.write_address), self.trace.word.eq(packer.write_data),
        ]

        # Scores; a request that stops early is answered by one score of 0.
        stopped = Signal()
        m.d.comb += [
            readout.start.eq(start),
            readout.valid.eq(engine.score_valid),
            readout.score.eq(engine.score),
            readout.last.eq(engine.score_last),
            readout.stopped.eq(stopped),
            self.winner.eq(readout.winner),
        ]
        wiring.connect(m, readout.o, wiring.flipped(self.o))

        counting, first = Signal(), Signal()  # first: the cycle after the last element was taken
        m.d.sync += first.eq(loader.done)
        with m.If(first):
            m.d.sync += self.cycles.eq(1)
        with m.Elif(counting):
            m.d.sync += self.cycles.eq(self.cycles + 1)
        with m.If((engine.score_valid & engine.score_last) | stopped):
            m.d.sync += counting.eq(0)

        answered = Signal()
        with m.FSM(name="phase"):
            with m.State("INIT"):
                m.d.comb += [beginning.eq(1), packer.start.eq(1)]
                m.d.sync += loading.eq(1)
                m.next = "LOAD"
            with m.State("LOAD"):
                m.d.comb += packer.start.eq(loader.restart)
                with m.If(loader.done):
                    m.d.sync += [loading.eq(0), layer.eq(0), counting.eq(1)]
                    m.next = "SETTLE"
            with m.State("SETTLE"):
                # The last element is on its way to the map memory: it is written in the next cycle.
                m.next = "START"
            with m.State("START"):
                m.d.comb += [start.eq(1), packer.start.eq(1)]
                m.next = "RUN"
            with m.State("RUN"):
                with m.If(engine.done):
                    with m.If(final_layer):
                        m.next = "SCORES"
                    with m.Elif(layer == self.stop_layer):
                        m.d.comb += stopped.eq(1)
                        m.next = "SCORES"
                    with m.Else():
                        m.d.sync += layer.eq(layer + 1)
                        m.next = "START"
            with m.State("SCORES"):
                with m.If(answered):
                    m.d.sync += answered.eq(0)
                    m.next = "INIT"
        # Lanes without a class come after the last score, which may be taken before they are through.
        with m.If(self.o.valid & self.o.ready & self.o.payload.last):
            m.d.sync += answered.eq(1)
        m.d.comb += self.busy.eq(~loading)
        return m
