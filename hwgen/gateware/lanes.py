"""The accumulators: L lanes x Tp timesteps, and the shadow registers that they are read from."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..plan.core_plan import CorePlan
from .shapes import CoreShapes


class Lanes(wiring.Component):
    """Adds the weights of each tap to the accumulators of the timesteps in its mask.

    Equals `sim.golden.model.weighted_sum` for one window, or one bit-plane of it a timestep. The
    accumulators are wide enough for every weight of a channel to count once, so they cannot overflow
    and the order of the taps does not matter. When a sweep ends, its sums move to shadow registers and
    leave from there lane by lane while the next sweep accumulates. Throughput: one tap a cycle; ends of
    sweeps at least L cycles apart (`WeightMemory` sees to that). Latency from the last tap to the sums of
    lane 0: 3 cycles.

    Members
    -------
    i : In(stream, always ready)
        Weights of a tap (`CoreShapes.row`).
    o : Out(stream, always ready)
        The sums of one lane (`CoreShapes.sums`), lane 0 first, L cycles in a row.
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        self._shapes = CoreShapes(plan)
        super().__init__({
            "i": In(stream.Signature(self._shapes.row, always_ready=True)),
            "o": Out(stream.Signature(self._shapes.sums, always_ready=True)),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        plan, shapes = self._plan, self._shapes

        # One stage with the controls as registers of their own, since each drives many accumulators:
        # a tap enables its timesteps, the first tap of a sweep loads or clears.
        first = Signal(init=1)
        with m.If(self.i.valid):
            m.d.sync += first.eq(self.i.payload.last)
        load = Signal()
        enable, clear = Signal(plan.time_parallel), Signal(plan.time_parallel)
        weights = Signal(shapes.row.members["weights"], reset_less=True)
        ended = Signal()
        for t in range(plan.time_parallel):
            bit = self.i.payload.mask[t]
            m.d.sync += [enable[t].eq(self.i.valid & bit), clear[t].eq(self.i.valid & first & ~bit)]
        m.d.sync += [
            load.eq(first), weights.eq(self.i.payload.weights), ended.eq(self.i.valid & self.i.payload.last),
        ]

        accumulators = [[Signal(shapes.accumulator, name=f"accumulator_{lane}_{t}",
                                reset_less=True)
                         for t in range(plan.time_parallel)] for lane in range(plan.lanes)]
        for lane in range(plan.lanes):
            for t, accumulator in enumerate(accumulators[lane]):
                with m.If(clear[t]):
                    m.d.sync += accumulator.eq(0)
                with m.Elif(enable[t]):
                    m.d.sync += accumulator.eq(Mux(load, weights[lane], accumulator + weights[lane]))

        transfer = Signal()
        m.d.sync += transfer.eq(ended)
        shadow = [[Signal(shapes.accumulator, name=f"shadow_{lane}_{t}", reset_less=True)
                   for t in range(plan.time_parallel)] for lane in range(plan.lanes)]
        for lane in range(plan.lanes):
            for t in range(plan.time_parallel):
                following = shadow[lane + 1][t] if lane + 1 < plan.lanes else shadow[lane][t]
                m.d.sync += shadow[lane][t].eq(Mux(transfer, accumulators[lane][t], following))
        lane_number = Signal(shapes.lane)
        with m.If(transfer):
            m.d.sync += [self.o.valid.eq(1), lane_number.eq(0)]
        with m.Elif(lane_number == plan.lanes - 1):
            m.d.sync += self.o.valid.eq(0)
        with m.Else():
            m.d.sync += lane_number.eq(lane_number + 1)
        m.d.comb += self.o.payload.lane.eq(lane_number)
        m.d.comb += [self.o.payload.values[t].eq(shadow[0][t]) for t in range(plan.time_parallel)]
        return m
