"""Gestures: drawn people who make the gestures of DVS128 Gesture before a simulated sensor. No files are needed.

A sample is T bins of 50 ms, both polarities, 64 x 64 pixels pooled by 2: what a camera of 128 x 128 gives pooled by 4.
Each has a person, a way to make the gesture and a sensor of its own (`train.data.person`, `train.data.motion`,
`train.data.sensor`); those of the two parts come from seeds that have nothing in common. Synthetic: what a network does
with them says little of real people.
"""

import multiprocessing
from collections.abc import Callable
from functools import partial

import numpy as np
from rich.progress import track

from .binning import BINNINGS, Area
from .cache import cached
from .dvsgesture import CLASSES
from .motion import Motion
from .person import Person, film
from .recordings import Events
from .sensor import Sensor
from .split import PackedSpikes, Split

PIXELS, SHIFT, SIDE = 64, 1, 32
SHAPE = (2, SIDE, SIDE)
BIN_US, FRAME_US = 50_000, 8_000
#: The sensor comes to rest before a sample begins.
LEAD_US = 80_000
#: Samples and number by part.
PARTS = {"train": (8_800, 1), "test": (1_100, 2)}
#: Raised when the same seed gives other samples.
VERSION = 2


def read_gestures(part: str, timesteps: int, by: str = "time") -> Split:
    """The samples of ``part`` ("train" or "test"): spikes [N, T, 2, 32, 32], binned ``by`` time or count.

    Drawn in as many processes as there are cores, some minutes in all; then they are kept in the user's cache folder.
    """
    count, number = PARTS[part]
    shape = (timesteps, *SHAPE)

    def make() -> dict[str, np.ndarray]:
        one = partial(maps, number=number, timesteps=timesteps, by=by)
        with multiprocessing.get_context("spawn").Pool() as pool:
            drawn = list(track(pool.imap(one, range(count), chunksize=16), f"drawing gestures to {part} on", count))
        return {"packed": PackedSpikes.pack(np.stack(drawn)).packed}

    kept = cached(f"gestures-{part}", None, [], (VERSION, count, shape, by), make)
    return Split(PackedSpikes(kept["packed"], shape), np.arange(count, dtype=np.int64) % len(CLASSES))


def maps(index: int, number: int, timesteps: int, by: str = "time") -> np.ndarray:
    """Spikes, uint8 [T, 2, 32, 32], of sample ``index`` of the part with that ``number``."""
    rng = np.random.default_rng((number, index))
    length = window_us(timesteps)
    events = record(CLASSES[index % len(CLASSES)], rng, length)
    return BINNINGS[by](events, Area(shape=SHAPE, shift=SHIFT), timesteps, 0, length)


def drawings(count: int, seed: int, timesteps: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """``count`` samples, bool [count, T, 2, 32, 32], and their labels, int64; ``seed`` is a number as in `PARTS`."""
    samples = np.stack([maps(index, seed, timesteps) for index in range(count)]).astype(bool)
    return samples, np.arange(count, dtype=np.int64) % len(CLASSES)


def window_us(timesteps: int) -> int:
    """Microseconds of a sample."""
    return timesteps * BIN_US


def record(name: str, rng: np.random.Generator, length: int, change: Callable = lambda *scene: scene) -> Events:
    """``length`` microseconds, from 0 on, of somebody making the gesture ``name``, on 64 x 64 pixels.

    ``change`` takes a `Person`, a `Motion` and a `Sensor` and gives those to record, for studies.
    """
    person, motion, sensor = change(Person.random(rng), Motion.random(name, rng), some_sensor(rng))
    times = np.arange(-LEAD_US, length + FRAME_US, FRAME_US)
    return sensor.record(film(person, motion, times / 1e6, PIXELS), times, rng).between(0, length)


def some_sensor(rng: np.random.Generator) -> Sensor:
    """One of many: thresholds, bandwidth and noise drawn; noise is that of the four pixels that one stands for."""
    return Sensor(threshold=rng.uniform(0.15, 0.3), spread=rng.uniform(0.01, 0.05),
                  bandwidth_hz=rng.uniform(100, 500), refractory_us=int(rng.uniform(500, 5000)),
                  noise_hz=float(np.exp(rng.uniform(np.log(0.02), np.log(0.4)))), hot=rng.uniform(0, 0.003))
