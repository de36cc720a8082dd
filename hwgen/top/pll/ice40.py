"""The PLL of the iCE40, from its own pad or from any pin."""

from amaranth.hdl import Const, Instance, Module
from amaranth.lib import io, wiring
from amaranth.lib.wiring import Out

from boards.pll.ice40 import Ice40Settings


class Ice40PllCell(wiring.Component):
    """``SB_PLL40_PAD`` or ``SB_PLL40_CORE`` with simple feedback.

    Parameters
    ----------
    pad
        The port of the oscillator's pin; for the former it must be the input pad of a PLL.
    settings
        `Ice40Settings`.

    Members
    -------
    clk : Out(1), locked : Out(1)
        The clock, and whether it is stable (asynchronous).
    """

    clk: Out(1)
    locked: Out(1)

    def __init__(self, *, pad, settings: Ice40Settings):
        self._pad = pad
        self._settings = settings
        super().__init__()

    @property
    def settings(self) -> Ice40Settings:
        return self._settings

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
