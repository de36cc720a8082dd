"""One core of an array: a map in, a map or class scores out, on several inputs at a time with its neighbours."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from ..plan.core_plan import CorePlan
from .engine import Engine
from .input_buffers import InputBuffers, MapLink
from .loader import Loader
from .packer import SpikePacker
from .readout import Readout, score_layout
from .shapes import CoreShapes


class StageTrace(wiring.Signature):
    """Every word of the maps that a stage keeps: its inputs (``input_valid``, ``input_address``, ``input_word``)
    and the outputs of all its layers but the last (``valid``, ``layer``, ``address``, ``word``)."""

    def __init__(self, plan: CorePlan):
        shapes = CoreShapes(plan)
        word = unsigned(plan.word_bits)
        super().__init__({
            "valid": Out(1), "layer": Out(shapes.layer), "address": Out(shapes.address), "word": Out(word),
            "input_valid": Out(1), "input_address": Out(shapes.address), "input_word": Out(word)})


class Stage(wiring.Component):
    """Runs consecutive layers of a network on one set of lanes, with two buffers for its inputs.

    ::

        (loader) -> input_buffers -> engine -> map memory -> engine -> ... -> next stage, or readout

    Equals those layers of `sim.golden.forward`. Its first layer begins on the rows that have arrived; each
    other one when the one before is done. The last layer begins only when the next stage has a free buffer,
    or all scores of the input before are taken: so nothing that it makes ever has to wait.

    Parameters
    ----------
    plan
        What to run, with two buffers.
    following
        The plan of the next stage, None for the last.

    Members
    -------
    i : In(stream), restart : In(1)
        Elements of a sample, as in `hwgen.gateware.core.Core`: the first stage only.
    sample : Out(1)
        The last element of a sample is taken: the first stage only.
    arriving : In(MapLink)
        The map of the stage before: all but the first.
    leaving : Out(MapLink)
        The map for the next stage: all but the last.
    o : Out(stream), winner : Out, scored : Out(1)
        Scores and winner, as in `hwgen.gateware.core.Core`; the last score is computed: the last stage only.
    busy : Out(1)
        Rows of a sample are here, or worked on.
    trace : Out(StageTrace)
        For test benches.
    """

    def __init__(self, *, plan: CorePlan, following: CorePlan | None):
        self._plan = plan
        self._following = following
        members = {"busy": Out(1), "trace": Out(StageTrace(plan))}
        if plan.first == 0:
            members |= {"i": In(stream.Signature(unsigned(plan.element_bits))), "restart": In(1), "sample": Out(1)}
        else:
            members |= {"arriving": In(MapLink(plan))}
        if following:
            members |= {"leaving": Out(MapLink(following))}
        else:
            classes = plan.network.classes
            members |= {"o": Out(stream.Signature(score_layout(plan))), "scored": Out(1),
                        "winner": Out(unsigned(bits_for(max(classes - 1, 1))))}
        super().__init__(members)

    @property
    def plan(self) -> CorePlan:
        return self._plan

    @property
    def following(self) -> CorePlan | None:
        return self._following

    def elaborate(self, platform):
        m = Module()
        plan = self._plan
        m.submodules.input_buffers = buffers = InputBuffers(plan=plan, early=plan.first > 0)
        m.submodules.engine = engine = Engine(plan=plan)
        layer, final_layer = engine.layer, Signal()
        m.d.comb += [
            final_layer.eq(layer == len(plan.layers) - 1),
            engine.buffer.eq(buffers.buffer),
            engine.rows.eq(buffers.rows),
            buffers.read_enable.eq(engine.read_enable),
            buffers.read_address.eq(engine.read_address),
            self.trace.input_valid.eq(buffers.trace.valid),
            self.trace.input_address.eq(buffers.trace.address),
            self.trace.input_word.eq(buffers.trace.word),
        ]
        if plan.first == 0:
            self._load(m, buffers)
        else:
            wiring.connect(m, wiring.flipped(self.arriving), buffers.i)
        if len(plan.layers) > 1:
            self._maps(m, buffers, engine, final_layer)
        else:
            m.d.comb += engine.read_data.eq(buffers.read_data)
        may_leave = self._leave(m, engine, final_layer)

        with m.FSM(name="phase") as phase:
            m.d.comb += self.busy.eq(~phase.ongoing("WAIT") | (buffers.rows != 0))
            with m.State("WAIT"):
                # A layer other than the first may read the core's input too, as a skip: all of it must be there.
                arrived = Mux(layer == 0, buffers.rows != 0, buffers.complete)
                with m.If(arrived & (may_leave | ~final_layer)):
                    m.next = "START"
            with m.State("START"):
                m.d.comb += engine.start.eq(1)
                m.next = "RUN"
            with m.State("RUN"):
                with m.If(engine.done):
                    with m.If(final_layer):
                        m.next = "RELEASE"
                    with m.Else():
                        m.d.sync += layer.eq(layer + 1)
                        m.next = "WAIT"
            with m.State("RELEASE"):
                # A stride may leave the last rows unread: they arrive all the same.
                with m.If(buffers.complete):
                    m.d.comb += buffers.release.eq(1)
                    m.d.sync += layer.eq(0)
                    m.next = "WAIT"
        return m

    def _load(self, m, buffers):
        """The first stage takes its elements from the stream, a whole sample before any is worked on."""
        m.submodules.loader = loader = Loader(plan=self._plan)
        wiring.connect(m, wiring.flipped(self.i), loader.i)
        taking, restart = Signal(), Signal()
        m.d.sync += restart.eq(self.restart)
        m.d.comb += [
            loader.enable.eq(taking), loader.restart.eq(restart & taking), buffers.restart.eq(restart & taking),
            buffers.i.valid.eq(loader.valid & ~loader.restart), buffers.i.bits.eq(loader.bits),
            buffers.i.slice.eq(loader.slice), buffers.i.row_last.eq(loader.row_last), self.sample.eq(loader.done),
        ]
        with m.If(loader.done):
            m.d.sync += taking.eq(0)
        with m.Elif(buffers.i.free):
            m.d.sync += taking.eq(1)

    def _maps(self, m, buffers, engine, final_layer):
        """The maps between the layers of this stage."""
        plan = self._plan
        m.submodules.map_memory = maps = memory.Memory(
            shape=unsigned(plan.word_bits), depth=max(plan.map_words, 2), init=[],
            attrs={"no_rw_check": 1})  # a layer reads one map and writes another
        m.submodules.packer = packer = SpikePacker(
            plan=plan, layouts=[p.out_layout for p in plan.layers if p.out_layout])
        write, read, from_input = maps.write_port(), maps.read_port(transparent_for=()), Signal()
        with m.If(engine.read_enable):
            m.d.sync += from_input.eq(engine.read_from_input)
        m.d.comb += [
            packer.start.eq(engine.start), packer.map.eq(engine.layer),
            packer.valid.eq(engine.valid & ~final_layer), packer.bits.eq(engine.spikes),
            packer.slice.eq(engine.slice), packer.row_last.eq(engine.row_last),
            write.en.eq(packer.write_enable), write.addr.eq(packer.write_address),
            write.data.eq(packer.write_data),
            read.en.eq(engine.read_enable), read.addr.eq(engine.read_address),
            engine.read_data.eq(Mux(from_input, buffers.read_data, read.data)),
            self.trace.valid.eq(packer.write_enable), self.trace.layer.eq(engine.layer),
            self.trace.address.eq(packer.write_address), self.trace.word.eq(packer.write_data),
        ]

    def _leave(self, m, engine, final_layer):
        """Where the output of the last layer goes; returns whether it may begin."""
        if self._following:
            m.d.comb += [
                self.leaving.valid.eq(engine.valid & final_layer), self.leaving.bits.eq(engine.spikes),
                self.leaving.slice.eq(engine.slice), self.leaving.row_last.eq(engine.row_last),
            ]
            return self.leaving.free
        m.submodules.readout = readout = Readout(plan=self._plan)
        wiring.connect(m, readout.o, wiring.flipped(self.o))
        offering = Signal()
        m.d.comb += [
            readout.start.eq(engine.start & final_layer), readout.valid.eq(engine.score_valid),
            readout.score.eq(engine.score), readout.last.eq(engine.score_last), self.winner.eq(readout.winner),
            self.scored.eq(engine.score_valid & engine.score_last),
        ]
        with m.If(self.scored):
            m.d.sync += offering.eq(1)
        with m.Elif(self.o.valid & self.o.ready & self.o.payload.last):
            m.d.sync += offering.eq(0)
        return ~offering
