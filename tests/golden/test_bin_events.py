"""Event binning by hand: where the area and the bins begin and end."""

import numpy as np
import pytest

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
