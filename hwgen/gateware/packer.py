"""Packs elements into words of the map memory."""

from amaranth.hdl import Array, Module, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from ..plan.core_plan import CorePlan
from ..plan.layout import MapLayout
from .shapes import CoreShapes, per_layer


class SpikePacker(wiring.Component):
    """Writes a map, element after element, in the order of `hwgen.plan.layout.MapLayout`.

    Each slice of the map has a word that it fills; a word is written when it is full, and at the end of
    a row. Throughput: one element (of one slice) a cycle, never stalls. Latency: a word is
    written two cycles after its last element came.

    Parameters
    ----------
    plan
        The core's plan.
    layouts
        The maps that it writes.

    Members
    -------
    start : In(1)
        Begin a map.
    map : In
        Which of the ``layouts``; steady from ``start`` on.
    valid, bits, slice, row_last : In
        An element's bits in one slice; the last of its row.
    write_enable, write_address, write_data : Out
        The write port of the map memory.
    """

    def __init__(self, *, plan: CorePlan, layouts: tuple[MapLayout, ...]):
        self._plan = plan
        self._layouts = tuple(layouts)
        self._slices = max(layout.slices for layout in layouts)
        shapes = CoreShapes(plan)
        super().__init__({
            "start": In(1),
            "map": In(unsigned(bits_for(max(len(self._layouts) - 1, 1)))),
            "valid": In(1),
            "bits": In(shapes.mask),
            "slice": In(unsigned(bits_for(max(self._slices - 1, 1)))),
            "row_last": In(1),
            "write_enable": Out(1),
            "write_address": Out(shapes.address),
            "write_data": Out(unsigned(plan.word_bits)),
        })

    @property
    def layouts(self) -> tuple[MapLayout, ...]:
        return self._layouts

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        plan, shapes = self._plan, CoreShapes(self._plan)
        tp, count = plan.time_parallel, plan.word_elements

        # The element waits a cycle, since its flags come out of long choices by layer.
        valid, bits_in = Signal(), Signal.like(self.bits)
        slice_in, row_last = Signal.like(self.slice), Signal()
        m.d.sync += [
            valid.eq(self.valid & ~self.start), bits_in.eq(self.bits), slice_in.eq(self.slice),
            row_last.eq(self.row_last),
        ]

        done, done_slice = Signal(), Signal.like(self.slice)
        m.d.sync += [done.eq(0), done_slice.eq(slice_in)]
        m.d.comb += self.write_enable.eq(done)
        words, addresses = [], []
        for index in range(self._slices):
            word = Signal(plan.word_bits, name=f"word_{index}")
            position = Signal(shapes.position, name=f"position_{index}")
            address = Signal(shapes.address, name=f"address_{index}")
            words.append(word)
            addresses.append(address)
            base = per_layer(self.map, [layout.base + index * layout.slice_words - 1 for layout in self._layouts],
                             shapes.address)
            with m.If(self.start):
                m.d.sync += [position.eq(0), address.eq(base)]
            with m.Elif(valid & (slice_in == index)):
                m.d.sync += position.eq(position + 1)
                for element in range(count):
                    bits = word[element * tp:(element + 1) * tp]
                    with m.If(position == element):
                        m.d.sync += bits.eq(bits_in)
                    with m.Elif(position == 0):
                        m.d.sync += bits.eq(0)
                with m.If(row_last | (position == count - 1)):
                    m.d.sync += [position.eq(0), address.eq(address + 1), done.eq(1)]
        m.d.comb += [
            self.write_data.eq(Array(words)[done_slice]),
            self.write_address.eq(Array(addresses)[done_slice]),
        ]
        return m
