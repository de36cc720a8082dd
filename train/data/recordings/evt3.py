"""EVT 3.0, Prophesee's words of 16 bits, little endian ("EVT 3.0 format", docs.prophesee.ai).

The type is in bits 15..12. A word sets a part of what holds for the events behind it, or is one, or up to twelve::

    0  y 10..0                              6  time 11..0
    2  an event: polarity 11, x 10..0       8  time 23..12
    3  base: polarity 11, x 10..0           4  12 pixels from the base on, which moves on behind them:
                                               bit 0 first, a set bit is an event
                                            5  8 pixels, likewise

Triggers (type 10), continuations (7, 15) and others (14) are left out. A new time 23..12 sets 11..0 to 0.
"""

from pathlib import Path

import numpy as np

from .events import Events, checked, last_index, unwrapped, whole_records
from .evt2 import known_types
from .prophesee import Raw

Y, X, BASE, PIXELS_12, PIXELS_8, TIME_LOW, TIME_HIGH = 0, 2, 3, 4, 5, 6, 8
TYPES = (Y, X, BASE, PIXELS_12, PIXELS_8, TIME_LOW, 7, TIME_HIGH, 10, 14, 15)
HALF_BITS = 12


def decode_evt3(path: Path, raw: Raw) -> Events:
    """The events of ``raw``. Those in front of the first time high or the first row are left out: nobody knows when or
    where they were.

    Raises
    ------
    DataError
        If it ends in the middle of a word, a word is of no known type, or `checked` refuses its events.
    """
    whole_records(path, raw.body, raw.start, 2)
    word = np.frombuffer(raw.body, "<u2").astype(np.int64)
    kind, value = word >> 12, word & 0xFFF
    known_types(path, raw, kind, TYPES, 2)

    times = np.flatnonzero(kind == TIME_HIGH)
    high = unwrapped(value[times], HALF_BITS)
    number = np.cumsum(kind == TIME_HIGH) - 1                           # of the time high that holds for each word
    # the last word that set the low half: a time low, or a time high other than the one before
    changed = np.zeros(len(word), bool)
    changed[times[np.diff(high, prepend=-1) != 0]] = True
    low = np.where(kind == TIME_LOW, value, 0)[last_index((kind == TIME_LOW) | changed)]
    row, base = last_index(kind == Y), last_index(kind == BASE)
    width = np.select([kind == PIXELS_12, kind == PIXELS_8], [12, 8])
    moved = np.cumsum(width) - width                                    # pixels that vectors in front have covered

    is_vector = (width > 0) & (base >= 0)
    mask = np.select([kind == X, is_vector], [1, value & (1 << width) - 1])
    index = np.flatnonzero((mask > 0) & (number >= 0) & (row >= 0))
    nth, bit = np.nonzero(mask[index, None] >> np.arange(12) & 1)
    index = index[nth]
    single = kind[index] == X
    source = np.where(single, index, base[index])                       # the word that has polarity and x
    x = (value[source] & 2047) + np.where(single, 0, moved[index] - moved[source] + bit)
    return checked(path, high[number[index]] << HALF_BITS | low[index], x, value[row[index]] & 2047,
                   value[source] >> 11, raw.size, lambda n: raw.start + 2 * int(index[n]))
