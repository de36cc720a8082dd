"""Packs elements into words of the map memory."""

from amaranth.hdl import Array, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from ..plan.core_plan import CorePlan
from .shapes import CoreShapes, per_layer


def packer_slices(plan: CorePlan) -> int:
    """The most slices that any map of the core has."""
    return max([plan.input_layout.slices, *(plan.time_slices for _ in plan.layers)])


class SpikePacker(wiring.Component):
    """Writes a map, element after element, in the order of `hwgen.plan.layout.MapLayout`.

    Each slice of the map has a word that it fills; a word is written when it is full, and at the end of
    a row. Throughput: one element (of one slice) a cycle, never stalls. Latency: a word is
    written two cycles after its last element came.

    Members
    -------
    start : In(1)
        Begin a map: that of the input (``loading``) or that of ``layer``'s output.
    loading, layer : In
        Which map.
    valid, bits, slice, row_last : In
        An element's bits in one slice; the last of its row.
    write_enable, write_address, write_data : Out
        The write port of the map memory.
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        shapes = CoreShapes(plan)
        super().__init__({
            "start": In(1),
            "loading": In(1),
            "layer": In(shapes.layer),
            "valid": In(1),
            "bits": In(shapes.mask),
            "slice": In(unsigned(bits_for(max(packer_slices(plan) - 1, 1)))),
            "row_last": In(1),
            "write_enable": Out(1),
            "write_address": Out(shapes.address),
            "write_data": Out(unsigned(plan.word_bits)),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        plan, shapes = self._plan, CoreShapes(self._plan)
        tp, count = plan.time_parallel, plan.word_elements
        outputs = [p.out_layout or p.in_layout for p in plan.layers]

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
        for index in range(packer_slices(plan)):
            word = Signal(plan.word_bits, name=f"word_{index}")
            position = Signal(shapes.position, name=f"position_{index}")
            address = Signal(shapes.address, name=f"address_{index}")
            words.append(word)
            addresses.append(address)
            layer_base = per_layer(self.layer, [out.base + index * out.slice_words for out in outputs],
                                   shapes.address)
            input_base = plan.input_layout.base + index * plan.input_layout.slice_words
            with m.If(self.start):
                m.d.sync += [
                    position.eq(0),
                    address.eq(Mux(self.loading, input_base % (1 << len(address)), layer_base) - 1),
                ]
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
