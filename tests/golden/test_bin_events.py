"""Event binning by hand: where the area and the bins begin and end; and against a walk through time, tick by tick."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.golden.events import bin_events

#: An area of 2 x 3 elements of 2 x 2 pixels, its corner at column 10, row 20; two bins of 5 ticks.
AREA = {"shape": (2, 2, 3), "timesteps": 2, "bin_ticks": 5, "x": 10, "y": 20, "shift": 1}
END = (0, 0, -1, 10)                                                    # a tick that ends the first window


@pytest.mark.parametrize("event, element", [
    ((10, 20, 0, 0), (0, 0, 0, 0)), ((11, 21, 1, 4), (0, 1, 0, 0)), ((15, 23, 0, 5), (1, 0, 1, 2)),
    ((15, 20, 1, 9), (1, 1, 0, 2)), ((10, 23, 0, 4), (0, 0, 1, 0)),
])
def test_the_edges_of_the_area_are_inside(event, element):
    binned = bin_events(np.array([event, END]), **AREA)
    assert binned.over == 1 and [tuple(map(int, place)) for place in np.argwhere(binned.maps[0])] == [element]


@pytest.mark.parametrize("event", [(9, 20, 0, 0), (16, 20, 0, 0), (10, 19, 0, 0), (10, 24, 0, 0)])
def test_a_pixel_beyond_them_is_outside(event):
    binned = bin_events(np.array([event, END]), **AREA)
    assert not binned.maps.any() and binned.counts.outside == 1


def walk(events, *, timesteps, bin_ticks, pause, slide):
    """Windows that are over, as sets of ``t, polarity, y, x`` by number, and their number: a tick after another."""
    times = [time for *_, time in events]
    bins, windows, over = defaultdict(set), defaultdict(set), 0
    for tick in range(max([0, *times]) + 1):
        for index, (x, y, polarity, time) in enumerate(events):
            latest = max([0, *times[:index + 1]])
            if polarity >= 0 and time == tick and latest // bin_ticks == tick // bin_ticks:
                bins[tick // bin_ticks].add((polarity, y, x))
    every = 1 if slide else timesteps + pause
    while (over * every + timesteps) * bin_ticks <= max([0, *times]):
        for t in range(timesteps):
            windows[over] |= {(t, *place) for place in bins[over * every + t]}
        over += 1
    return {number: spikes for number, spikes in windows.items() if spikes}, over


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(-1, 1), st.integers(-5, 9)), max_size=20),
       st.integers(1, 4), st.integers(1, 4), st.integers(0, 2), st.booleans())
def test_the_windows_are_those_of_a_walk_through_time(steps, timesteps, bin_ticks, pause, slide):
    times = np.cumsum([step for *_, step in steps]).tolist()
    events = [(x, y, polarity, time) for (x, y, polarity, _), time in zip(steps, times)]
    window = {"timesteps": timesteps, "bin_ticks": bin_ticks, "pause": pause, "slide": slide}
    binned = bin_events(np.array(events), shape=(2, 2, 3), **window)
    windows = {int(number): set(map(tuple, np.argwhere(maps).tolist()))
               for number, maps in zip(binned.windows, binned.maps)}
    assert (windows, binned.over) == walk(events, **window)
