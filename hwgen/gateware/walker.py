"""From a sweep to the words of the map that its window covers."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from ..plan.core_plan import CorePlan
from .shapes import CoreShapes, per_view


class WindowWalker(wiring.Component):
    """Clamps each window to its map and emits the words of its rows.

    A row of a window (or of one part of it) is an interval of elements of a row of the map; rows above and
    below the map are left out, the interval is clamped to the row: so padding never becomes an address. A
    column of a depthwise window that lies beside the map is one word of which no element counts. Throughput: one
    word a cycle, one cycle lost for each row above the map; a sweep every second cycle, since
    no stage takes the next one in the cycle in which it hands on (so no chain of stalls reaches the
    sequencer). Latency: 3 cycles.

    Members
    -------
    layer : In
        Number of the running layer.
    i : In(stream)
        Parts of sweeps (`CoreShapes.sweep`).
    o : Out(stream)
        Words to read (`CoreShapes.run`).
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        self._shapes = CoreShapes(plan)
        super().__init__({
            "layer": In(self._shapes.layer),
            "i": In(stream.Signature(self._shapes.sweep)),
            "o": Out(stream.Signature(self._shapes.run)),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        plan, shapes = self._plan, self._shapes
        position_bits = exact_log2(plan.word_elements)

        def constant(skip, function, shape=None):
            return per_view(plan, self.layer, skip, function, shape)

        depthwise = any(view.columns > 1 for p in plan.layers for view in (p.main, p.skip) if view)

        # Stage 1: where the window ends, and the constants of its view: choosing them takes long enough by itself.
        placed, placed_ready = Signal(), Signal()
        sweep = Signal(shapes.sweep)
        right, rows_below = Signal(shapes.element), Signal(shapes.row_number)
        final_element, view_rows = Signal(shapes.element), Signal(shapes.row_number)
        m.d.comb += self.i.ready.eq(~placed)
        with m.If(placed_ready):
            m.d.sync += placed.eq(0)
        coming = self.i.payload
        row_elements = constant(coming.skip, lambda v: v.row_elements, shapes.element)
        map_rows = constant(coming.skip, lambda v: v.layout.shape[1], shapes.row_number)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                placed.eq(1), sweep.eq(coming),
                right.eq(coming.left + row_elements - 1),
                rows_below.eq(map_rows - coming.top),
                final_element.eq(constant(coming.skip, lambda v: v.layout.row_elements - 1, shapes.element)),
                view_rows.eq(constant(coming.skip, lambda v: v.rows, shapes.row_number)),
            ]

        # Stage 2: clamp. `begin` and `end` are the first and the final element inside the map.
        # Only a column of a depthwise window may lie beside the map: it is one word without elements.
        begin, end = Signal(shapes.element), Signal(shapes.element)
        beside = Signal()
        if depthwise:
            m.d.comb += beside.eq((right < 0) | (sweep.left > final_element))
        m.d.comb += [
            begin.eq(Mux(sweep.left < 0, 0, sweep.left)),
            end.eq(Mux(right > final_element, final_element, right)),
        ]
        clamped, clamped_ready = Signal(), Signal()
        first_word, words_left = Signal(shapes.address), Signal(shapes.address)
        first, final = Signal(shapes.position), Signal(shapes.position)
        rows_left, row = Signal(shapes.row_number), Signal(shapes.row_number)
        row_address, row_weight = Signal(shapes.address), Signal(shapes.weight)
        skip, last = Signal(), Signal()
        m.d.comb += placed_ready.eq(placed & ~clamped)
        with m.If(clamped & clamped_ready):
            m.d.sync += clamped.eq(0)
        with m.If(placed_ready):
            m.d.sync += [
                clamped.eq(1),
                first_word.eq(begin >> position_bits),
                words_left.eq((end >> position_bits) - (begin >> position_bits)),
                first.eq(begin[:position_bits]),
                final.eq(end[:position_bits]),
                row.eq(sweep.top),
                rows_left.eq(Mux(rows_below < view_rows, rows_below, view_rows) - 1),
                skip.eq(sweep.skip), last.eq(sweep.last),
                row_address.eq(sweep.address),
                # weight row of element 0 of the first word: that of the window's left edge, less its offset
                row_weight.eq(sweep.weight + Mux(sweep.left < 0, -sweep.left,
                                                 -sweep.left[:position_bits])),
            ]
            with m.If(beside):
                m.d.sync += [
                    first_word.eq(0), words_left.eq(0), first.eq(1), final.eq(0), row.eq(0), rows_left.eq(0)]

        # Stage 3: walk over rows and words.
        walking = Signal()
        at = {name: Signal.like(signal, name=f"at_{name}") for name, signal in (
            ("row", row), ("rows_left", rows_left), ("words_left", words_left), ("first", first),
            ("final", final), ("skip", skip), ("last", last))}
        row_words = constant(at["skip"], lambda v: v.layout.row_words, shapes.address)
        row_weights = constant(at["skip"], lambda v: v.row_elements, shapes.weight)
        words, address, weight = Signal(shapes.address), Signal(shapes.address), Signal(shapes.weight)
        row_start, weight_start = Signal(shapes.address), Signal(shapes.weight)
        row_first, final_word, final_row = Signal(), Signal(), Signal()
        above, row_done, done = Signal(), Signal(), Signal()
        m.d.comb += [
            above.eq(at["row"] < 0),
            row_done.eq(above | final_word),
            self.o.valid.eq(walking & ~above),
            self.o.payload.address.eq(address),
            self.o.payload.first.eq(Mux(row_first, at["first"], 0)),
            self.o.payload.final.eq(Mux(final_word, at["final"], plan.word_elements - 1)),
            self.o.payload.weight.eq(weight),
            self.o.payload.last.eq(final_word & final_row & at["last"]),
            self.o.payload.from_input.eq(constant(at["skip"], lambda v: int(v.from_input and plan.buffers > 1))),
            done.eq(self.o.valid & self.o.ready & final_word & final_row),
            clamped_ready.eq(~walking | done),
        ]
        with m.If(clamped_ready):
            m.d.sync += [
                walking.eq(clamped), row_first.eq(1), words.eq(words_left),
                final_word.eq(words_left == 0), final_row.eq(rows_left == 0),
                at["row"].eq(row), at["rows_left"].eq(rows_left), at["words_left"].eq(words_left),
                at["first"].eq(first), at["final"].eq(final), at["skip"].eq(skip), at["last"].eq(last),
                address.eq(row_address + first_word), row_start.eq(row_address + first_word),
                weight.eq(row_weight), weight_start.eq(row_weight),
            ]
        with m.Elif(above | self.o.ready):
            with m.If(row_done):
                m.d.sync += [
                    row_first.eq(1), words.eq(at["words_left"]),
                    final_word.eq(at["words_left"] == 0), final_row.eq(at["rows_left"] == 1),
                    at["row"].eq(at["row"] + 1), at["rows_left"].eq(at["rows_left"] - 1),
                    address.eq(row_start + row_words), row_start.eq(row_start + row_words),
                    weight.eq(weight_start + row_weights),
                    weight_start.eq(weight_start + row_weights),
                ]
            with m.Else():
                m.d.sync += [
                    row_first.eq(0), words.eq(words - 1), final_word.eq(words == 1), address.eq(address + 1),
                    weight.eq(weight + plan.word_elements),
                ]
        return m
