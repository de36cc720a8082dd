"""Reads the words of a window from the map memory and clears what lies outside the window."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..plan.core_plan import CorePlan
from .shapes import CoreShapes, all_but_lowest


class MapReader(wiring.Component):
    """Fetches and masks words; words without a spike are dropped, unless they end a sweep.

    Throughput: one word a cycle. Latency: 2 cycles.

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

        # Which elements lie in the window, and which of those hold a spike.
        inside = Signal(plan.word_elements)
        masked = Signal(shapes.word)
        from_first = (((1 << plan.word_elements) - 1) << run.first)[:plan.word_elements]
        up_to_final = ((2 << run.final) - 1)[:plan.word_elements]
        m.d.comb += inside.eq(from_first & up_to_final)
        tp = plan.time_parallel
        any_spike = []
        for index in range(plan.word_elements):
            bits = self.read_data[index * tp:(index + 1) * tp]
            m.d.comb += masked.elements[index].eq(Mux(inside[index], bits, 0))
            any_spike.append(inside[index] & bits.any())
        m.d.comb += [
            masked.groups.eq(Cat(Cat(any_spike[start:start + 4]).any()
                                 for start in range(0, plan.word_elements, 4))),
            masked.single.eq(~all_but_lowest(masked.groups).any()),
            masked.weight.eq(run.weight),
            masked.last.eq(run.last),
        ]

        advance = Signal()
        m.d.comb += [
            advance.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(~fetched | advance),
        ]
        with m.If(self.i.ready):
            m.d.sync += [fetched.eq(self.i.valid), run.eq(self.i.payload)]
        with m.If(advance):
            m.d.sync += [
                self.o.valid.eq(fetched & (masked.groups.any() | run.last)),
                self.o.payload.eq(masked),
            ]
        return m
