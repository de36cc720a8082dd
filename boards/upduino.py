"""tinyVision UPduino v3: iCE40 UltraPlus 5K, FT232H for the flash.

Pins are those of ``amaranth_boards``. The UART of its USB port shares the pins of the flash, so the host link
is on two pins of the header and needs a USB-serial adapter of 3.3 V. The design runs from the 12 MHz
oscillator, since the one inside the FPGA is too inexact for a UART (+-10 %, FPGA-DS-02008).
"""

from . import ice40
from .board import Board
from .pll import Ice40Pll
from .resources import leds, uart


def _platform():
    from amaranth_boards.upduino_v3 import UpduinoV3Platform

    class Platform(UpduinoV3Platform):
        default_clk = "clk12"

    platform = Platform()
    platform.add_resources([
        uart(rx="28", tx="38", IO_STANDARD="SB_LVCMOS"), *leds("39 40 41", IO_STANDARD="SB_LVCMOS"),
        ice40.up5k_flash()])
    return platform


BOARD = Board(
    name="upduino",
    title="UPduino v3 (Lattice iCE40 UP5K, tinyVision)",
    family="ice40",
    device="iCE40UP5K-SG48",
    budget=ice40.UP5K,
    oscillator_hz=12_000_000,
    pll=Ice40Pll(pad=False),
    default_target_hz=36_000_000,
    uart_baud=3_000_000,
    leds={"alive": ("led", 0), "busy": ("led", 1), "error": ("led", 2)},
    make_platform=_platform,
    synthesis_arguments=("-dsp", "-device", "u"),
    nextpnr_arguments=("--up5k", "--package", "sg48"),
    flash_arguments=("-b", "ice40_generic", "-c", "ft232", "--verify"),
    weights_offset=ice40.WEIGHTS_OFFSET,
    notes="close the solder jumper OSC; USB-serial adapter on pins 28 (its TX) and 38 (its RX)",
)
