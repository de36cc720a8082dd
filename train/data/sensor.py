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
        level = np.log(light + np.float32(DARK))
        shape = light.shape[1:]
        # darker, brighter
        theta = np.maximum(rng.normal(self.threshold, self.spread, (2, *shape)), self.threshold / 4).astype(np.float32)
        seen, told = level[0].copy(), level[0].copy()                   # behind the filter, and at the last event
        last = np.full(shape, times[0] - self.refractory_us, np.int64)
        found = [np.zeros((0, 4), np.int64)]                            # rows of t, x, y, p
        for index in range(1, len(light)):
            start, span = int(times[index - 1]), int(times[index] - times[index - 1])
            corner = self.bandwidth_hz * (0.1 + 0.9 * light[index])
            before = seen
            seen = before + (level[index] - before) * -np.expm1(-2 * np.pi * corner * span / 1e6)
            found += self._crossings(before, seen, told, theta, last, start, span)
        duration = int(times[-1] - times[0])
        found.append(self._noise(shape, int(times[0]), duration, rng))
        t, x, y, p = np.concatenate(found).T
        order = np.lexsort((p, x, y, t))
        return Events(t[order], x[order].astype(np.int32), y[order].astype(np.int32), p[order].astype(np.uint8),
                      shape[1], shape[0])

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
            heard = t - last[rows, columns] >= self.refractory_us
            found.append(np.stack([t, columns, rows, up], axis=1)[heard])
            last[rows[heard], columns[heard]] = t[heard]
            rest = np.abs(seen[rows, columns] - level) / np.where(up, theta[1][rows, columns], theta[0][rows, columns])
            rows, columns = rows[rest >= 1], columns[rest >= 1]
        return found

    def _noise(self, shape, start, duration, rng) -> np.ndarray:
        """Events without a cause, uniform in time."""
        rates = np.full(shape, self.noise_hz)
        rates[rng.random(shape) < self.hot] = self.hot_hz
        counts = rng.poisson(rates * duration / 1e6)
        rows, columns = np.nonzero(counts)
        many = counts[rows, columns]
        total = int(many.sum())
        return np.stack([start + rng.integers(0, max(duration, 1), total), np.repeat(columns, many),
                         np.repeat(rows, many), rng.integers(0, 2, total)], axis=1)
