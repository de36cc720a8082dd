"""Radiona ULX3S with an ECP5-85F: 25 MHz oscillator, FT231X for JTAG and UART.

Pins are those of ``amaranth_boards``. The ESP32 of the board starts to use pins of the FPGA unless its GPIO0
is held high.
"""

from . import ecp5
from .board import Board
from .pll import Ecp5Pll
from .resources import with_plain_uart


def platform(variant: str):
    """A new platform of the ULX3S with the FPGA of that size, ``"25F"`` or ``"85F"``."""
    from amaranth.build import Attrs, Pins, Resource
    from amaranth_boards import ulx3s

    base = getattr(ulx3s, f"ULX3S_{variant}_Platform")

    class Platform(base):
        resources = [*with_plain_uart(base.resources, rx="M1", tx="L4", IO_TYPE="LVCMOS33"),
                     Resource("esp32_gpio0", 0, Pins("L2", dir="o"), Attrs(IO_TYPE="LVCMOS33", DRIVE="4"))]

    return Platform()


BOARD = Board(
    name="ulx3s_85f",
    aliases=("ecp5", "ulx3s"),
    title="ULX3S 85F (Lattice ECP5, Radiona)",
    family="ecp5",
    device="LFE5U-85F-6BG381C",
    budget=ecp5.LFE5U_85F,
    oscillator_hz=25_000_000,
    pll=Ecp5Pll(),
    default_target_hz=80_000_000,
    uart_baud=3_000_000,
    leds={"alive": ("led", 0), "busy": ("led", 1), "error": ("led", 2)},
    make_platform=lambda: platform("85F"),
    nextpnr_arguments=("--85k", "--package", "CABGA381", "--speed", "6"),
    flash_arguments=("-b", "ulx3s", "-f", "--verify"),
    held_high=(("esp32_gpio0", 0),),
)
