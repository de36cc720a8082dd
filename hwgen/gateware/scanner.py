"""Finds the spikes in a word: two levels, so that neither is a long chain of carries."""

from amaranth.hdl import Array, Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..plan.core_plan import CorePlan
from .shapes import CoreShapes


class Scanner(wiring.Component):
    """Emits one tap for each element with a spike, lowest first.

    The first level takes the groups of four elements that hold a spike, the second the elements of a
    group. A sweep whose last word has no spike ends with an empty tap. Throughput: one tap a cycle; a
    word costs as many cycles as it has taps, or one where it is empty and the last of a sweep. Latency:
    2 cycles.

    Members
    -------
    i : In(stream)
        Words (`CoreShapes.word`).
    o : Out(stream)
        Taps (`CoreShapes.tap`).
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        self._shapes = CoreShapes(plan)
        super().__init__({
            "i": In(stream.Signature(self._shapes.word)),
            "o": Out(stream.Signature(self._shapes.tap)),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        plan, shapes = self._plan, self._shapes
        n_groups = plan.word_elements // 4

        # Level 1: the lowest group of the word that is still to be taken.
        taken = Signal(n_groups)
        word = self.i.payload
        left = Signal(n_groups)
        group = Signal(range(max(n_groups, 2)))
        final_group, group_ready = Signal(), Signal()
        m.d.comb += left.eq(word.groups & ~taken)
        for index in reversed(range(n_groups)):
            with m.If(left[index]):
                m.d.comb += group.eq(index)
        rest = Signal(n_groups)
        m.d.comb += [
            rest.eq(left & (left - 1)[:n_groups]),
            final_group.eq(~rest.any()),
            self.i.ready.eq(group_ready & final_group),
        ]
        elements = Array(Cat(word.elements[4 * index + k] for k in range(4)) for index in range(n_groups))[group]

        # Level 2: the lowest element of the group that is still to be taken.
        valid = Signal()
        bits = Signal(4 * plan.time_parallel)
        pending = Signal(4)
        weight = Signal(shapes.weight)
        last = Signal()
        slots = [bits[k * plan.time_parallel:(k + 1) * plan.time_parallel] for k in range(4)]
        lowest = Signal(2)
        for index in reversed(range(4)):
            with m.If(pending[index]):
                m.d.comb += lowest.eq(index)
        others = Signal(4)
        m.d.comb += [
            others.eq(pending & (pending - 1)[:4]),
            self.o.valid.eq(valid),
            self.o.payload.weight.eq(weight + lowest),
            self.o.payload.mask.eq(Array(slots)[lowest]),
            self.o.payload.last.eq(last & ~others.any()),
            group_ready.eq(~valid | (self.o.ready & ~others.any())),
        ]
        with m.If(group_ready):
            m.d.sync += [
                valid.eq(self.i.valid),
                bits.eq(elements),
                pending.eq(Cat(elements[k * plan.time_parallel:(k + 1) * plan.time_parallel].any()
                               for k in range(4))),
                weight.eq(word.weight + (group << 2)),
                last.eq(word.last & final_group),
            ]
            with m.If(self.i.valid):
                m.d.sync += taken.eq(taken | (left & ~rest))
                with m.If(final_group):
                    m.d.sync += taken.eq(0)
        with m.Elif(self.o.ready):
            m.d.sync += pending.eq(others)
        return m
