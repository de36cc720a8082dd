"""The background activity filter, against its rule, event by event."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hwgen.demo.noise import SUPPORT_US, Filtered, BackgroundActivityFilter
from hwgen.demo.source import Chunk
from train.data.recordings import Events


def events(rows, width=5, height=4) -> Events:
    t, x, y = np.array(sorted(rows), np.int64).reshape(-1, 3).T
    return Events(t, x.astype(np.int32), y.astype(np.int32), np.ones(len(t), np.uint8), width, height)


def lonely(seen: Events, index: int) -> bool:
    """No event beside it, at its time or within the support before."""
    return not any(0 <= seen.t[index] - seen.t[other] <= SUPPORT_US
                   and max(abs(seen.x[index] - seen.x[other]), abs(seen.y[index] - seen.y[other])) == 1
                   for other in range(len(seen)))


ROWS = st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 4), st.integers(0, 3)), max_size=30)


@given(ROWS, st.lists(st.integers(0, 30_000), max_size=3))
def test_those_stay_that_have_a_neighbour(rows, cuts):
    whole = events(rows)
    noise, kept = BackgroundActivityFilter(5, 4), []
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), 30_001]):
        kept += noise.take(whole.between(begin, end)).t.tolist()
    assert kept == [t for index, t in enumerate(whole.t.tolist()) if not lonely(whole, index)]


def test_the_border_has_no_neighbour_on_the_other_side():
    assert len(BackgroundActivityFilter(5, 4).take(events([(0, 4, 1), (5, 0, 2)]))) == 0


def test_a_hot_pixel_is_silent():
    assert len(BackgroundActivityFilter(5, 4).take(events([(t, 2, 2) for t in range(0, 50_000, 100)]))) == 0


class Line:
    name, synthetic, live, width, height = "line", False, False, 5, 4
    closed = False

    def chunks(self):
        yield Chunk(events([(0, 1, 1), (3, 2, 1), (4, 4, 3)]), 10, label=7)
        yield Chunk(events([(10, 1, 0)]), 20)
        yield Chunk(events([]), 30)

    def close(self):
        self.closed = True


def test_a_source_without_its_noise():
    source = Line()
    filtered = Filtered(source)
    assert [(chunk.events.x.tolist(), chunk.end_us, chunk.label) for chunk in filtered.chunks()] == [
        ([2], 10, 7), ([1], 20, None), ([], 30, None)]
    filtered.close()
    assert source.closed and (filtered.name, filtered.width) == ("line", 5)
