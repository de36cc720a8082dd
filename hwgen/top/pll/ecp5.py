"""The PLL of the ECP5."""

from amaranth.hdl import Const, Instance, Module
from amaranth.lib import io, wiring
from amaranth.lib.wiring import Out

from boards.pll.ecp5 import Ecp5Settings


class Ecp5PllCell(wiring.Component):
    """``EHXPLLL`` with its first output fed back.

    The analog settings (charge pump, filter) are those of Project Trellis' ``ecppll``.

    Parameters
    ----------
    pad
        The port of the oscillator's pin.
    settings
        `Ecp5Settings`.

    Members
    -------
    clk : Out(1), locked : Out(1)
        The clock, and whether it is stable (asynchronous).
    """

    clk: Out(1)
    locked: Out(1)

    def __init__(self, *, pad, settings: Ecp5Settings):
        self._pad = pad
        self._settings = settings
        super().__init__()

    @property
    def settings(self) -> Ecp5Settings:
        return self._settings

    def elaborate(self, platform):
        m = Module()
        settings = self._settings
        m.submodules.pin = pin = io.Buffer("i", self._pad)
        m.submodules.pll = Instance(
            "EHXPLLL",
            a_ICP_CURRENT="12",
            a_LPF_RESISTOR="8",
            a_MFG_ENABLE_FILTEROPAMP="1",
            a_MFG_GMCREF_SEL="2",
            p_FEEDBK_PATH="CLKOP",
            p_CLKI_DIV=settings.reference_div,
            p_CLKFB_DIV=settings.feedback_div,
            p_CLKOP_ENABLE="ENABLED",
            p_CLKOP_DIV=settings.output_div,
            p_CLKOP_CPHASE=settings.output_div // 2,
            i_CLKI=pin.i,
            i_CLKFB=self.clk,
            i_RST=Const(0),
            i_STDBY=Const(0),
            i_PHASESEL0=Const(0),
            i_PHASESEL1=Const(0),
            i_PHASEDIR=Const(1),
            i_PHASESTEP=Const(1),
            i_PHASELOADREG=Const(1),
            i_PLLWAKESYNC=Const(0),
            i_ENCLKOP=Const(0),
            o_CLKOP=self.clk,
            o_LOCK=self.locked,
        )
        return m
