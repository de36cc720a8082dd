"""MuseLab iCESugar: iCE40 UltraPlus 5K, 12 MHz from its debugger iCELink, which has the UART and the flash.

Pins are those of ``amaranth_boards``. openFPGALoader does not know iCELink; ``icesprog`` comes with the
board's examples (https://github.com/wuxx/icesugar).
"""

from . import ice40
from .board import Board
from .pll import Ice40Pll


def _platform():
    from amaranth_boards.icesugar import ICESugarPlatform

    platform = ICESugarPlatform()
    platform.add_resources([ice40.up5k_flash()])
    return platform


BOARD = Board(
    name="icesugar",
    title="iCESugar (Lattice iCE40 UP5K, MuseLab)",
    family="ice40",
    device="iCE40UP5K-SG48",
    budget=ice40.UP5K,
    oscillator_hz=12_000_000,
    pll=Ice40Pll(pad=True),
    default_target_hz=36_000_000,
    uart_baud=115_200,
    leds={"alive": ("led_g", 0), "busy": ("led_b", 0), "error": ("led_r", 0)},
    make_platform=_platform,
    synthesis_arguments=("-dsp", "-device", "u"),
    nextpnr_arguments=("--up5k", "--package", "sg48"),
    programmer="icesprog",
    flash_arguments=(),
    weights_offset=ice40.WEIGHTS_OFFSET,
)
