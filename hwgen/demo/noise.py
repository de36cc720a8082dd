"""A background activity filter: events that stand alone are noise.

A moving edge makes events at pixels beside each other; leakage and shot noise, and pixels that never rest, do not.
(Delbruck, "Frame-free dynamic digital vision", 2008.)
"""

from collections.abc import Iterator

import numpy as np

from .source import Chunk, Source

#: An event stays if one of its eight neighbours had one within so many microseconds before.
SUPPORT_US = 10_000
#: Of the eight neighbours, in rows and columns.
NEIGHBOURS = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]


class BackgroundActivityFilter:
    """Leaves out the events of a ``width`` x ``height`` sensor that have no neighbour."""

    def __init__(self, width: int, height: int):
        self._stride = width + 2                                        # a border, where nothing ever happens
        self._last = np.full((height + 2) * self._stride, -SUPPORT_US - 1, np.int64)

    def take(self, events):
        """`train.data.recordings.Events`, none earlier than one that was taken before, without the lonely ones."""
        if len(events) == 0:
            return events
        pixel = (events.y.astype(np.int64) + 1) * self._stride + events.x + 1
        t = events.t - events.t[0]
        span = int(t[-1]) + 1
        key = pixel * span + t                                          # in order of pixels, then of times
        order = np.argsort(key, kind="stable")
        keys, stay = key[order], np.zeros(len(t), bool)
        for dy, dx in NEIGHBOURS:
            beside = pixel + dy * self._stride + dx
            found = order[np.searchsorted(keys, beside * span + t, side="right") - 1]   # the neighbour's last, if any
            before = np.where((pixel[found] == beside) & (t[found] <= t), events.t[found], self._last[beside])
            stay |= events.t - before <= SUPPORT_US
        self._last[pixel] = events.t                                    # of several the last one
        return events[stay]


class Filtered:
    """A source without its noise."""

    def __init__(self, source: Source):
        self._source, self._filter = source, BackgroundActivityFilter(source.width, source.height)
        self.name, self.synthetic, self.live = source.name, source.synthetic, source.live
        self.width, self.height = source.width, source.height

    def chunks(self) -> Iterator[Chunk]:
        """The source's chunks, with the events that stay."""
        for chunk in self._source.chunks():
            yield Chunk(self._filter.take(chunk.events), chunk.end_us, chunk.label)

    def close(self) -> None:
        """Close the source."""
        self._source.close()
