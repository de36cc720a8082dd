"""Drawn digits as N-MNIST's sensor saw MNIST's: it stood before a still picture and made three saccades of 100 ms.

Nothing of a data set is in them, as in `train.data.strokes`, whose digits they are.
"""

import numpy as np

from .binning import Area, bin_by_time
from .nmnist import LENGTH_US, SHAPE, SIDE
from .sensor import Sensor
from .strokes import draw

TIMESTEPS = 8
#: Pictures of a recording.
FRAMES = 151
#: The sensor's way, in pixels (x, y): from one corner of a triangle to the next in a third of the time each.
CORNERS = np.array(((0.0, 0.0), (2.8, 5.6), (5.6, 0.0), (0.0, 0.0)))


def drawings(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """``(samples, labels)``: spikes, bool [count, 8, 2, 34, 34], and int64 [count]; the digits go round."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    return np.stack([record(int(label), rng) for label in labels]), labels.astype(np.int64)


def record(digit: int, rng: np.random.Generator) -> np.ndarray:
    """Spikes, bool [8, 2, 34, 34], of one drawing of ``digit``."""
    times = np.linspace(0, LENGTH_US, FRAMES).astype(np.int64)
    legs = np.linspace(0, len(CORNERS) - 1, FRAMES)
    legs -= np.sin(2 * np.pi * legs) / (2 * np.pi)                      # each begins and ends slowly
    way = np.stack([np.interp(legs, range(len(CORNERS)), axis) for axis in CORNERS.T], axis=1)
    picture = np.pad(draw(digit, rng) / 255, 8)
    pictures = np.stack([_seen(picture, *(5 + there - CORNERS[:3].mean(axis=0))) for there in way])
    events = Sensor(threshold=0.5, spread=0.08, refractory_us=3000).record(pictures, times, rng)
    return bin_by_time(events, Area(shape=SHAPE), TIMESTEPS, 0, LENGTH_US).astype(bool)


def _seen(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    """The 34 x 34 pixels of ``picture`` from (x, y) on, bilinear."""
    column, row = int(np.floor(x)), int(np.floor(y))
    right, down = x - column, y - row
    part = picture[row:row + SIDE + 1, column:column + SIDE + 1]
    across = part[:, :-1] * (1 - right) + part[:, 1:] * right
    return across[:-1] * (1 - down) + across[1:] * down
