"""Finds the spikes in a word: two levels, so that neither is a long chain of carries."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..plan.core_plan import CorePlan
from .shapes import CoreShapes, all_but_lowest


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

        # Level 1: the lowest group of the word that is still to be taken. Whether it is the final one
        # is known from registers: stalls run from here back to the map reader.
        taken = Signal(n_groups)
        single = Signal()
        word = self.i.payload
        left, rest = Signal(n_groups), Signal(n_groups)
        group = Signal(range(max(n_groups, 2)))
        final_group, group_ready = Signal(), Signal()
        m.d.comb += [
            left.eq(word.groups & ~taken),
            rest.eq(all_but_lowest(left)),
            final_group.eq(Mux(taken.any(), single, word.single)),
            self.i.ready.eq(group_ready & final_group),
        ]
        for index in reversed(range(n_groups)):
            with m.If(left[index]):
                m.d.comb += group.eq(index)
        elements = Array(Cat(word.elements[4 * index + k] for k in range(4)) for index in range(n_groups))[group]
        spikes = Cat(elements[k * plan.time_parallel:(k + 1) * plan.time_parallel].any() for k in range(4))

        # Level 2: the lowest element of the group that is still to be taken.
        valid, final = Signal(), Signal()
        bits = Signal(4 * plan.time_parallel)
        pending, others = Signal(4), Signal(4)
        weight = Signal(shapes.weight)
        last = Signal()
        lowest = Signal(2)
        for index in reversed(range(4)):
            with m.If(pending[index]):
                m.d.comb += lowest.eq(index)
        m.d.comb += [
            others.eq(all_but_lowest(pending)),
            final.eq(~others.any()),
            self.o.valid.eq(valid),
            self.o.payload.weight.eq(weight + lowest),
            self.o.payload.mask.eq(Array(bits[k * plan.time_parallel:(k + 1) * plan.time_parallel]
                                         for k in range(4))[lowest]),
            self.o.payload.last.eq(last & final),
            group_ready.eq(~valid | (self.o.ready & final)),
        ]
        with m.If(group_ready):
            m.d.sync += [
                valid.eq(self.i.valid),
                bits.eq(elements),
                pending.eq(spikes),
                weight.eq(word.weight + (group << 2)),
                last.eq(word.last & final_group),
            ]
            with m.If(self.i.valid):
                m.d.sync += [
                    taken.eq(Mux(final_group, 0, taken | (left & ~rest))),
                    single.eq(~all_but_lowest(rest).any()),
                ]
        with m.Elif(self.o.ready):
            m.d.sync += pending.eq(others)
        return m
