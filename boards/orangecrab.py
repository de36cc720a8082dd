"""OrangeCrab r0.2 with an ECP5-25F: 48 MHz oscillator, flashed through its own USB boot loader (DFU).

Pins are those of ``amaranth_boards``. Its USB port is wired to the FPGA itself, so the host link is on pins 0
and 1 of the header and needs a USB-serial adapter of 3.3 V.
"""

from . import ecp5
from .board import Board
from .pll import Ecp5Pll
from .resources import leds, uart


def _platform():
    from amaranth_boards.orangecrab_r0_2 import OrangeCrabR0_2_25FPlatform

    platform = OrangeCrabR0_2_25FPlatform()
    platform.add_resources([uart(rx="N17", tx="M18", IO_TYPE="LVCMOS33"),
                            *leds("M3 J3 K4", IO_TYPE="LVCMOS33")])
    return platform


BOARD = Board(
    name="orangecrab",
    title="OrangeCrab r0.2 25F (Lattice ECP5, Good Stuff Department)",
    family="ecp5",
    device="LFE5U-25F-8MG285C",
    budget=ecp5.LFE5U_25F,
    oscillator_hz=48_000_000,
    pll=Ecp5Pll(),
    default_target_hz=80_000_000,
    uart_baud=3_000_000,
    leds={"alive": ("led", 0), "busy": ("led", 1), "error": ("led", 2)},
    make_platform=_platform,
    nextpnr_arguments=("--25k", "--package", "CSFBGA285", "--speed", "8"),
    pack_arguments=("--freq", "38.8"),
    flash_arguments=("-b", "orangeCrab"),
    notes="to flash hold its button while plugging in; USB-serial adapter on pins 0 (its TX) and 1 (its RX)",
)
