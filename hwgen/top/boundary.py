"""A component that stays a module of its own, with the ports of its signature.

Amaranth moves constants and aliases across modules while it emits a design, so a submodule loses ports
and gets signal names of its parent. `Boundary` emits its component as a design of its own and instantiates
that: the module can then be the top level of a bench, and is the very text that is synthesised.
"""

from amaranth import ClockSignal, Instance, Module, ResetSignal
from amaranth.back import rtlil
from amaranth.lib import wiring
from amaranth.lib.wiring import In


class Boundary(wiring.Component):
    """Stands for ``component`` in a design, with the same signature and behaviour; adds no latency.

    Parameters
    ----------
    component
        A `wiring.Component` whose only clock domain is ``sync``.
    name
        Name of the module; unique in the design.
    """

    def __init__(self, component: wiring.Component, name: str):
        super().__init__(component.signature)
        self._component = component
        self._name = name

    def elaborate(self, platform):
        if platform is None:  # a simulation by Amaranth: there is nothing to emit
            m = Module()
            m.submodules[self._name] = self._component
            wiring.connect(m, wiring.flipped(self), self._component)
            return m
        platform.add_file(f"{self._name}.il", rtlil.convert(
            self._component, name=self._name, platform=platform, emit_src=False))
        ports = [("i", "clk", ClockSignal()), ("i", "rst", ResetSignal())]
        for path, member, value in self.signature.flatten(self):
            ports.append(("i" if member.flow is In else "o", "__".join(map(str, path)), value))
        return Instance(self._name, *ports)
