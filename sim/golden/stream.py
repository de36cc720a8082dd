"""Events as they come -> windows of spike maps: `sim.golden.bin_events`, bit by bit."""

import numpy as np

from .events import EventCounts


class WindowStream:
    """Sorts events into windows of T bins, from START on; equals `sim.golden.bin_events` of all that was fed.

    Parameters
    ----------
    shape, timesteps, bin_ticks, pause, x, y, shift, slide
        As of `bin_events`.

    Members
    -------
    counts : EventCounts
        Of the events so far.
    """

    def __init__(self, *, shape: tuple[int, int, int], timesteps: int, bin_ticks: int, pause: int = 0, x: int = 0,
                 y: int = 0, shift: int = 0, slide: bool = False):
        self._shape, self._timesteps, self._bin_ticks, self._slide = shape, timesteps, bin_ticks, slide
        self._period = timesteps + (0 if slide else pause)
        self._area = x, y, shift
        self._bin = 0                                                   # the one that time has reached
        self._maps = np.zeros((timesteps, *shape), bool)
        self.counts = EventCounts(merged=0, outside=0, untimely=0)

    def feed(self, events: np.ndarray) -> list[tuple[int, np.ndarray]]:
        """Take ``events``, int [N, 4] as of `bin_events` -> ``(number, maps)`` of each window that they end and that
        has a spike: its number, from 0, and bool [T, C, H, W]."""
        column, row, polarity, time = np.asarray(events, np.int64).reshape(-1, 4).T
        bins = time // self._bin_ticks
        reached = np.maximum.accumulate(np.concatenate([[self._bin], bins]))[1:]
        is_event = polarity >= 0
        index = np.minimum(bins, self._timesteps) if self._slide else bins % self._period
        paused = np.zeros(len(bins), bool) if self._slide else index >= self._timesteps
        timely = is_event & (bins == reached) & ~paused
        x, y, shift = self._area
        channels, height, width = self._shape
        column, row = column - x >> shift, row - y >> shift
        on_map = (column >= 0) & (row >= 0) & (column < width) & (row < height)
        placed = np.flatnonzero(timely & on_map)
        channel = polarity if channels == 2 else np.zeros_like(polarity)
        found, merged, start = [], 0, 0
        for bin_ in np.unique(reached):
            found += self._advance(int(bin_))
            stop = np.searchsorted(bins[placed], bin_, "right") if len(placed) else 0
            mine = placed[start:stop]
            start = stop
            if len(mine):
                now = self._maps[self._index(int(bin_))]
                before = np.count_nonzero(now)
                now[channel[mine], row[mine], column[mine]] = True
                merged += len(mine) - (np.count_nonzero(now) - before)
        self.counts = EventCounts(merged=self.counts.merged + merged,
                                  outside=self.counts.outside + int((timely & ~on_map).sum()),
                                  untimely=self.counts.untimely + int((is_event & ~timely).sum()))
        return found

    def _index(self, bin_: int) -> int:
        """Where a bin lies in the window that fills."""
        return min(bin_, self._timesteps - 1) if self._slide else bin_ % self._period

    def _advance(self, bin_: int) -> list[tuple[int, np.ndarray]]:
        """Step to ``bin_``, and give the windows that this ends."""
        found = []
        while self._bin < bin_:
            if not self._maps.any():                                    # nothing to tell until then
                self._bin = bin_
                break
            last = self._index(self._bin) == self._timesteps - 1
            if last and self._slide:
                found.append((self._bin - self._timesteps + 1, self._maps.copy()))
                self._maps[:-1], self._maps[-1] = self._maps[1:].copy(), False
            elif last:
                found.append((self._bin // self._period, self._maps.copy()))
                self._maps[:] = False
            self._bin += 1
        return found
