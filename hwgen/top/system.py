"""The host link and the core together: everything of a board design but clock, reset and pins."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..gateware.load import LoadBus
from .link import Link
from .parameters import LinkParameters


class System(wiring.Component):
    """A core behind a UART.

    Equals the golden model behind `hwgen.link.protocol`: INFER is answered by the scores of
    `sim.golden.forward`.

    Parameters
    ----------
    parameters
        `LinkParameters`.
    core
        The core, or anything with its ports (see `hwgen.gateware.core.Core`).

    Members
    -------
    rx : In(1), tx : Out(1)
        The lines from and to the host.
    busy : Out(1)
        A request is being served or the core computes.
    error : Out(1)
        What came last on the line was wrong, or the weights cannot be had.
    load : In(LoadBus), ready : In(1), bad : In(1)
        With ``design``: from the `BootLoader`.
    """

    def __init__(self, parameters: LinkParameters, core: wiring.Component):
        self._parameters = parameters
        self._core = core
        super().__init__({
            "rx": In(1, init=1), "tx": Out(1, init=1), "busy": Out(1), "error": Out(1),
            **({"load": In(LoadBus(parameters.design)), "ready": In(1), "bad": In(1)} if parameters.design else {}),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.link = link = Link(self._parameters)
        m.submodules.core = core = self._core
        wiring.connect(m, link.elements, core.i)
        wiring.connect(m, core.o, link.scores)
        m.d.comb += [
            link.rx.eq(self.rx),
            self.tx.eq(link.tx),
            core.restart.eq(link.restart),
            link.winner.eq(core.winner),
            link.cycles.eq(core.cycles),
            self.busy.eq(core.busy | link.serving),
            self.error.eq(link.error),
        ]
        if self._parameters.hello.map_words:
            m.d.comb += [
                core.stop_layer.eq(link.stop_layer), core.probe_address.eq(link.probe_address),
                link.probe_data.eq(core.probe_data),
            ]
        if self._parameters.design:
            wiring.connect(m, wiring.flipped(self.load), link.load)
            wiring.connect(m, wiring.flipped(self.load), core.load)
            m.d.comb += [
                link.ready.eq(self.ready), link.bad.eq(self.bad), self.error.eq(link.error | self.bad),
            ]
        return m
