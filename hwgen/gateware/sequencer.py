"""The order of the work: every sweep of a window that a layer needs, as a stream."""

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..plan.core_plan import CorePlan
from ..plan.layer_plan import View
from .shapes import CoreShapes, per_layer

#: The loops of a layer over its sweeps, innermost first.
LOOPS = ("plane", "time", "pool_x", "pool_y", "channels", "x", "y")


def loop_counts(plan: CorePlan) -> dict[str, list[int]]:
    """How often each loop runs, a list over the layers.

    ``part``: parts of a sweep, inside all others; ``plane``: slices of a pixel; ``time``: slices of the
    timesteps; ``pool_x``, ``pool_y``: neurons under one pooled output; ``channels``: passes; ``x``, ``y``: the
    output map.
    """
    return {
        "part": [p.parts for p in plan.layers],
        "plane": [p.plane_slices for p in plan.layers],
        "time": [p.time_slices for p in plan.layers],
        "pool_x": [p.layer.pool for p in plan.layers],
        "pool_y": [p.layer.pool for p in plan.layers],
        "channels": [p.passes for p in plan.layers],
        "x": [p.pooled_size[1] for p in plan.layers],
        "y": [p.pooled_size[0] for p in plan.layers],
    }


class LoopCounters:
    """Nested counters of a layer's loops, counting down; shared by everything that follows the order.

    ``first[name]`` and ``final[name]``: the loop is in its first or final round. ``ends[name]``: this loop
    and all inside it are in their final round. ``advance(m, start)`` loads (``start``) or steps them.
    """

    def __init__(self, plan: CorePlan, layer: Value, names: tuple[str, ...] = LOOPS):
        counts = loop_counts(plan)
        self.names = names
        self.loads = {name: per_layer(layer, [count - 1 for count in counts[name]]) for name in names}
        self.counters = {name: Signal(range(max(counts[name])), name=f"{name}_left") for name in names}
        self.first, self.final, self.ends = {}, {}, {}
        end = 1
        for name in names:
            self.first[name] = self.counters[name] == self.loads[name]
            self.final[name] = self.counters[name] == 0
            end = end & self.final[name]
            self.ends[name] = end

    def load(self, m: Module):
        m.d.sync += [self.counters[name].eq(self.loads[name]) for name in self.names]

    def step(self, m: Module):
        inner = 1
        for name in self.names:
            with m.If(inner):
                m.d.sync += self.counters[name].eq(self.counters[name] - 1)
                with m.If(self.final[name]):
                    m.d.sync += self.counters[name].eq(self.loads[name])
            inner = self.ends[name]


class Window:
    """Where the window of one view begins, as registers that advance by constants of the layer.

    ``views`` has a `View` a layer, None where a layer does not have it. What advances: ``top`` row, ``left``
    element, ``address`` of the first row, ``weight`` row.
    """

    def __init__(self, plan: CorePlan, layer: Value, shapes: CoreShapes, views: list[View | None], name: str):
        def constant(function, shape):
            return per_layer(layer, [function(p, v) if v else 0 for p, v in zip(plan.layers, views)], shape)

        def pixels(count, v):
            return count * v.stride * v.layout.shape[0]

        element, address, rows, weight = shapes.element, shapes.address, shapes.row_number, shapes.weight
        self.top, self.left = Signal(rows, name=f"{name}_top"), Signal(element, name=f"{name}_left")
        self.address, self.weight = Signal(address, name=f"{name}_address"), Signal(weight, name=f"{name}_weight")
        self.slice = Signal(address, name=f"{name}_slice")
        self._depthwise = any(v and v.columns > 1 for v in views)

        # Steps of `left`; `back` brings it from the last column to the first.
        def back(v):
            return (v.columns - 1) * v.layout.shape[0]

        self._column = constant(lambda p, v: v.layout.shape[0], element)
        self._first_column = constant(lambda p, v: -back(v), element)
        self._pixel = constant(lambda p, v: pixels(1, v) - back(v), element)
        self._pool_row = constant(lambda p, v: -pixels(p.layer.pool - 1, v) - back(v), element)
        self._pass = constant(lambda p, v: -pixels(p.layer.pool - 1, v) - back(v) + v.pass_elements, element)
        self._next_x = constant(lambda p, v: pixels(1, v) - back(v) - (p.passes - 1) * v.pass_elements, element)
        self._left = constant(lambda p, v: -v.padding * v.layout.shape[0], element)
        # Steps of `top` and `address`.
        self._row = constant(lambda p, v: v.stride, rows)
        self._rows_back = constant(lambda p, v: -(p.layer.pool - 1) * v.stride, rows)
        self._top = constant(lambda p, v: -v.padding, rows)
        self._row_words = constant(lambda p, v: v.stride * v.layout.row_words, address)
        self._words_back = constant(lambda p, v: -(p.layer.pool - 1) * v.stride * v.layout.row_words, address)
        self._address = constant(lambda p, v: v.layout.base - v.padding * v.layout.row_words, address)
        self._slice_words = constant(lambda p, v: v.layout.slice_words, address)
        # Steps of `weight`.
        self._column_rows = constant(lambda p, v: v.column_rows, weight)
        self._first_rows = constant(lambda p, v: -(v.columns - 1) * v.column_rows, weight)
        self._pass_rows = constant(lambda p, v: v.column_rows, weight)
        self._weight = constant(lambda p, v: v.weight_base, weight)

    def load(self, m: Module, offset: Value):
        """Begin the layer; ``offset`` is added to the addresses."""
        m.d.sync += [
            self.top.eq(self._top), self.left.eq(self._left), self.address.eq(self._address + offset),
            self.slice.eq(0), self.weight.eq(self._weight),
        ]

    def step_column(self, m: Module):
        if self._depthwise:
            m.d.sync += [self.left.eq(self.left + self._column), self.weight.eq(self.weight + self._column_rows)]

    def step(self, m: Module, loops: "LoopCounters", next_slice: Value):
        """On to the next sweep."""
        ends = loops.ends
        m.d.sync += self.slice.eq(Mux(next_slice, self.slice + self._slice_words, 0))
        # Over the neurons of a pool, back for the next pass, then on.
        step = Signal.like(self._left)
        with m.If(~ends["time"]):
            m.d.comb += step.eq(self._first_column)
        with m.Elif(~ends["pool_x"]):
            m.d.comb += step.eq(self._pixel)
        with m.Elif(~ends["pool_y"]):
            m.d.comb += step.eq(self._pool_row)
        with m.Elif(~ends["channels"]):
            m.d.comb += step.eq(self._pass)
        with m.Else():
            m.d.comb += step.eq(self._next_x)
        m.d.sync += self.left.eq(Mux(ends["x"], self._left, self.left + step))
        with m.If(ends["pool_x"]):
            with m.If(loops.final["pool_y"] & ~ends["x"]):
                m.d.sync += [self.top.eq(self.top + self._rows_back),
                             self.address.eq(self.address + self._words_back)]
            with m.Else():
                m.d.sync += [self.top.eq(self.top + self._row),
                             self.address.eq(self.address + self._row_words)]
        # The weights: a block of rows a pass.
        with m.If(ends["channels"]):
            m.d.sync += self.weight.eq(self._weight)
        with m.Elif(ends["pool_y"]):
            m.d.sync += self.weight.eq(self.weight + self._pass_rows)
        with m.Elif(1 if self._depthwise else 0):
            m.d.sync += self.weight.eq(self.weight + self._first_rows)


class Sequencer(wiring.Component):
    """Emits the sweeps of the running layer in the order of `LOOPS`, each in its parts (`LayerPlan.parts`).

    All addresses advance by constants of the layer; there is no multiplication. Throughput: one part a
    cycle; the first one is valid the cycle after ``start``. With two buffers a part waits until the rows of the
    core's input that its window covers have arrived; a part every second cycle, as the walker takes them, and the
    first one 2 cycles after ``start``.

    Parameters
    ----------
    plan
        The core's plan.

    Members
    -------
    start : In(1)
        Begin the layer ``layer``; only while idle.
    layer : In
        Number of the running layer; must not change while its sweeps are under way.
    buffer : In(1)
        Which buffer holds the input of the core, where there are two.
    rows : In
        Rows of the core's input that have arrived.
    o : Out(stream)
        Parts of sweeps (`CoreShapes.sweep`).
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        self._shapes = CoreShapes(plan)
        super().__init__({
            "start": In(1),
            "layer": In(self._shapes.layer),
            "buffer": In(1),
            "rows": In(self._shapes.row_number, init=plan.input_layout.shape[1]),
            "o": Out(stream.Signature(self._shapes.sweep)),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        plan, shapes = self._plan, self._shapes
        active = Signal()
        loops = LoopCounters(plan, self.layer, ("part", *LOOPS))
        ends = loops.ends
        main = Window(plan, self.layer, shapes, [p.main for p in plan.layers], "main")
        windows = [main]
        has_skip = per_layer(self.layer, [int(p.skip is not None) for p in plan.layers])
        m.d.comb += [
            self.o.payload.top.eq(main.top), self.o.payload.left.eq(main.left),
            self.o.payload.address.eq(main.address + main.slice), self.o.payload.weight.eq(main.weight),
            self.o.payload.last.eq(ends["part"]),
        ]
        at_skip, before_skip = Signal(), Signal()
        if any(p.skip for p in plan.layers):
            skip = Window(plan, self.layer, shapes, [p.skip for p in plan.layers], "skip")
            windows.append(skip)
            m.d.comb += [at_skip.eq(has_skip & ends["part"]), before_skip.eq(has_skip & (loops.counters["part"] == 1))]
            with m.If(at_skip):
                m.d.comb += [
                    self.o.payload.top.eq(skip.top), self.o.payload.left.eq(skip.left),
                    self.o.payload.address.eq(skip.address + skip.slice), self.o.payload.weight.eq(skip.weight),
                    self.o.payload.skip.eq(1),
                ]

        stepped = self.start | (self.o.valid & self.o.ready)
        if plan.buffers == 1:
            m.d.comb += self.o.valid.eq(active)
        else:
            # What has arrived is compared in a cycle of its own, so that no adder stands in front of the steps.
            below = main.top + plan.layers[0].main.rows
            arrived, compared = Signal(), Signal()
            m.d.sync += [
                arrived.eq((self.layer != 0) | (self.rows == plan.input_layout.shape[1]) | (self.rows >= below)),
                compared.eq(~stepped),
            ]
            m.d.comb += self.o.valid.eq(active & compared & arrived)

        # The slice of the map: pixels have their own loop, spikes follow the timesteps.
        next_slice, analog = Signal(), per_layer(self.layer, [int(p.analog) for p in plan.layers])
        m.d.comb += next_slice.eq(~ends["plane"] | (~ends["time"] & (analog == 0)))
        with m.If(self.start):
            m.d.sync += active.eq(1)
            loops.load(m)
            for window, views in zip(windows, ([p.main for p in plan.layers], [p.skip for p in plan.layers])):
                from_input = [int(view is not None and view.from_input) for view in views]
                window.load(m, self._buffer_offset(from_input))
        with m.Elif(self.o.valid & self.o.ready):
            loops.step(m)
            with m.If(ends["y"]):
                m.d.sync += active.eq(0)
            with m.If(ends["part"]):
                for window in windows:
                    window.step(m, loops, next_slice)
            with m.Elif(~before_skip):
                main.step_column(m)
        return m

    def _buffer_offset(self, from_input: list[int]) -> Value:
        """What the addresses of a view have added to them, by layer."""
        if self._plan.buffers == 1:
            return Const(0)
        words = self._plan.input_layout.words
        return Mux(self.buffer, per_layer(self.layer, [flag * words for flag in from_input]), 0)
