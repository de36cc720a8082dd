"""The PLL of Gowin's GW1N and GW2A."""

from amaranth.hdl import Const, Instance, Module
from amaranth.lib import io

from .cell import PllCell


class GowinPllCell(PllCell):
    """``rPLL`` with internal feedback; ``settings`` is a `GowinSettings`."""

    def elaborate(self, platform):
        m = Module()
        settings = self._settings
        m.submodules.pin = pin = io.Buffer("i", self._pad)
        m.submodules.pll = Instance(
            "rPLL",
            p_DEVICE=settings.device,
            p_FCLKIN=f"{settings.oscillator_hz / 1e6:g}",
            p_CLKFB_SEL="internal",
            p_IDIV_SEL=settings.reference_div - 1,
            p_FBDIV_SEL=settings.feedback_div - 1,
            p_ODIV_SEL=settings.output_div,
            i_CLKIN=pin.i,
            i_CLKFB=Const(0),
            i_RESET=Const(0),
            i_RESET_P=Const(0),
            i_FBDSEL=Const(0, 6),
            i_IDSEL=Const(0, 6),
            i_ODSEL=Const(0, 6),
            i_PSDA=Const(0, 4),
            i_DUTYDA=Const(0, 4),
            i_FDLY=Const(0, 4),
            o_CLKOUT=self.clk,
            o_LOCK=self.locked,
        )
        return m
