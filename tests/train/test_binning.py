"""Events to maps: equal to the golden binner, whatever the events."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.golden.events import bin_events
from train.data.binning import Area, bin_by_count, bin_by_time, centre, window_starts
from train.data.recordings import Events

from tests.train.recording_files import some_events


@st.composite
def events(draw, min_size=0):
    rows = draw(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 15), st.integers(0, 11), st.integers(0, 1)),
                         min_size=min_size, max_size=60))
    dt, x, y, p = np.array(rows, np.int64).reshape(-1, 4).T
    return Events(dt.cumsum(), x, y, p, 16, 12)


areas = st.builds(Area, shape=st.tuples(st.integers(1, 2), st.integers(1, 8), st.integers(1, 8)), x=st.integers(0, 9),
                  y=st.integers(0, 9), shift=st.integers(0, 2))


@given(events(), areas, st.integers(1, 5), st.integers(1, 40))
def test_by_time_equals_the_golden_binner(given_events, area, timesteps, ticks):
    last = int(given_events.t.max(initial=0)) + timesteps * ticks       # a tick that ends the last window
    rows = np.stack([given_events.x, given_events.y, given_events.p, given_events.t], axis=1)
    golden = bin_events(np.vstack([rows, [[0, 0, -1, last]]]), shape=area.shape, timesteps=timesteps, bin_ticks=ticks,
                        x=area.x, y=area.y, shift=area.shift)
    assert golden.counts.untimely == 0
    got = {n: bin_by_time(given_events, area, timesteps, n * timesteps * ticks, timesteps * ticks)
           for n in range(golden.over)}
    expected = dict(zip(golden.windows.tolist(), golden.maps))
    for n, maps in got.items():
        assert maps.dtype == np.uint8
        np.testing.assert_array_equal(maps, expected.get(n, np.zeros_like(maps)))


@given(events(), areas, st.integers(1, 5))
def test_by_count_shares_them_out(given_events, area, timesteps):
    parts = np.arange(len(given_events)) * timesteps // max(len(given_events), 1)
    maps = bin_by_count(given_events, area, timesteps, 0, int(given_events.t.max(initial=0)) + 1)
    for t in range(timesteps):
        part = given_events[parts == t]
        assert abs(len(part) - len(given_events) / timesteps) <= 1
        alone = bin_by_time(part, area, 1, 0, int(part.t.max(initial=0)) + 1)
        np.testing.assert_array_equal(maps[t], alone[0])


@given(events(), st.integers(-40, 20), st.integers(-40, 20), st.integers(0, 2))
def test_an_area_beside_the_sensor_is_that_of_moved_events(given_events, x, y, shift):
    """The host moves the addresses, since the chip's area cannot begin below 0."""
    shape, stop = (2, 8, 8), int(given_events.t.max(initial=0)) + 1
    moved = Events(given_events.t, given_events.x + 64, given_events.y + 64, given_events.p, 192, 192)
    np.testing.assert_array_equal(bin_by_time(given_events, Area(shape=shape, x=x, y=y, shift=shift), 2, 0, stop),
                                  bin_by_time(moved, Area(shape=shape, x=x + 64, y=y + 64, shift=shift), 2, 0, stop))


@given(events(min_size=1))
def test_centre_is_the_lower_median(given_events):
    half = (len(given_events) - 1) // 2
    assert centre(given_events) == (np.sort(given_events.x)[half], np.sort(given_events.y)[half])


def test_bins_leave_out_the_rest_and_what_lies_around():
    at = np.array([9, 10, 12, 13, 15, 16, 18, 19, 20])
    example = Events(at, np.arange(9), np.zeros(9, np.int64), np.zeros(9, np.uint8), 9, 1)
    maps = bin_by_time(example, Area(shape=(1, 1, 9)), 3, 10, 10)       # bins of 3 us: 10 to 18, 19 is left over
    np.testing.assert_array_equal(maps[:, 0, 0], [[0, 1, 1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 0, 0, 0, 0],
                                                  [0, 0, 0, 0, 0, 1, 1, 0, 0]])


def test_windows_lie_within_the_recording():
    example = some_events(2)
    example.t[:] = 100, 1099
    assert window_starts(example, 1000, 50).tolist() == [100]
    assert window_starts(example, 400, 300).tolist() == [100, 400, 700]
    assert window_starts(example, 1001, 50).tolist() == []
    assert window_starts(example[:0], 1, 1).tolist() == []
