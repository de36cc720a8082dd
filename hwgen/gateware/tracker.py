"""Knows what the sums that leave the lanes belong to."""

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from ..plan.core_plan import CorePlan
from .sequencer import LoopCounters
from .shapes import CoreShapes, per_layer


class TrackerShapes:
    """Layout ``tags``: what the neurons and the stages behind them need to know of a lane's sums.

    ``plane_first``, ``plane_last``: first and last slice of a pixel (both set for spikes);
    ``time_slice``: number of the slice of timesteps; ``pool_first``, ``pool_last``: first and last neuron
    under a pooled output; ``exists``: the lane has a channel; ``row_last``: last element of a row of the
    output map; ``layer_last``: last of the layer.
    """

    def __init__(self, plan: CorePlan):
        self.time_slice = unsigned(bits_for(max(plan.time_slices - 1, 1)))
        rows = sum(layer.passes for layer in plan.layers) * plan.parameter_slices
        self.parameter_row = unsigned(bits_for(max(rows - 1, 1)))
        self.tags = data.StructLayout({
            "plane_first": 1, "plane_last": 1, "time_slice": self.time_slice, "pool_first": 1,
            "pool_last": 1, "exists": 1, "row_last": 1, "layer_last": 1})


class Tracker(wiring.Component):
    """Follows the loops of the layer as sweeps leave the lanes, in the order of the `Sequencer`.

    Latency: none; the tags belong to the sums of the same cycle.

    Members
    -------
    start : In(1)
        Begin the layer ``layer``.
    layer : In
        Number of the running layer.
    valid, lane : In
        The sums that leave the lanes.
    tags : Out
        `TrackerShapes.tags`.
    parameter_row : Out
        Which group of rows of the parameter memory belongs to the lanes.
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        shapes, own = CoreShapes(plan), TrackerShapes(plan)
        super().__init__({
            "start": In(1),
            "layer": In(shapes.layer),
            "valid": In(1),
            "lane": In(shapes.lane),
            "tags": Out(own.tags),
            "parameter_row": Out(own.parameter_row),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        plan = self._plan
        loops = LoopCounters(plan, self.layer)
        last_lane = Signal()
        m.d.comb += last_lane.eq(self.lane == plan.lanes - 1)

        base = per_layer(self.layer, [p.parameter_base for p in plan.layers])
        lanes_in_last_pass = per_layer(self.layer, [p.last_pass_lanes - 1 for p in plan.layers])
        row = self.parameter_row
        pass_row = Signal.like(row)
        time_slice = Signal(TrackerShapes(plan).time_slice)
        with m.If(self.start):
            loops.load(m)
            m.d.sync += [row.eq(base), pass_row.eq(base), time_slice.eq(0)]
        with m.Elif(self.valid & last_lane):
            loops.step(m)
            with m.If(loops.ends["channels"]):
                m.d.sync += [row.eq(base), pass_row.eq(base)]
            with m.Elif(loops.ends["pool_y"]):
                m.d.sync += [row.eq(row + 1), pass_row.eq(row + 1)]
            if plan.parameter_slices > 1:
                with m.Elif(loops.ends["time"]):
                    m.d.sync += row.eq(pass_row)
                with m.Elif(loops.ends["plane"]):
                    m.d.sync += row.eq(row + 1)
            with m.If(loops.ends["time"]):
                m.d.sync += time_slice.eq(0)
            with m.Elif(loops.ends["plane"]):
                m.d.sync += time_slice.eq(time_slice + 1)

        final_pass = loops.final["channels"]
        end_of_pass = Signal()
        exists = Signal()
        m.d.comb += [
            exists.eq(~final_pass | (self.lane <= lanes_in_last_pass)),
            end_of_pass.eq(final_pass & (self.lane == lanes_in_last_pass)),
            self.tags.plane_first.eq(loops.first["plane"]),
            self.tags.plane_last.eq(loops.final["plane"]),
            self.tags.time_slice.eq(time_slice),
            self.tags.pool_first.eq(loops.first["pool_x"] & loops.first["pool_y"]),
            self.tags.pool_last.eq(loops.final["pool_x"] & loops.final["pool_y"]),
            self.tags.exists.eq(exists),
            self.tags.row_last.eq(end_of_pass & loops.final["x"]),
            self.tags.layer_last.eq(last_lane & loops.ends["y"]),
        ]
        return m
