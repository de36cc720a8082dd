"""Events and the binner's settings, packed in words of 32 bits: the payload of EVENTS (standard library only).

::

    event    bit 31 = 0   x 10..0   y 20..11   polarity 21   offset 30..22, ticks behind the last TIME
    command  bit 31 = 1   value 23..0   `Command` 26..24

Times are ticks since START, modulo 2**24.
``docs/protocol.md`` describes them; the gateware takes them from here.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from ..spec.events import LENGTH_BITS, PAUSE_BITS, SHIFT_BITS, TIME_BITS, X_BITS, Y_BITS

#: Bits of an event's time, in ticks behind the last TIME.
OFFSET_BITS = 9


class Command(enum.IntEnum):
    """What a word that is no event says."""

    TIME = 0   #: it is so late: events count from here
    BIN = 1    #: ticks of a bin
    PAUSE = 2  #: bins between two windows
    AREA = 3   #: x 10..0, y 20..11, shift 23..21
    START = 4  #: forget the window, begin one: it is 0


def command(command_: Command, value: int) -> int:
    """A word that is no event; ``value`` is taken modulo 2**24."""
    return 1 << 31 | command_ << 24 | value % (1 << TIME_BITS)


def tick(time: int) -> int:
    """The word that says how late it is, which ends the bins and windows before."""
    return command(Command.TIME, time)


@dataclass(frozen=True, kw_only=True)
class Windows:
    """How the board sorts events into windows of T bins (`sim.golden.bin_events` has the rule).

    Parameters
    ----------
    bin_ticks
        Length of a bin in ticks of the events' times; 0 stops the binner.
    pause
        Bins between the last bin of a window and the first of the next.
    x, y, shift
        Element (0, 0) of the map covers ``2**shift`` by ``2**shift`` pixels of the sensor from (x, y) on.

    Raises
    ------
    ValueError
        If a number does not fit its bits.
    """

    bin_ticks: int
    pause: int = 0
    x: int = 0
    y: int = 0
    shift: int = 0

    def __post_init__(self):
        for name, bits in (("bin_ticks", LENGTH_BITS), ("pause", PAUSE_BITS), ("x", X_BITS), ("y", Y_BITS),
                           ("shift", SHIFT_BITS)):
            _check(name, getattr(self, name), bits)

    def start(self) -> list[int]:
        """The words that set this, and begin the first window: time 0 is now."""
        area = self.x | self.y << X_BITS | self.shift << X_BITS + Y_BITS
        return [command(Command.BIN, self.bin_ticks), command(Command.PAUSE, self.pause),
                command(Command.AREA, area), command(Command.START, 0)]


class EventPacker:
    """Packs events, a word each, and a TIME in front of those that are not within 511 ticks behind the last.

    One packer from one START to the next: what it packs must arrive in order and without gaps. A time may lie
    less than 2**23 ticks behind the one before: say TIME in a long silence.
    """

    def __init__(self):
        self._base = 0

    def pack(self, events: Iterable[tuple[int, int, int, int]]) -> list[int]:
        """The words of ``x, y, polarity, time`` each.

        Raises
        ------
        ValueError
            If an address does not fit its bits.
        """
        words = []
        for x, y, polarity, time in events:
            _check("x", x, X_BITS)
            _check("y", y, Y_BITS)
            _check("polarity", polarity, 1)
            if not 0 <= time - self._base < 1 << OFFSET_BITS:
                self._base = time
                words.append(tick(time))
            words.append(x | y << X_BITS | polarity << X_BITS + Y_BITS | time - self._base << 31 - OFFSET_BITS)
        return words


def _check(name: str, value: int, bits: int) -> None:
    if not 0 <= value < 1 << bits:
        raise ValueError(f"{name} = {value} does not fit {bits} bits (0 to {(1 << bits) - 1})")
