"""Lattice iCE40-HX8K breakout board (iCE40HX8K-B-EVN): 12 MHz oscillator, FT2232H for flash and UART.

Pins are those of ``amaranth_boards``. The HX8K has no multipliers.
"""

from . import ice40
from .board import Board
from .pll import Ice40Pll
from .resources import with_plain_uart


def _platform():
    from amaranth_boards.ice40_hx8k_b_evn import ICE40HX8KBEVNPlatform

    class Platform(ICE40HX8KBEVNPlatform):
        resources = with_plain_uart(ICE40HX8KBEVNPlatform.resources, rx="B10", tx="B12",
                                    IO_STANDARD="SB_LVCMOS")

    return Platform()


BOARD = Board(
    name="hx8k",
    title="iCE40-HX8K breakout board (Lattice iCE40 HX8K)",
    family="ice40",
    device="iCE40HX8K-CT256",
    budget=ice40.HX8K,
    oscillator_hz=12_000_000,
    pll=Ice40Pll(pad=False),
    default_target_hz=48_000_000,
    uart_baud=3_000_000,
    leds={"alive": ("led", 0), "busy": ("led", 1), "error": ("led", 2)},
    make_platform=_platform,
    synthesis_arguments=("-device", "hx"),
    nextpnr_arguments=("--hx8k", "--package", "ct256"),
    flash_arguments=("-b", "ice40_generic", "--verify"),
)
