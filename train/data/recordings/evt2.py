"""EVT 2.0, Prophesee's words of 32 bits, little endian ("EVT 2.0 format", docs.prophesee.ai).

::

    event       type 0 or 1 (its polarity) 31..28   time 5..0 27..22   x 21..11   y 10..0
    time high   type 8 31..28                       time 33..6 27..0

Triggers (type 10), monitoring (14) and its continuation (15) are left out.
"""

from pathlib import Path

import numpy as np

from ...errors import DataError
from .events import REMEDY, Events, checked, unwrapped, whole_records
from .prophesee import Raw, write_raw

TIME_HIGH = 8
TYPES = (0, 1, TIME_HIGH, 10, 14, 15)
LOW_BITS, HIGH_BITS = 6, 28


def decode_evt2(path: Path, raw: Raw) -> Events:
    """The events of ``raw``. Those in front of the first time are left out: nobody knows when they were.

    Raises
    ------
    DataError
        If it ends in the middle of a word, a word is of no known type, or `checked` refuses its events.
    """
    whole_records(path, raw.body, raw.start, 4)
    word = np.frombuffer(raw.body, "<u4").astype(np.int64)
    kind = word >> 28
    known_types(path, raw, kind, TYPES, 4)
    is_high = kind == TIME_HIGH
    high = unwrapped(word[is_high] & (1 << HIGH_BITS) - 1, HIGH_BITS)
    number = np.cumsum(is_high) - 1                                     # of the time that holds for each word
    index = np.flatnonzero((kind <= 1) & (number >= 0))
    word, number = word[index], number[index]
    return checked(path, high[number] << LOW_BITS | word >> 22 & 63, word >> 11 & 2047, word & 2047, word >> 28,
                   raw.size, lambda n: raw.start + 4 * int(index[n]))


def write_evt2(path: Path, events: Events) -> None:
    """Write ``events`` as EVT 2.0, times modulo 2**34 us: a word each, and one in front of each new time high."""
    high = events.t >> LOW_BITS
    new = np.diff(high, prepend=-1) != 0
    word = events.p.astype(np.int64) << 28 | (events.t & 63) << 22 | events.x << 11 | events.y
    body = np.insert(word, np.flatnonzero(new), TIME_HIGH << 28 | high[new] % (1 << HIGH_BITS))
    write_raw(path, "EVT2", (events.width, events.height), body.astype("<u4").tobytes())


def known_types(path: Path, raw: Raw, kind: np.ndarray, types: tuple[int, ...], size: int) -> None:
    """Refuse a word, of ``size`` bytes, whose ``kind`` is not in ``types``."""
    unknown = np.flatnonzero(~np.isin(kind, types))
    if len(unknown):
        n = int(unknown[0])
        raise DataError(f"'{path}': the word at byte {raw.start + size * n} is of type {kind[n]}, "
                        f"which {raw.encoding} does not have", REMEDY)
