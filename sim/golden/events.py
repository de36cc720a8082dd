"""Events to spike maps, by division: what the binner's stepping must come to."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class EventCounts:
    """Events that gave no spike of their own, by reason (see `bin_events`)."""

    merged: int
    outside: int
    untimely: int


@dataclass(frozen=True, eq=False)
class Binned:
    """``windows`` int64 [N]: numbers, from 0, of the windows that are over and have a spike; ``maps`` bool
    [N, T, C, H, W]: their spikes, as `forward` takes them; ``over``: how many windows are over; ``counts``."""

    windows: np.ndarray
    maps: np.ndarray
    over: int
    counts: EventCounts


def bin_events(events: np.ndarray, *, shape: tuple[int, int, int], timesteps: int, bin_ticks: int,
               pause: int = 0, x: int = 0, y: int = 0, shift: int = 0, slide: bool = False) -> Binned:
    """Sort address events into windows of T bins.

    Bin t of window n holds the times from ``(n * (T + pause) + t) * bin_ticks`` on, ``bin_ticks`` of them; with
    ``slide`` those from ``(n + t) * bin_ticks`` on, and ``pause`` means nothing.
    An event is *untimely* if an entry before it has reached a later bin, or it lies in a pause or before 0;
    else *outside* if its pixel is not on the map; else *merged* with an earlier one of the same element and
    bin; else a spike.

    Parameters
    ----------
    events
        int [N, 4] of ``x, y, polarity, time`` in the order of arrival, time in ticks, not wrapped. A row of
        negative polarity is a tick: only its time counts.
    shape
        C, H, W of the map: with C = 2 the channel is the polarity, with C = 1 both share it.
    timesteps
        T.
    x, y, shift
        Element (0, 0) of the map covers ``2**shift`` by ``2**shift`` pixels of the sensor from (x, y) on.

    Returns
    -------
    Binned
        The last window, which nothing has ended, is not in it; its events are counted.
    """
    column, row, polarity, time = np.asarray(events, np.int64).reshape(-1, 4).T
    channels, height, width = shape
    if slide:
        step, in_window = time // bin_ticks, np.ones(len(time), bool)
    else:
        window, within = np.divmod(time, (timesteps + pause) * bin_ticks)
        bin_ = np.minimum(within // bin_ticks, timesteps)          # T: in the pause
        step, in_window = window * (timesteps + 1) + bin_, bin_ < timesteps
    now = np.maximum.accumulate(np.concatenate([[0], step]))       # before the first entry, then behind each
    is_event = polarity >= 0
    timely = is_event & (step == now[1:]) & in_window
    column, row = column - x, row - y
    on_map = (column >= 0) & (row >= 0) & (column >> shift < width) & (row >> shift < height)
    placed = timely & on_map
    channel = polarity if channels == 2 else np.zeros_like(polarity)
    spikes = np.unique(np.stack([step, channel, row >> shift, column >> shift])[:, placed], axis=1)

    if slide:                                                      # bin b is bin t of window b - t, for each t
        over = max(0, int(now[-1]) - timesteps + 1)
        bin_ = np.repeat(np.arange(timesteps), spikes.shape[1])
        window, place = np.tile(spikes[0], timesteps) - bin_, np.tile(spikes[1:], timesteps)
    else:
        over = int(now[-1] + 1) // (timesteps + 1)
        (window, bin_), place = np.divmod(spikes[0], timesteps + 1), spikes[1:]
    is_over = (window >= 0) & (window < over)
    windows, index = np.unique(window[is_over], return_inverse=True)
    maps = np.zeros((len(windows), timesteps, *shape), bool)
    maps[(index, bin_[is_over], *place[:, is_over])] = True
    return Binned(windows, maps, over, EventCounts(
        merged=int(placed.sum()) - spikes.shape[1], outside=int((timely & ~on_map).sum()),
        untimely=int((is_event & ~timely).sum())))
