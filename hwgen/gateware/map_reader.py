"""Reads the words of a window from the map memory and clears what lies outside the window."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..plan.core_plan import CorePlan
from .shapes import CoreShapes, all_but_lowest


class MapReader(wiring.Component):
    """Fetches and masks words; words without a spike are dropped, unless they end a sweep.

    Throughput: one word a cycle. Latency: 2 cycles, 3 where the plan has two input buffers: an array runs on
    devices whose block RAM takes more than half a cycle to answer, so a register takes its word first.

    Members
    -------
    i : In(stream)
        Words to read (`CoreShapes.run`).
    o : Out(stream)
        Masked words (`CoreShapes.word`).
    read_enable, read_address, read_data
        The read port of the map memory: data one cycle after the address, held while not enabled.
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        self._shapes = CoreShapes(plan)
        super().__init__({
            "i": In(stream.Signature(self._shapes.run)),
            "o": Out(stream.Signature(self._shapes.word)),
            "read_enable": Out(1),
            "read_address": Out(self._shapes.address),
            "read_data": In(unsigned(plan.word_bits)),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        plan, shapes = self._plan, self._shapes

        fetched = Signal()
        run = Signal(shapes.run)
        m.d.comb += [
            self.read_address.eq(self.i.payload.address),
            self.read_enable.eq(self.i.valid & self.i.ready),
        ]

        word, word_valid, word_run, word_taken = self.read_data, fetched, run, Signal()
        if plan.buffers > 1:
            word, word_valid, word_run = Signal.like(self.read_data), Signal(), Signal(shapes.run)

        # Which elements lie in the window, and which of those hold a spike.
        inside = Signal(plan.word_elements)
        masked = Signal(shapes.word)
        from_first = (((1 << plan.word_elements) - 1) << word_run.first)[:plan.word_elements]
        up_to_final = ((2 << word_run.final) - 1)[:plan.word_elements]
        m.d.comb += inside.eq(from_first & up_to_final)
        tp = plan.time_parallel
        any_spike = []
        for index in range(plan.word_elements):
            bits = word[index * tp:(index + 1) * tp]
            m.d.comb += masked.elements[index].eq(Mux(inside[index], bits, 0))
            any_spike.append(inside[index] & bits.any())
        m.d.comb += [
            masked.groups.eq(Cat(Cat(any_spike[start:start + 4]).any()
                                 for start in range(0, plan.word_elements, 4))),
            masked.single.eq(~all_but_lowest(masked.groups).any()),
            masked.weight.eq(word_run.weight),
            masked.last.eq(word_run.last),
        ]

        advance = Signal()
        m.d.comb += [
            advance.eq(~self.o.valid | self.o.ready),
            word_taken.eq(~word_valid | advance),
            self.i.ready.eq(~fetched | word_taken),
        ]
        if plan.buffers > 1:
            with m.If(word_taken):
                m.d.sync += [word_valid.eq(fetched), word.eq(self.read_data), word_run.eq(run)]
        with m.If(self.i.ready):
            m.d.sync += [fetched.eq(self.i.valid), run.eq(self.i.payload)]
        with m.If(advance):
            m.d.sync += [
                self.o.valid.eq(word_valid & (masked.groups.any() | word_run.last)),
                self.o.payload.eq(masked),
            ]
        return m
