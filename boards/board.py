"""What the project knows of a board: name, device, budget, clocks, pins, how to flash it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from .pll.pll import Pll, Settings


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a device offers to a design.

    Parameters
    ----------
    lut
        Logic cells: a look-up table of four inputs, with its carry, and mostly a flip-flop.
    ff
        Flip-flops.
    bram
        Block RAMs.
    bram_shapes
        Rows and width that a block RAM with one port to read and one to write can have, widest first.
    spram
        Large single-port RAMs (16K x 16 on iCE40 UltraPlus), not initialised by the bitstream.
    dsp
        Multiplier blocks.
    multiplier
        Widths of the two factors of a multiplier block, signed.
    """

    lut: int
    ff: int
    bram: int
    bram_shapes: tuple[tuple[int, int], ...]
    spram: int
    dsp: int
    multiplier: tuple[int, int]

    @property
    def bram_bits(self) -> int:
        """Bits of one block RAM."""
        return max(rows * width for rows, width in self.bram_shapes)


@dataclass(frozen=True, kw_only=True)
class Board:
    """One board, as one file of this package describes it.

    Parameters
    ----------
    name
        The name that a person types, lower case.
    aliases
        Other names: the family, for the board that stands for it.
    title
        Name, device and maker for people.
    family
        Device family, ``ice40``, ``ecp5`` or ``gowin``: chooses the tools.
    device
        The maker's name of the device, with its package.
    budget
        `Budget`.
    oscillator_hz
        Frequency of the clock that the board provides.
    pll
        `boards.pll.Pll` that makes the clock of the design of it.
    default_target_hz
        Clock of the design unless the user asks for another.
    uart_baud
        Bit rate of the host link, in bits a second.
    leds
        Resource ``(name, number)`` of the LEDs ``alive``, ``busy`` and ``error``, those that there are.
    make_platform
        Returns a new Amaranth platform of the board; imports what it needs when it is called.
    synthesis_arguments, nextpnr_arguments, pack_arguments
        Arguments that choose the device, for Yosys' synthesis of the family, nextpnr and the packer.
    programmer, flash_arguments
        The program that writes the bitstream, and its arguments before the file.
    weights_offset
        Where in the configuration flash a weights image lies, in bytes; None where the design cannot read it.
    held_high
        Resources ``(name, number)`` of outputs that have to be high while the design runs.
    status
        ``builds``, or ``runs`` once a bitstream has answered on hardware.
    notes
        What a person must do to the board before it works, if anything.
    """

    name: str
    title: str
    family: str
    device: str
    budget: Budget
    oscillator_hz: int
    pll: Pll
    default_target_hz: int
    uart_baud: int
    leds: Mapping[str, tuple[str, int]]
    make_platform: Callable[[], object]
    nextpnr_arguments: tuple[str, ...]
    flash_arguments: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    synthesis_arguments: tuple[str, ...] = ()
    pack_arguments: tuple[str, ...] = ()
    programmer: str = "openFPGALoader"
    weights_offset: int | None = None
    held_high: tuple[tuple[str, int], ...] = ()
    status: str = "builds"
    notes: str = ""

    def __post_init__(self):
        object.__setattr__(self, "leds", MappingProxyType(dict(self.leds)))

    def platform(self):
        """A new Amaranth platform with the pins of the board."""
        return self.make_platform()

    def pll_settings(self, clock_hz: float) -> Settings:
        """How the PLL makes a clock of the design; raises `HwgenError` naming the nearest that there are."""
        return self.pll.find(self.oscillator_hz, round(clock_hz))

    def clocks(self) -> list[int]:
        """The clocks in Hz that the PLL can make, ascending."""
        return self.pll.frequencies(self.oscillator_hz)

    def flash_command(self, file: Path | str, offset: int = 0) -> list[str]:
        """The command that writes a file to the board: the bitstream, or what lies at ``offset`` of its flash.

        ``-o`` is the offset for openFPGALoader and icesprog alike.
        """
        place = ("-o", f"{offset:#x}") if offset else ()
        return [self.programmer, *self.flash_arguments, *place, str(file)]
