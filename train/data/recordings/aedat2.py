"""AEDAT 2.0 of a DVS128, as jAER writes it (inivation, "AEDAT file formats").

Lines that begin with ``#``, then records of 8 bytes, big endian: an address and a time in microseconds, 32 bits each.
Of the address, bit 0 is set where it became darker, bits 7..1 count x from the right edge, bits 14..8 are y, and bit 15
marks what is no pixel (a signal at the camera's pin), which is left out here.
"""

from pathlib import Path

import numpy as np

from ...errors import DataError
from .events import REMEDY, Events, checked, unwrapped, whole_records

SIDE = 128
SPECIAL = 1 << 15


def read_aedat2(path: Path) -> Events:
    """The events of ``path``; stamps that wrap after 2**32 us go on.

    Raises
    ------
    DataError
        If it ends in the middle of a record, is of another camera, or `checked` refuses its events.
    """
    content = path.read_bytes()
    start = 0
    while content[start:start + 1] == b"#":
        start = content.find(b"\n", start) + 1 or len(content)
    chips = [line.split(b":", 1)[1] for line in content[:start].splitlines() if line.startswith(b"# AEChip:")]
    if chips and b"DVS128" not in chips[-1]:
        chip = chips[-1].decode(errors="replace").strip()
        raise DataError(f"'{path}' was recorded by '{chip}', and AEDAT 2.0 is read of a DVS128 only",
                        "convert it, for example to .npz")
    body = content[start:]
    whole_records(path, body, start, 8)
    address, stamp = np.frombuffer(body, ">u4").reshape(-1, 2).T
    index = np.flatnonzero(address & SPECIAL == 0)
    address = address[index].astype(np.int64)
    high = np.flatnonzero(address >= SPECIAL)
    if len(high):
        n = int(high[0])
        raise DataError(f"'{path}': event {n} at byte {start + 8 * index[n]} has the address {address[n]:#x}, "
                        "and those of a DVS128 have 15 bits", REMEDY)
    return checked(path, unwrapped(stamp, 32)[index], SIDE - 1 - (address >> 1 & 127), address >> 8 & 127,
                   1 - (address & 1), (SIDE, SIDE), lambda n: start + 8 * int(index[n]))


def write_aedat2(path: Path, events: Events) -> None:
    """Write ``events`` of a sensor of 128 x 128; times modulo 2**32 us."""
    address = events.y << 8 | (SIDE - 1 - events.x) << 1 | 1 - events.p
    records = np.stack([address, events.t % (1 << 32)], axis=1).astype(">u4")
    header = b"#!AER-DAT2.0\r\n# Data format is int32 address, int32 timestamp (8 bytes total)\r\n" \
             b"# Timestamps tick: 1 us\r\n# AEChip: DVS128\r\n"
    path.write_bytes(header + records.tobytes())
