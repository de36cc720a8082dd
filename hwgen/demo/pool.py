"""Events of any sensor -> spikes on the map of a network: at most one a pixel and bin."""

import numpy as np


class Pool:
    """Moves events onto the map, and drops what could not change it.

    A window is a set of spikes, so the second event of the same element in the same bin says nothing new: what is left
    fits the line, however much the camera sends.

    Parameters
    ----------
    area
        `train.data.binning.Area`: which part of the sensor the map shows.
    bin_us
        Microseconds of a bin.

    Members
    -------
    merged, outside : int
        Events that were dropped: of an element that has a spike in this bin already, beside the map.
    """

    def __init__(self, area, bin_us: int):
        self._area, self._bin_us = area, bin_us
        self._bin, self._seen = 0, np.zeros(int(np.prod(area.shape)), bool)
        self.merged = self.outside = 0

    def take(self, events) -> np.ndarray:
        """int64 [N, 4] of ``x, y, polarity, bin`` on the map, of `train.data.recordings.Events` none of which is
        earlier than one that was taken before."""
        channels, height, width = self._area.shape
        x, y = events.x - self._area.x >> self._area.shift, events.y - self._area.y >> self._area.shift
        on_map = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        self.outside += len(on_map) - int(on_map.sum())
        x, y, p = (values[on_map].astype(np.int64) for values in (x, y, events.p))
        bins = events.t[on_map] // self._bin_us
        element = ((p if channels == 2 else 0) * height + y) * width + x
        kept = np.sort(np.unique(bins * len(self._seen) + element, return_index=True)[1])
        old = (bins[kept] == self._bin) & self._seen[element[kept]]
        kept = kept[~old]
        self.merged += len(element) - len(kept)
        if len(kept):
            if bins[kept[-1]] != self._bin:
                self._bin = int(bins[kept[-1]])
                self._seen[:] = False
            self._seen[element[kept[bins[kept] == self._bin]]] = True
        return np.stack([x[kept], y[kept], p[kept], bins[kept]], axis=1)
