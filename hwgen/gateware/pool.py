"""OR-pooling of the spikes as they leave the neurons."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..plan.core_plan import CorePlan
from .shapes import CoreShapes


class OrPool(wiring.Component):
    """Collects the spikes of the neurons under one pooled output.

    The neurons of a pool come one after another, all lanes (and slices of timesteps) of one before those
    of the next; so one ring of registers per lane and timestep is all the memory there is. Equals
    `sim.golden.model.or_pool`. Throughput: one neuron a cycle. Latency: none.

    Members
    -------
    valid, spikes : In
        Spikes of a neuron.
    first : In(1)
        It is the first neuron under its pooled output.
    o_spikes : Out
        OR of the spikes of this neuron and those before it under the same output.
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        mask = CoreShapes(plan).mask
        super().__init__({"valid": In(1), "spikes": In(mask), "first": In(1), "o_spikes": Out(mask)})

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        plan = self._plan
        if all(layer.layer.pool == 1 for layer in plan.layers):
            m.d.comb += self.o_spikes.eq(self.spikes)
            return m
        width = len(self.spikes)
        ring = Signal(width * plan.lanes * plan.time_slices)
        m.d.comb += self.o_spikes.eq(self.spikes | Mux(self.first, 0, ring[:width]))
        with m.If(self.valid):
            m.d.sync += ring.eq(Cat(ring[width:], self.o_spikes))
        return m
