"""Events to spike maps, uint8 0/1 [T, C, H, W], as the hardware's binner makes them.

A map's element covers ``2**shift`` by ``2**shift`` pixels of the sensor from (x, y) on, and spikes in a bin if it has
at least one event there. By time, bins are equally long: what `sim.golden.bin_events` and the chip do. By count, they
hold equally many events: for recordings only, since a chip cannot know how many are to come.
"""

from dataclasses import dataclass

import numpy as np

from .recordings import Events


#: Share of a sensor's shorter side that a map shows at least.
SHOWN = 0.9


@dataclass(frozen=True, kw_only=True)
class Area:
    """The part of a sensor that a map shows.

    Parameters
    ----------
    shape
        C, H, W of the map: with C = 2 the channel is the polarity, with C = 1 both share it.
    x, y
        The pixel where element (0, 0) begins; a part that lies beside the sensor (x or y negative, too) stays empty.
    shift
        An element covers ``2**shift`` pixels each way.
    """

    shape: tuple[int, int, int]
    x: int = 0
    y: int = 0
    shift: int = 0


def area_of(width: int, height: int, shape: tuple[int, int, int]) -> Area:
    """The middle of a sensor on a map of ``shape``, in the smallest blocks of 1, 2, 4, ... pixels a side with which at
    least `SHOWN` of its shorter side is on the map."""
    shift = 0
    while min(shape[1:]) << shift < SHOWN * min(width, height):
        shift += 1
    return Area(shape=tuple(shape), x=(width - (shape[2] << shift)) // 2, y=(height - (shape[1] << shift)) // 2,
                shift=shift)


def bin_by_time(events: Events, area: Area, timesteps: int, start: int, length: int) -> np.ndarray:
    """uint8 [T, C, H, W]: bin t holds ``length // timesteps`` microseconds from ``start`` plus t times as many on.

    What ``length`` has left over belongs to no bin.
    """
    ticks = length // timesteps
    inside = events.between(start, start + timesteps * ticks)
    return _maps(inside, (inside.t - start) // ticks, area, timesteps)


def bin_by_count(events: Events, area: Area, timesteps: int, start: int, length: int) -> np.ndarray:
    """uint8 [T, C, H, W]: of the N events within ``length`` microseconds from ``start`` on, event n goes into bin
    ``n * timesteps // N``."""
    inside = events.between(start, start + length)
    return _maps(inside, np.arange(len(inside)) * timesteps // max(len(inside), 1), area, timesteps)


#: Ways to bin by name; both with the arguments of `bin_by_time`.
BINNINGS = {"time": bin_by_time, "count": bin_by_count}


def window_starts(events: Events, length: int, hop: int) -> np.ndarray:
    """int64 [n]: where windows of ``length`` begin that lie within the recording, ``hop`` apart, in microseconds."""
    if len(events) == 0:
        return np.zeros(0, np.int64)
    return np.arange(events.t[0], events.t[-1] + 2 - length, hop)


def centre(events: Events) -> tuple[int, int]:
    """The median (x, y): the first column, and row, that at least half of the events have reached.

    Whole numbers, from a histogram of columns and one of rows: a count for each event, then one pass over the sensor's
    width and height. At least one event.
    """
    half = (len(events) + 1) // 2
    columns = np.bincount(events.x, minlength=events.width).cumsum()
    rows = np.bincount(events.y, minlength=events.height).cumsum()
    return int(np.searchsorted(columns, half)), int(np.searchsorted(rows, half))


def _maps(events: Events, bin_: np.ndarray, area: Area, timesteps: int) -> np.ndarray:
    channels, height, width = area.shape
    x, y = events.x - area.x >> area.shift, events.y - area.y >> area.shift
    on_map = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    channel = events.p[on_map] if channels == 2 else 0
    maps = np.zeros((timesteps, *area.shape), np.uint8)
    maps[bin_[on_map], channel, y[on_map], x[on_map]] = 1
    return maps
