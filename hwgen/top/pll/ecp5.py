"""The PLL of the ECP5."""

from amaranth.hdl import Const, Instance, Module
from amaranth.lib import io

from .cell import PllCell


class Ecp5PllCell(PllCell):
    """``EHXPLLL`` with its first output fed back; ``settings`` is an `Ecp5Settings`.

    The analog settings (charge pump, filter) are those of Project Trellis' ``ecppll``.
    """

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
