"""Digits as N-MNIST's sensor saw MNIST's: it stood before a still picture and made three saccades of 100 ms.

`drawings` are digits drawn from strokes, with nothing of a data set in them. `read_saccades` takes MNIST's own images:
to learn from where there are few recordings, since real ones of N-MNIST look much the same.
"""

from pathlib import Path

import numpy as np

from .binning import BINNINGS, Area
from .cache import cached
from .mnist import FILES, read_mnist
from .nmnist import LENGTH_US, SIDE
from .sensor import Sensor
from .split import PackedSpikes, Split
from .strokes import drawings as strokes

#: The sensor's way, in pixels (x, y): from one corner of a triangle to the next in a third of the time each.
CORNERS = np.array(((0.0, 0.0), (2.8, 5.6), (5.6, 0.0), (0.0, 0.0)))
#: Pictures of a recording.
FRAMES = 61
#: Digits a side of the sheet that is seen at once.
SHEET = 8
SENSOR = Sensor(threshold=0.5, spread=0.08, refractory_us=3000)
#: How many of MNIST's images are seen: recordings of 60,000 would take ten minutes and 140 MB, and teach little more.
COUNTS = {"train": 20_000, "test": 1_000}


def drawings(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """``(samples, labels)``: spikes, bool [count, 8, 2, 34, 34], and int64 [count]; the digits go round."""
    digits, labels = strokes(count, seed)
    return see(digits[:, 0], 8, np.random.default_rng(seed)).astype(bool), labels


def read_saccades(directory: Path | str, part: str, timesteps: int, by: str = "time") -> Split:
    """The first of MNIST's images of ``part`` ("train" or "test"), seen: spikes [N, T, 2, 34, 34], binned ``by`` time
    or count.

    Raises
    ------
    DataError
        If a file of MNIST's is missing or damaged.
    """
    directory = Path(directory)
    images, labels = read_mnist(directory, part)
    images, labels = images[:COUNTS[part], 0], labels[:COUNTS[part]]
    shape = (timesteps, 2, SIDE, SIDE)

    def make() -> dict[str, np.ndarray]:
        return {"packed": PackedSpikes.pack(see(images, timesteps, np.random.default_rng(1), by)).packed}

    kept = cached(f"saccades-{part}", directory, [directory / FILES[part][0]],
                  (shape, LENGTH_US, by, CORNERS.tolist(), FRAMES, SENSOR, len(images)), make)
    return Split(PackedSpikes(kept["packed"], shape), labels)


def see(digits: np.ndarray, timesteps: int, rng: np.random.Generator, by: str = "time") -> np.ndarray:
    """Spikes, uint8 [N, T, 2, 34, 34], of ``digits``, uint8 [N, 28, 28]."""
    times = np.linspace(0, LENGTH_US, FRAMES).astype(np.int64)
    legs = np.linspace(0, len(CORNERS) - 1, FRAMES)
    legs -= np.sin(2 * np.pi * legs) / (2 * np.pi)                      # each begins and ends slowly
    way = np.stack([np.interp(legs, range(len(CORNERS)), axis) for axis in CORNERS.T], axis=1)
    way += 5 - CORNERS[:3].mean(axis=0)                                 # a digit is in the middle on average
    side = SHEET * SIDE
    maps = []
    for first in range(0, len(digits), SHEET**2):
        some = np.zeros((SHEET**2, 44, 44), np.float32)
        some[:len(digits) - first, 8:36, 8:36] = digits[first:first + SHEET**2] / np.float32(255)
        pictures = [_window(some, *start).reshape(SHEET, SHEET, SIDE, SIDE).swapaxes(1, 2).reshape(side, side)
                    for start in way]
        events = SENSOR.record(np.stack(pictures), times, rng)
        sheet = BINNINGS[by](events, Area(shape=(2, side, side)), timesteps, 0, LENGTH_US)
        each = sheet.reshape(timesteps, 2, SHEET, SIDE, SHEET, SIDE).transpose(2, 4, 0, 1, 3, 5)
        maps.append(each.reshape(SHEET**2, timesteps, 2, SIDE, SIDE)[:len(digits) - first])
    return np.concatenate(maps)


def _window(pictures: np.ndarray, x: float, y: float) -> np.ndarray:
    """The 34 x 34 pixels of ``pictures`` [N, H, W] from (x, y) on, bilinear."""
    column, row = int(np.floor(x)), int(np.floor(y))
    right, down = x - column, y - row
    part = pictures[:, row:row + SIDE + 1, column:column + SIDE + 1]
    across = part[:, :, :-1] * (1 - right) + part[:, :, 1:] * right
    return across[:, :-1] * (1 - down) + across[:, 1:] * down
