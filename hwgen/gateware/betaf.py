"""The decays of the running layer, where they come from a weights image."""

from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from ..plan.core_plan import CorePlan
from ..plan.image import Design
from .load import LoadBus, row_of, writes
from .shapes import CoreShapes


class BetafTable(wiring.Component):
    """Keeps ``betaf`` of every layer and timestep in a block RAM, and that of the running layer in registers.

    Latency: the value of timestep t is there t + 2 cycles behind ``start``, long before a layer's first
    neuron asks for it: that comes behind everything in front of the lanes, and timestep t another 3 t cycles
    later (`hwgen.gateware.dalif`).

    Parameters
    ----------
    plan
        The core's plan, with ``weight_store`` "spram".

    Members
    -------
    load : In(LoadBus)
        Words of the image.
    start : In(1), layer : In
        The layer ``layer`` begins.
    values : Out
        ``betaf`` of each timestep, UQ(2, 8); 0 at the first, where there is nothing to decay.
    """

    def __init__(self, *, plan: CorePlan):
        self._plan = plan
        super().__init__({
            "load": In(LoadBus(Design.of(plan))),
            "start": In(1),
            "layer": In(CoreShapes(plan).layer),
            "values": Out(data.ArrayLayout(unsigned(plan.betaf_width), plan.timesteps)),
        })

    @property
    def plan(self) -> CorePlan:
        return self._plan

    def elaborate(self, platform):
        m = Module()
        section = Design.of(self._plan)["betaf"]
        m.submodules.table = table = memory.Memory(
            shape=unsigned(self._plan.betaf_width), depth=max(section.rows, 2), init=[],
            attrs={"ram_style": "block", "no_rw_check": 1})  # it is read long after it has been loaded
        read, write = table.read_port(transparent_for=()), table.write_port()
        bits = (self._plan.timesteps - 1).bit_length()
        index, was = Signal(bits + 1, init=1 << bits), Signal(bits + 1)
        m.d.comb += [
            write.addr.eq(row_of(self.load, section)), write.data.eq(self.load.data),
            write.en.eq(writes(self.load, section, 0)),
            read.addr.eq(Cat(index[:bits], self.layer)),
        ]
        m.d.sync += was.eq(index)
        with m.If(self.start):
            m.d.sync += index.eq(0)
        with m.Elif(~index[-1]):
            m.d.sync += index.eq(index + 1)
        for t in range(1, self._plan.timesteps):
            value = Signal(self._plan.betaf_width, name=f"betaf_{t}", reset_less=True)
            m.d.comb += self.values[t].eq(value)
            with m.If(was == t):
                m.d.sync += value.eq(read.data)
        return m
