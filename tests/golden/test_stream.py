"""Windows as events come in pieces are those of all events at once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.golden.events import bin_events
from sim.golden.stream import WindowStream


@st.composite
def streams(draw):
    """``(events in pieces, options)``: times mostly forwards, silences, ticks, pixels beside the map."""
    options = dict(shape=(draw(st.sampled_from([1, 2])), 2, 3), timesteps=draw(st.integers(1, 4)),
                   bin_ticks=draw(st.integers(1, 5)), shift=draw(st.integers(0, 1)), x=draw(st.integers(0, 2)),
                   y=draw(st.integers(0, 2)), slide=draw(st.booleans()))
    options["pause"] = 0 if options["slide"] else draw(st.integers(0, 2))
    steps = draw(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5), st.sampled_from([-1, 0, 1, 1]),
                                    st.sampled_from([0, 0, 0, 1, 2, 3, 9, 40, -2])), max_size=60))
    time, rows = 0, []
    for x, y, polarity, step in steps:
        time = max(0, time + step)
        rows.append((x, y, polarity, time))
    cuts = sorted(draw(st.lists(st.integers(0, len(rows)), max_size=6)))
    events = np.array(rows, np.int64).reshape(-1, 4)
    return np.split(events, cuts), options


@given(streams())
def test_pieces_give_the_windows_and_counts_of_the_whole(case):
    pieces, options = case
    stream = WindowStream(**options)
    found = [window for piece in pieces for window in stream.feed(piece)]
    binned = bin_events(np.concatenate(pieces), **options)
    assert [number for number, _ in found] == binned.windows.tolist()
    for (_, maps), expected in zip(found, binned.maps):
        np.testing.assert_array_equal(maps, expected)
    assert stream.counts == binned.counts


def test_a_long_silence_costs_nothing():
    stream = WindowStream(shape=(1, 2, 2), timesteps=4, bin_ticks=1, slide=True)
    assert len(stream.feed(np.array([[0, 0, 1, 0], [0, 0, -1, 10**12]]))) == 1
