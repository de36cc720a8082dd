"""Colorlight i5 v7.0 on MuseLab's extension board: ECP5-25F, 25 MHz oscillator, CMSIS-DAP with a UART.

``amaranth_boards`` does not have it. Pins are those documented in
https://github.com/wuxx/Colorlight-FPGA-Projects and used by ``litex_boards`` (platforms/colorlight_i5.py).
The module has one LED.
"""

from . import ecp5
from .board import Board
from .pll import Ecp5Pll
from .resources import leds, uart


def _platform():
    from amaranth.build import Attrs, Clock, Pins, Resource
    from amaranth.vendor import LatticeECP5Platform

    class Platform(LatticeECP5Platform):
        device, package, speed = "LFE5U-25F", "BG381", "6"
        default_clk = "clk25"
        resources = [
            Resource("clk25", 0, Pins("P3", dir="i"), Clock(25e6), Attrs(IO_TYPE="LVCMOS33")),
            uart(rx="H18", tx="J17", IO_TYPE="LVCMOS33"),
            *leds("U16", IO_TYPE="LVCMOS33"),
        ]
        connectors = []

    return Platform()


BOARD = Board(
    name="colorlight_i5",
    title="Colorlight i5 on its extension board (Lattice ECP5, Colorlight and MuseLab)",
    family="ecp5",
    device="LFE5U-25F-6BG381C",
    budget=ecp5.LFE5U_25F,
    oscillator_hz=25_000_000,
    pll=Ecp5Pll(),
    default_target_hz=80_000_000,
    uart_baud=115_200,
    leds={"alive": ("led", 0)},
    make_platform=_platform,
    nextpnr_arguments=("--25k", "--package", "CABGA381", "--speed", "6"),
    flash_arguments=("-b", "colorlight-i5", "-f", "--verify"),
)
