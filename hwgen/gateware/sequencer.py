"""The order of the work: every sweep of a window that a layer needs, as a stream."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..plan.core_plan import CorePlan
from .shapes import CoreShapes, per_layer

#: The loops of a layer, innermost first.
LOOPS = ("plane", "time", "pool_x", "pool_y", "channels", "x", "y")


def loop_counts(plan: CorePlan) -> dict[str, list[int]]:
    """How often each loop of `LOOPS` runs, a list over the layers.

    ``plane``: slices of a pixel; ``time``: slices of the timesteps; ``pool_x``, ``pool_y``: neurons under
    one pooled output; ``channels``: passes; ``x``, ``y``: the output map.
    """
    return {
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


class Sequencer(wiring.Component):
    """Emits the sweeps of the running layer in the order of `LOOPS`.

    All addresses advance by constants of the layer; there is no multiplication. Throughput: one sweep a
    cycle; the first one is valid the cycle after ``start``.

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
    o : Out(stream)
        Sweeps (`CoreShapes.sweep`).
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        self._shapes = CoreShapes(plan)
        super().__init__({
            "start": In(1),
            "layer": In(self._shapes.layer),
            "o": Out(stream.Signature(self._shapes.sweep)),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        plan, shapes = self._plan, self._shapes

        def constant(function, shape=None):
            return per_layer(self.layer, [function(p, p.layer, p.in_layout) for p in plan.layers], shape)

        pixel = constant(lambda p, l, i: l.stride * i.shape[0], shapes.element)
        pixel_back = constant(lambda p, l, i: (l.pool - 1) * l.stride * i.shape[0], shapes.element)
        left_start = constant(lambda p, l, i: -l.padding * i.shape[0], shapes.element)
        stride = constant(lambda p, l, i: l.stride, shapes.row_number)
        rows_back = constant(lambda p, l, i: (l.pool - 1) * l.stride, shapes.row_number)
        top_start = constant(lambda p, l, i: -l.padding, shapes.row_number)
        row = constant(lambda p, l, i: l.stride * i.row_words, shapes.address)
        row_back = constant(lambda p, l, i: -(l.pool - 1) * l.stride * i.row_words, shapes.address)
        address_start = constant(lambda p, l, i: i.base - l.padding * i.row_words, shapes.address)
        slice_words = constant(lambda p, l, i: i.slice_words, shapes.address)
        analog = constant(lambda p, l, i: int(p.analog))
        weight_start = constant(lambda p, l, i: p.weight_base, shapes.weight)
        pass_rows = constant(lambda p, l, i: p.pass_rows, shapes.weight)

        active = Signal()
        top, left = Signal(shapes.row_number), Signal(shapes.element)
        address, slice_address = Signal(shapes.address), Signal(shapes.address)
        weight = Signal(shapes.weight)
        loops = LoopCounters(plan, self.layer)
        ends = loops.ends

        m.d.comb += [
            self.o.valid.eq(active),
            self.o.payload.top.eq(top),
            self.o.payload.left.eq(left),
            self.o.payload.address.eq(address + slice_address),
            self.o.payload.weight.eq(weight),
        ]
        with m.If(self.start):
            m.d.sync += [
                active.eq(1), top.eq(top_start), left.eq(left_start), address.eq(address_start),
                slice_address.eq(0), weight.eq(weight_start),
            ]
            loops.load(m)
        with m.Elif(self.o.valid & self.o.ready):
            loops.step(m)
            with m.If(ends["y"]):
                m.d.sync += active.eq(0)
            # The slice of the map: pixels have their own loop, spikes follow the timesteps.
            with m.If(~ends["plane"]):
                m.d.sync += slice_address.eq(slice_address + slice_words)
            with m.Elif(~ends["time"] & (analog == 0)):
                m.d.sync += slice_address.eq(slice_address + slice_words)
            with m.Else():
                m.d.sync += slice_address.eq(0)
            # The window: over the neurons of a pool, back for the next pass, then on.
            with m.If(ends["x"]):
                m.d.sync += left.eq(left_start)
            with m.Elif(ends["time"]):
                with m.If(loops.final["pool_x"] & ~ends["channels"]):
                    m.d.sync += left.eq(left - pixel_back)
                with m.Else():
                    m.d.sync += left.eq(left + pixel)
            with m.If(ends["pool_x"]):
                with m.If(loops.final["pool_y"] & ~ends["x"]):
                    m.d.sync += [top.eq(top - rows_back), address.eq(address + row_back)]
                with m.Else():
                    m.d.sync += [top.eq(top + stride), address.eq(address + row)]
            # The weights: a block of rows a pass.
            with m.If(ends["channels"]):
                m.d.sync += weight.eq(weight_start)
            with m.Elif(ends["pool_y"]):
                m.d.sync += weight.eq(weight + pass_rows)
        return m
