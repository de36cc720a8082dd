"""Events and the binner's settings, packed in words of 32 bits: the payload of EVENTS (standard library and numpy).

::

    event    bit 31 = 0        x 10..0   y 20..11   polarity 21   offset 30..22, ticks behind the last TIME
    pair     bits 31..30 = 3   x 6..0    y 13..7    polarity 14, and the same 15 bits higher: at the last TIME
    command  bits 31..30 = 2   value 23..0   `Command` 26..24

Times are ticks since START, modulo 2**24.
``docs/protocol.md`` describes them; the gateware takes them from here.
"""

import enum
from dataclasses import dataclass

import numpy as np

from ..spec.events import LENGTH_BITS, PAUSE_BITS, SHIFT_BITS, TIME_BITS, X_BITS, Y_BITS

#: Bits of an event's time, in ticks behind the last TIME.
OFFSET_BITS = 9
#: Bits of each coordinate of an event of a pair.
PAIR_BITS = 7


class Command(enum.IntEnum):
    """What a word that is no event says."""

    TIME = 0   #: it is so late: events count from here
    BIN = 1    #: ticks of a bin
    PAUSE = 2  #: bins between two windows
    AREA = 3   #: x 10..0, y 20..11, shift 23..21
    START = 4  #: forget the window, begin one: it is 0
    SLIDE = 5  #: bit 0: each window begins a bin behind the one before


def command(command_: Command, value: int) -> int:
    """A word that is no event; ``value`` is taken modulo 2**24."""
    return 1 << 31 | command_ << 24 | value % (1 << TIME_BITS)


def tick(time: int) -> int:
    """The word that says how late it is, which ends the bins and windows before; between events, `EventPacker.tick`."""
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
    slide
        Each window begins a bin behind the one before, and shares all bins but its last one with it.
    x, y, shift
        Element (0, 0) of the map covers ``2**shift`` by ``2**shift`` pixels of the sensor from (x, y) on.

    Raises
    ------
    ValueError
        If a number does not fit its bits, or there are pauses and the windows slide.
    """

    bin_ticks: int
    pause: int = 0
    slide: bool = False
    x: int = 0
    y: int = 0
    shift: int = 0

    def __post_init__(self):
        for name, bits in (("bin_ticks", LENGTH_BITS), ("pause", PAUSE_BITS), ("x", X_BITS), ("y", Y_BITS),
                           ("shift", SHIFT_BITS)):
            _check(name, getattr(self, name), bits)
        if self.slide and self.pause:
            raise ValueError(f"windows that slide have no pause between them, but pause = {self.pause}")

    def start(self) -> list[int]:
        """The words that set this, and begin the first window: time 0 is now."""
        area = self.x | self.y << X_BITS | self.shift << X_BITS + Y_BITS
        return [command(Command.BIN, self.bin_ticks), command(Command.PAUSE, self.pause),
                command(Command.AREA, area), command(Command.SLIDE, self.slide), command(Command.START, 0)]

    def packer(self, *, grid: int = 1) -> "EventPacker":
        """An `EventPacker` from `start` on, whose ``grid`` moves no event into another bin.

        Raises
        ------
        ValueError
            If a bin is not a multiple of ``grid`` ticks.
        """
        if grid < 1 or self.bin_ticks % grid:
            raise ValueError(f"a grid of {grid} ticks does not divide bins of {self.bin_ticks} ticks")
        return EventPacker(grid=grid)


class EventPacker:
    """Packs events: two a word where one follows another of the same time, and TIME where it is needed.

    One packer from one START to the next: what it packs must arrive in order and without gaps. A time may lie
    less than 2**23 ticks behind the one before: say `tick` in a long silence.

    Parameters
    ----------
    grid
        Times of events are rounded down to multiples of so many ticks, so that more of them are the same. It should
        divide a bin (`Windows.packer` sees to it), and no event changes its bin.
    """

    def __init__(self, *, grid: int = 1):
        if grid < 1:
            raise ValueError(f"grid = {grid} is not a number of ticks (1 or more)")
        self._grid = grid
        self._base = 0

    @property
    def grid(self) -> int:
        return self._grid

    def tick(self, time: int) -> np.ndarray:
        """The word that says how late it is, uint32 [1]: as `hwgen.link.events.tick`, and events go on behind it."""
        self._base = int(time)
        return np.array([tick(self._base)], np.uint32)

    def pack(self, x: np.ndarray, y: np.ndarray, polarity: np.ndarray, time: np.ndarray) -> np.ndarray:
        """The words, uint32 [N], of events in the order of arrival: integers [E] each, times not wrapped.

        Raises
        ------
        ValueError
            If an address does not fit its bits.
        """
        x, y, polarity, time = (np.asarray(values, np.int64) for values in (x, y, polarity, time))
        for name, values, bits in (("x", x, X_BITS), ("y", y, Y_BITS), ("polarity", polarity, 1)):
            if values.size:
                _check(name, values.min(), bits)
                _check(name, values.max(), bits)
        if not time.size:
            return np.empty(0, np.uint32)
        if self._grid > 1:
            time = time - time % self._grid

        # In a row of events that may stand beside each other, every other one is the second of a pair.
        index = np.arange(time.size)
        small = (x | y) < 1 << PAIR_BITS
        follows = np.concatenate([[False], small[1:] & small[:-1] & (time[1:] == time[:-1])])
        place = index - np.maximum.accumulate(np.where(follows, 0, index))
        second = place % 2 == 1
        first = np.append(second[1:], False)

        # A pair is at the TIME before it. Another event counts from there if it can, else from a multiple of 512.
        last = np.maximum.accumulate(np.where(first, index, -1))
        base = np.where(last < 0, self._base, time[last])
        base = np.where(time - base >> OFFSET_BITS == 0, base, time >> OFFSET_BITS << OFFSET_BITS)
        single = x | y << X_BITS | polarity << X_BITS + Y_BITS | time - base << 31 - OFFSET_BITS
        half = x | y << PAIR_BITS | polarity << 2 * PAIR_BITS
        pair = 3 << 30 | half | np.append(half[1:], 0) << 2 * PAIR_BITS + 1
        word = np.where(first, pair, single)[~second]
        base = base[~second]

        is_later = base != np.concatenate([[self._base], base[:-1]])
        at = np.arange(word.size) + np.cumsum(is_later)
        words = np.empty(word.size + np.count_nonzero(is_later), np.uint32)
        words[at] = word
        words[at[is_later] - 1] = 1 << 31 | Command.TIME << TIME_BITS | base[is_later] % (1 << TIME_BITS)
        self._base = int(base[-1])
        return words


def _check(name: str, value: int, bits: int) -> None:
    if not 0 <= value < 1 << bits:
        raise ValueError(f"{name} = {value} does not fit {bits} bits (0 to {(1 << bits) - 1})")
