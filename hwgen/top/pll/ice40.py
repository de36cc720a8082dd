"""The PLL of the iCE40, from its own pad or from any pin."""

from amaranth.hdl import Const, Instance, Module
from amaranth.lib import io

from .cell import PllCell


class Ice40PllCell(PllCell):
    """``SB_PLL40_PAD`` (then the pad must be the input of a PLL) or ``SB_PLL40_CORE`` with simple feedback;
    ``settings`` is an `Ice40Settings`."""

    def elaborate(self, platform):
        m = Module()
        settings = self._settings
        if settings.pad:
            kind, source = "SB_PLL40_PAD", {"io_PACKAGEPIN": self._pad.io}
        else:
            m.submodules.pin = pin = io.Buffer("i", self._pad)
            kind, source = "SB_PLL40_CORE", {"i_REFERENCECLK": pin.i}
        m.submodules.pll = Instance(
            kind,
            p_FEEDBACK_PATH="SIMPLE",
            p_DIVR=Const(settings.divr, 4),
            p_DIVF=Const(settings.divf, 7),
            p_DIVQ=Const(settings.divq, 3),
            p_FILTER_RANGE=Const(settings.filter_range, 3),
            **source,
            i_RESETB=Const(1),
            i_BYPASS=Const(0),
            o_PLLOUTGLOBAL=self.clk,
            o_LOCK=self.locked,
        )
        return m
