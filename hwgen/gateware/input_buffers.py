"""Two buffers for the inputs of a core: one is filled while the other is worked on."""

from dataclasses import replace

from amaranth.hdl import Const, Module, Mux, Signal, unsigned
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from ..plan.core_plan import CorePlan
from .packer import SpikePacker
from .shapes import CoreShapes


class MapLink(wiring.Signature):
    """The elements of a map from one core to the next: ``valid``, ``bits`` (of one ``slice``), ``row_last``.

    Nothing waits: who sends begins a map only while the other side's ``free`` is set, which promises room for
    all of it.
    """

    def __init__(self, plan: CorePlan):
        """Of the core ``plan`` that takes them."""
        super().__init__({
            "valid": Out(1), "bits": Out(CoreShapes(plan).mask),
            "slice": Out(unsigned(bits_for(max(plan.input_layout.slices - 1, 1)))), "row_last": Out(1),
            "free": In(1)})


class InputBuffers(wiring.Component):
    """Packs arriving maps into two buffers in turn, and says how much of the oldest is there.

    A buffer is taken from its first element until ``release``; so elements never meet a map that is still
    read. Throughput: one element (of one slice) a cycle. Latency: a row counts `row_latency` cycles after its
    last element.

    Parameters
    ----------
    plan
        Of the core that reads them, with two buffers.
    early
        Offer a map row by row as it arrives; without, only when it is complete, so that it may be
        given up by ``restart``.

    Members
    -------
    i : In(MapLink)
        Elements.
    restart : In(1)
        Forget the elements of the map that is arriving; not with ``early``.
    trace : Out
        Every word written: ``valid``, ``address``, ``word``.
    buffer : Out(1), rows : Out, complete : Out(1)
        Where the oldest map lies, how many of its rows are there, whether all are.
    release : In(1)
        It is not needed any more; only while ``complete``.
    read_enable, read_address : In, read_data : Out
        Read port, as `hwgen.gateware.engine.Engine` drives it.
    """

    row_latency = 4

    def __init__(self, *, plan: CorePlan, early: bool):
        self._plan = plan
        self._early = early
        shapes = CoreShapes(plan)
        super().__init__({
            "i": In(MapLink(plan)),
            "restart": In(1),
            "trace": Out(wiring.Signature({
                "valid": Out(1), "address": Out(shapes.address), "word": Out(unsigned(plan.word_bits))})),
            "buffer": Out(1),
            "rows": Out(shapes.row_number),
            "complete": Out(1),
            "release": In(1),
            "read_enable": In(1),
            "read_address": In(shapes.address),
            "read_data": Out(unsigned(plan.word_bits)),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    @property
    def early(self) -> bool:
        return self._early

    def elaborate(self, platform):
        m = Module()
        plan, layout = self._plan, self._plan.input_layout
        m.submodules.inputs = inputs = memory.Memory(
            shape=unsigned(plan.word_bits), depth=max(plan.input_words, 2), init=[],
            attrs={"no_rw_check": 1})  # a row is read only after it has been written
        m.submodules.packer = packer = SpikePacker(
            plan=plan, layouts=(layout, replace(layout, base=layout.words)))
        write, read = inputs.write_port(), inputs.read_port(transparent_for=())
        m.d.comb += [
            write.en.eq(packer.write_enable), write.addr.eq(packer.write_address),
            write.data.eq(packer.write_data),
            read.en.eq(self.read_enable), read.addr.eq(self.read_address), self.read_data.eq(read.data),
            self.trace.valid.eq(packer.write_enable), self.trace.address.eq(packer.write_address),
            self.trace.word.eq(packer.write_data),
        ]

        # The map that arrives: its buffer, whether its packer is set up, the rows that are written.
        filling, ready, arrived = Signal(), Signal(), Signal.like(self.rows)
        full = Signal(2)
        row_ends = self.i.valid & self.i.row_last & (self.i.slice == layout.slices - 1)
        written = Signal(self.row_latency)
        m.d.sync += written.eq(Mux(self.restart, 0, written << 1 | row_ends))
        finished = Signal()
        m.d.comb += [
            finished.eq(written[-1] & (arrived == layout.shape[1] - 1)),
            packer.map.eq(filling), packer.start.eq(~ready | self.restart),
            packer.valid.eq(self.i.valid), packer.bits.eq(self.i.bits), packer.slice.eq(self.i.slice),
            packer.row_last.eq(self.i.row_last),
        ]
        begun = Signal()
        with m.If(~ready):
            m.d.sync += [ready.eq(~full.bit_select(filling, 1)), arrived.eq(0), begun.eq(0)]
        with m.Elif(self.restart):
            m.d.sync += [arrived.eq(0), begun.eq(0)]
        with m.Elif(finished):
            m.d.sync += [full.bit_select(filling, 1).eq(1), filling.eq(~filling), ready.eq(0)]
        with m.Else():
            m.d.sync += arrived.eq(arrived + written[-1])
            with m.If(self.i.valid):
                m.d.sync += begun.eq(1)
        m.d.comb += self.i.free.eq(ready & ~begun)

        # The oldest map.
        arriving = (filling == self.buffer) & ready if self._early else Const(0)
        m.d.comb += [
            self.complete.eq(full.bit_select(self.buffer, 1)),
            self.rows.eq(Mux(self.complete, layout.shape[1], Mux(arriving, arrived, 0))),
        ]
        with m.If(self.release):
            m.d.sync += [full.bit_select(self.buffer, 1).eq(0), self.buffer.eq(~self.buffer)]
        return m
