"""1BitSquared iCEBreaker: iCE40 UltraPlus 5K, 12 MHz oscillator, FT2232H for flash and UART.

Pins are those of ``amaranth_boards``; the busy LED sits on the break-off section (PMOD 2).
"""

from . import ice40
from .board import Board
from .pll import Ice40Pll


def _platform():
    from amaranth_boards.icebreaker import ICEBreakerPlatform

    platform = ICEBreakerPlatform()
    platform.add_resources([*platform.break_off_pmod, ice40.up5k_flash()])
    return platform


BOARD = Board(
    name="icebreaker",
    aliases=("ice40",),
    title="iCEBreaker (Lattice iCE40 UP5K, 1BitSquared)",
    family="ice40",
    device="iCE40UP5K-SG48",
    budget=ice40.UP5K,
    oscillator_hz=12_000_000,
    pll=Ice40Pll(pad=True),
    default_target_hz=36_000_000,
    uart_baud=3_000_000,
    leds={"alive": ("led_g", 0), "busy": ("led_g", 1), "error": ("led_r", 0)},
    make_platform=_platform,
    synthesis_arguments=("-dsp", "-device", "u"),
    nextpnr_arguments=("--up5k", "--package", "sg48"),
    flash_arguments=("-b", "ice40_generic", "--verify"),
    weights_offset=ice40.WEIGHTS_OFFSET,
)
