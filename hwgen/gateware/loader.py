"""Takes a sample from the input stream."""

from amaranth.hdl import Array, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from ..plan.core_plan import CorePlan
from .shapes import CoreShapes


class Loader(wiring.Component):
    """Cuts each input element into the slices of the input map and counts them.

    Throughput: one element every ``input_layout.slices`` cycles. Latency: none.

    Members
    -------
    enable : In(1)
        Take elements.
    restart : In(1)
        Forget those taken so far.
    i : In(stream)
        Elements of a sample in order y, x, channel.
    valid, bits, slice, row_last : Out
        To the `SpikePacker`, which drops what comes with ``restart``.
    done : Out(1)
        The last slice of the last element is taken in this cycle.
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        super().__init__({
            "enable": In(1),
            "restart": In(1),
            "i": In(stream.Signature(unsigned(plan.element_bits))),
            "valid": Out(1),
            "bits": Out(CoreShapes(plan).mask),
            "slice": Out(unsigned(bits_for(max(plan.input_layout.slices - 1, 1)))),
            "row_last": Out(1),
            "done": Out(1),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        layout = self._plan.input_layout
        rows, row_elements = layout.shape[1], layout.row_elements
        row, element = Signal(range(max(rows, 2))), Signal(range(max(row_elements, 2)))
        # Whether these are the last ones is kept beside them, so that no comparison lies on the way to
        # what the end of a sample sets off.
        last_row, last_element = Signal(init=rows == 1), Signal(init=row_elements == 1)
        last_slice = self.slice == layout.slices - 1
        shifted = [self.i.payload >> layout.slice_shift(index) for index in range(layout.slices)]
        m.d.comb += [
            self.valid.eq(self.i.valid & self.enable),
            self.i.ready.eq(self.enable & ~self.restart & last_slice),
            self.bits.eq(Array(shifted)[self.slice]),
            self.row_last.eq(last_element),
            self.done.eq(self.valid & last_slice & last_element & last_row & ~self.restart),
        ]
        with m.If(self.restart):
            m.d.sync += [
                row.eq(0), element.eq(0), self.slice.eq(0),
                last_row.eq(rows == 1), last_element.eq(row_elements == 1),
            ]
        with m.Elif(self.valid):
            m.d.sync += self.slice.eq(self.slice + 1)
            with m.If(last_slice):
                m.d.sync += [
                    self.slice.eq(0), element.eq(element + 1), last_element.eq(element == row_elements - 2)]
                with m.If(last_element):
                    m.d.sync += [
                        element.eq(0), last_element.eq(row_elements == 1),
                        row.eq(row + 1), last_row.eq(row == rows - 2),
                    ]
                    with m.If(last_row):
                        m.d.sync += [row.eq(0), last_row.eq(rows == 1)]
        return m
