"""The 40-bit events of N-MNIST and N-Caltech101 (Orchard et al., 2015), ``.bin``.

An event is 5 bytes, big endian: x, y, then polarity in bit 23 and the time in microseconds in bits 22..0. There is no
header. An event of y = 240 is none: all times behind it are 2**13 us later.
"""

from pathlib import Path

import numpy as np

from .events import Events, checked, unwrapped, whole_records

OVERFLOW_ROW, OVERFLOW_BITS = 240, 13
#: Bits of a time.
TIME_BITS = 23


def read_atis(path: Path, size: tuple[int, int] | None = None) -> Events:
    """The events of ``path``; ``size`` is width and height of the sensor, which the file does not say.

    Raises
    ------
    DataError
        If it ends in the middle of an event, or `checked` refuses its events.
    """
    content = path.read_bytes()
    whole_records(path, content, 0, 5)
    x, y, *time = np.frombuffer(content, np.uint8).reshape(-1, 5).T.astype(np.int64)
    stamp = (time[0] & 127) << 16 | time[1] << 8 | time[2]
    overflow = y == OVERFLOW_ROW
    t = unwrapped(stamp, TIME_BITS) + (np.cumsum(overflow) << OVERFLOW_BITS)
    index = np.flatnonzero(~overflow)
    return checked(path, t[index], x[index], y[index], time[0][index] >> 7, size, lambda n: 5 * int(index[n]))
