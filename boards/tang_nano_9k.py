"""Sipeed Tang Nano 9K: Gowin GW1NR-9C, 27 MHz oscillator, BL702 for JTAG and UART.

Pins are those of ``amaranth_boards``.
"""

from . import gowin
from .board import Board


def _platform():
    from amaranth_boards.tang_nano_9k import TangNano9kPlatform

    return TangNano9kPlatform()


BOARD = Board(
    name="tang_nano_9k",
    title="Tang Nano 9K (Gowin GW1NR-9C, Sipeed)",
    family="gowin",
    device="GW1NR-LV9QN88PC6/I5",
    budget=gowin.GW1NR_9,
    oscillator_hz=27_000_000,
    pll=gowin.GW1NR_9_PLL,
    default_target_hz=27_000_000,
    uart_baud=1_000_000,
    leds={"alive": ("led", 0), "busy": ("led", 1), "error": ("led", 2)},
    make_platform=_platform,
    synthesis_arguments=("-family", "gw1n"),
    nextpnr_arguments=("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C"),
    pack_arguments=("-d", "GW1N-9C"),
    flash_arguments=("-b", "tangnano9k", "-f"),
)
