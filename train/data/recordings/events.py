"""Events in memory, whatever the file they come from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import DataError

REMEDY = "take the file anew from where it came from, or leave it out"


@dataclass(frozen=True, eq=False)
class Events:
    """The events of one recording, in the order of their times.

    Parameters
    ----------
    t
        int64 [N], microseconds, not wrapped; never before the one in front.
    x, y
        int32 [N], pixels of the sensor, x to the right.
    p
        uint8 [N], 0 where it became darker, 1 where it became brighter.
    width, height
        Of the sensor in pixels.
    """

    t: np.ndarray
    x: np.ndarray
    y: np.ndarray
    p: np.ndarray
    width: int
    height: int

    def __len__(self) -> int:
        return len(self.t)

    def __getitem__(self, index: slice | np.ndarray) -> "Events":
        return Events(self.t[index], self.x[index], self.y[index], self.p[index], self.width, self.height)

    def between(self, start: int, stop: int) -> "Events":
        """Those with ``start <= t < stop``, in microseconds."""
        first, behind = np.searchsorted(self.t, (start, stop))
        return self[first:behind]


def checked(path: Path, t: np.ndarray, x: np.ndarray, y: np.ndarray, p: np.ndarray,
            size: tuple[int, int] | None, byte: Callable[[int], int] | None = None) -> Events:
    """`Events` of arrays of any integer type, if they are in order and on the sensor.

    Parameters
    ----------
    size
        Width and height of the sensor; None if the file does not say: as far as its events reach.
    byte
        Tells where event n lies in the file, for the error; None if bytes would help nobody.

    Raises
    ------
    DataError
        Names the first event at fault.
    """
    t, x, y = t.astype(np.int64, copy=False), x.astype(np.int32), y.astype(np.int32)
    width, height = size or (int(x.max(initial=0)) + 1, int(y.max(initial=0)) + 1)

    def name(n: int) -> str:
        return f"'{path}': event {n}" + (f" at byte {byte(n)}" if byte else "")

    back = np.flatnonzero(np.diff(t) < 0)
    if len(back):
        n = int(back[0]) + 1
        raise DataError(f"{name(n)} has the time {t[n]} us, which lies before the {t[n - 1]} us of the one in front",
                        REMEDY)
    outside = np.flatnonzero((x < 0) | (x >= width) | (y < 0) | (y >= height))
    if len(outside):
        n = int(outside[0])
        raise DataError(f"{name(n)} lies at ({x[n]}, {y[n]}), outside its sensor of {width} x {height} pixels", REMEDY)
    neither = np.flatnonzero((p != 0) & (p != 1))
    if len(neither):
        n = int(neither[0])
        raise DataError(f"{name(n)} has the polarity {p[n]}, and it can be 0 or 1", REMEDY)
    return Events(t, x, y, p.astype(np.uint8), width, height)


def unwrapped(stamps: np.ndarray, bits: int) -> np.ndarray:
    """int64 times of ``stamps`` that count modulo ``2**bits``: one that falls by more than half of that has wrapped."""
    stamps = stamps.astype(np.int64)
    wraps = np.diff(stamps, prepend=stamps[:1]) < -(1 << bits - 1)
    return stamps + (np.cumsum(wraps) << bits)


def last_index(is_one: np.ndarray) -> np.ndarray:
    """int64 [N]: for each element the index of the last true one up to and with it, -1 in front of the first."""
    return np.maximum.accumulate(np.where(is_one, np.arange(len(is_one)), -1))


def whole_records(path: Path, body: bytes, start: int, size: int) -> None:
    """Refuse a file whose records of ``size`` bytes, from byte ``start`` on, do not fill it."""
    if rest := len(body) % size:
        raise DataError(f"'{path}' ends at byte {start + len(body)}, {rest} of {size} bytes into a record", REMEDY)
