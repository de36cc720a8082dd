"""AEDAT 3.1, the format of DVS128 Gesture (inivation, "AEDAT file formats"; Amir et al., 2017).

Lines that begin with ``#``, to ``#!END-HEADER``, then packets, little endian: a header of 28 bytes, then events. A
polarity event is 8 bytes: a word of y (16..2 below x at 31..17), polarity (1) and validity (0), and a time in
microseconds; the packet's header holds the bits of the time above 31. Packets of other kinds, and events marked as not
valid, are left out.
"""

import re
from pathlib import Path

import numpy as np

from ...errors import DataError
from .events import REMEDY, Events, checked

HEADER = np.dtype([("type", "<i2"), ("source", "<i2"), ("size", "<i4"), ("time_at", "<i4"), ("overflow", "<i4"),
                   ("capacity", "<i4"), ("count", "<i4"), ("valid", "<i4")])
POLARITY = 1
#: Width and height of the sensors that a header may name.
SENSORS = {"DVS128": (128, 128), "DAVIS240": (240, 180), "DAVIS346": (346, 260), "DAVIS640": (640, 480)}


def read_aedat3(path: Path) -> Events:
    """The polarity events of ``path``.

    Raises
    ------
    DataError
        If it ends in the middle of a packet, a packet's header makes no sense, or `checked` refuses the events.
    """
    content = path.read_bytes()
    start = 0
    while content[start:start + 1] == b"#":
        line_end = content.find(b"\n", start) + 1 or len(content)
        ended = content[start:line_end].startswith(b"#!END-HEADER")
        start = line_end
        if ended:
            break
    named = re.search(rb"^#\s*Source\s+\d+:\s*(DVS128|DAVIS\d{3})", content[:start], re.MULTILINE)
    words, times, places = [], [], []
    at = start
    while at < len(content):
        if len(content) - at < HEADER.itemsize:
            raise DataError(f"'{path}' ends at byte {len(content)}, in the middle of the header of the packet at "
                            f"byte {at}", REMEDY)
        header = np.frombuffer(content, HEADER, 1, at)[0]
        kind, size, count, overflow = (int(header[name]) for name in ("type", "size", "count", "overflow"))
        if size < 0 or count < 0 or overflow < 0 or kind < 0 or kind == POLARITY and size != 8:
            raise DataError(f"'{path}': the packet at byte {at} says that it is of kind {kind} with {count} events of "
                            f"{size} bytes, which cannot be", REMEDY)
        body = at + HEADER.itemsize
        at = body + size * count
        if at > len(content):
            raise DataError(f"'{path}' ends at byte {len(content)}, and the packet at byte {body - HEADER.itemsize} "
                            f"reaches to {at}", REMEDY)
        if kind == POLARITY:
            word, time = np.frombuffer(content, "<u4", 2 * count, body).reshape(-1, 2).T
            valid = np.flatnonzero(word & 1)
            words.append(word[valid])
            times.append(time[valid].astype(np.int64) + (overflow << 31))
            places.append(body + 8 * valid)
    word, time, place = (np.concatenate(parts) if parts else np.zeros(0, np.int64) for parts in (words, times, places))
    return checked(path, time, word >> 17, word >> 2 & 0x7FFF, word >> 1 & 1,
                   SENSORS.get(named[1].decode()) if named else None, lambda n: int(place[n]))
