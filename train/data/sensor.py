"""A dynamic vision sensor, simulated: pictures in a row -> the events that its pixels send.

A pixel follows the logarithm of its light through a low-pass filter and sends an event whenever that has moved by its
threshold from where it was at the last one (Lichtsteiner et al., 2008, IEEE JSSC 43:566). Thresholds differ
between pixels, after an event a pixel is deaf for a while, and some events have no cause (what v2e models too: Hu et
al., 2021, arXiv 2006.07722).
"""

from dataclasses import dataclass

import numpy as np

from .recordings import Events

#: Light in the dark, as a share of white: the logarithm stays finite.
DARK = 0.02


@dataclass(frozen=True, kw_only=True)
class Sensor:
    """How the pixels of a sensor behave.

    Parameters
    ----------
    threshold, spread
        Change of the natural logarithm of light that makes an event: mean over the pixels, and standard deviation, each
        pixel having one threshold for brighter and one for darker.
    bandwidth_hz
        Corner of the low-pass filter at white; it falls with the light, to a tenth of it in the dark.
    refractory_us
        How long a pixel is deaf after an event; what moves meanwhile is not told.
    noise_hz
        Events a second without a cause, of each pixel.
    hot, hot_hz
        Share of pixels that are hot, and events a second of each of those.
    """

    threshold: float = 0.25
    spread: float = 0.03
    bandwidth_hz: float = 300.0
    refractory_us: int = 500
    noise_hz: float = 0.1
    hot: float = 0.0005
    hot_hz: float = 100.0

    def record(self, pictures: np.ndarray, times: np.ndarray, rng: np.random.Generator) -> Events:
        """The events while ``pictures``, float [F, H, W] of light from 0, dark, to 1, white, are seen at ``times``,
        int64 [F] in microseconds, strictly rising; between them light changes evenly, and at the first the pixels are
        at rest."""
        light = np.asarray(pictures, np.float32)
        pixels = self.pixels(light[0], int(times[0]), rng)
        found = [pixels.see(picture, int(time)) for picture, time in zip(light[1:], times[1:])]
        noise = self._noise(light.shape[1:], int(times[0]), int(times[-1] - times[0]), rng)
        return _in_order(noise, *found)

    def pixels(self, light: np.ndarray, time: int, rng: np.random.Generator) -> "Pixels":
        """The pixels of a sensor, at rest at ``time`` under ``light``, float [H, W], each with thresholds of its own."""
        # darker, brighter
        theta = np.maximum(rng.normal(self.threshold, self.spread, (2, *light.shape)), self.threshold / 4)
        return Pixels(self, light, time, theta.astype(np.float32))

    def _noise(self, shape, start, duration, rng) -> Events:
        """Events without a cause, uniform in time."""
        rates = np.full(shape, self.noise_hz)
        rates[rng.random(shape) < self.hot] = self.hot_hz
        counts = rng.poisson(rates * duration / 1e6)
        rows, columns = np.nonzero(counts)
        many = counts[rows, columns]
        total = int(many.sum())
        found = np.stack([start + rng.integers(0, max(duration, 1), total), np.repeat(columns, many),
                          np.repeat(rows, many), rng.integers(0, 2, total)], axis=1)
        return _events(found, shape)


class Pixels:
    """The pixels of a `Sensor`, and what they remember from one picture to the next; made by `Sensor.pixels`."""

    def __init__(self, sensor: Sensor, light: np.ndarray, time: int, theta: np.ndarray):
        self.sensor, self._time, self._theta = sensor, time, theta
        self._seen = np.log(light + np.float32(DARK))                   # behind the filter
        self._told = self._seen.copy()                                  # at the last event
        self._last = np.full(light.shape, time - sensor.refractory_us, np.int64)

    def see(self, light: np.ndarray, time: int) -> Events:
        """The events until ``time``, behind that of the picture before, as light changes evenly to ``light``, float32
        [H, W]; without noise."""
        start, span = self._time, time - self._time
        level, before = np.log(light + np.float32(DARK)), self._seen
        corner = self.sensor.bandwidth_hz * (0.1 + 0.9 * light)
        self._seen = before + (level - before) * -np.expm1(-2 * np.pi * corner * span / 1e6)
        self._time = time
        rows = self._crossings(before, self._seen, self._told, self._theta, self._last, start, span)
        return _in_order(_events(np.concatenate([np.zeros((0, 4), np.int64), *rows]), light.shape))

    def _crossings(self, before, seen, told, theta, last, start, span) -> list[np.ndarray]:
        """The events of one interval, one a pixel at a time; ``told`` and ``last`` move along."""
        found = []
        moved = np.where(seen > told, (seen - told) / theta[1], (told - seen) / theta[0])
        rows, columns = np.nonzero(moved >= 1)
        while len(rows):
            up = (seen > told)[rows, columns]
            step = np.where(up, theta[1][rows, columns], -theta[0][rows, columns])
            level = told[rows, columns] + step
            way = seen[rows, columns] - before[rows, columns]
            share = np.clip((level - before[rows, columns]) / np.where(way == 0, 1, way), 0, 1)
            t = start + (share * span).astype(np.int64)
            told[rows, columns] = level
            heard = t - last[rows, columns] >= self.sensor.refractory_us
            found.append(np.stack([t, columns, rows, up], axis=1)[heard])
            last[rows[heard], columns[heard]] = t[heard]
            rest = np.abs(seen[rows, columns] - level) / np.where(up, theta[1][rows, columns], theta[0][rows, columns])
            rows, columns = rows[rest >= 1], columns[rest >= 1]
        return found


def _events(rows: np.ndarray, shape: tuple[int, int]) -> Events:
    """Of rows of t, x, y, p."""
    t, x, y, p = rows.T
    return Events(t, x.astype(np.int32), y.astype(np.int32), p.astype(np.uint8), shape[1], shape[0])


def _in_order(*parts: Events) -> Events:
    """All together, by time."""
    t, x, y, p = (np.concatenate([getattr(part, name) for part in parts]) for name in "txyp")
    order = np.lexsort((p, x, y, t))
    return Events(t[order], x[order], y[order], p[order], parts[0].width, parts[0].height)
