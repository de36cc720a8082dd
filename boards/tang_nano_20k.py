"""Sipeed Tang Nano 20K: Gowin GW2AR-18, 27 MHz oscillator, BL616 for JTAG and UART.

``amaranth_boards`` does not have it. Pins are those of Sipeed's schematic, as ``litex_boards`` has them
(platforms/sipeed_tang_nano_20k.py).
"""

from . import gowin
from .board import Board
from .resources import leds, uart


def _platform():
    from amaranth.build import Attrs, Clock, Pins, Resource
    from amaranth.vendor import GowinPlatform

    class Platform(GowinPlatform):
        part, family = "GW2AR-LV18QN88C8/I7", "GW2AR-18C"
        default_clk = "clk27"
        resources = [
            Resource("clk27", 0, Pins("4", dir="i"), Clock(27e6), Attrs(IO_TYPE="LVCMOS33")),
            uart(rx="70", tx="69", IO_TYPE="LVCMOS33", PULL_MODE="UP"),
            *leds("15 16 17 18 19 20", IO_TYPE="LVCMOS33"),
        ]
        connectors = []

    return Platform()


BOARD = Board(
    name="tang_nano_20k",
    title="Tang Nano 20K (Gowin GW2AR-18, Sipeed)",
    family="gowin",
    device="GW2AR-LV18QN88C8/I7",
    budget=gowin.GW2AR_18,
    oscillator_hz=27_000_000,
    pll=gowin.GW2AR_18_PLL,
    default_target_hz=48_000_000,
    uart_baud=1_000_000,
    leds={"alive": ("led", 0), "busy": ("led", 1), "error": ("led", 2)},
    make_platform=_platform,
    synthesis_arguments=("-family", "gw2a"),
    nextpnr_arguments=("--device", "GW2AR-LV18QN88C8/I7", "--vopt", "family=GW2A-18C"),
    pack_arguments=("-d", "GW2A-18C"),
    flash_arguments=("-b", "tangnano20k", "-f"),
)
