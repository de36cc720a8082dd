"""The demo under random events, for measuring what it bears."""

import itertools
from collections.abc import Callable

import numpy as np

from hwgen.demo.session import Session
from hwgen.demo.source import CHUNK_US, Chunk
from hwgen.demo.view import View
from hwgen.models import Model
from sim.board.soft import SoftBoard
from sim.golden.once import Once
from train.data.recordings import Events

SIDE = 128


class Rain:
    """A `hwgen.demo.source.Source` of ``rate`` events a second on 128 x 128 pixels, for so many seconds.

    ``watch`` is called at the start, ``times`` times on the way, and at the end. ``events`` have come so far.
    """

    name, synthetic, live, width, height = "random events", True, False, SIDE, SIDE

    def __init__(self, rate: float, seconds: float, watch: Callable[[], None] = lambda: None, times: int = 10):
        self.rate, self.seconds, self.events = rate, seconds, 0
        self._watch, self._every, self._over = watch, max(1, round(seconds * 1e6 / CHUNK_US / times)), False

    def chunks(self):
        """Its chunks, until the time is over or it is closed."""
        rng = np.random.default_rng(1)
        for number in itertools.count():
            if number * CHUNK_US >= self.seconds * 1e6 or self._over:
                self._watch()
                return
            if number % self._every == 0:
                self._watch()
            count = rng.poisson(self.rate * CHUNK_US / 1e6)
            self.events += count
            t = np.sort(rng.integers(number * CHUNK_US, (number + 1) * CHUNK_US, count))
            x, y = rng.integers(0, SIDE, (2, count)).astype(np.int32)
            p = rng.integers(0, 2, count).astype(np.uint8)
            yield Chunk(Events(t, x, y, p, SIDE, SIDE), (number + 1) * CHUNK_US)

    def close(self):
        """Stop."""
        self._over = True


def golden_session(model: Model, rain: Rain, view: View, **options) -> Session:
    """The demo with the golden backend, as `hwgen.demo.board.reach` makes it, in bins of 50 ms."""
    golden = Once(model.network)
    return Session(model, rain, lambda: SoftBoard(model.network, golden), view, golden=golden, bin_us=50_000,
                   about={"backend": "golden", "title": "golden model", "port": None}, **options)
