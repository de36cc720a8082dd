"""Bars: small grey images drawn from a seed, to try the whole path on without any files.

An image of 8 x 8 pixels shows one soft-edged bar: horizontal, vertical, rising or falling, at a random place, of a
random width and brightness, on a grey ground with noise. Only exactly rounded arithmetic is used, so a seed gives the
same bytes on every machine.
"""

import math

import numpy as np

CLASSES = ("horizontal", "vertical", "rising", "falling")
SIDE = 8
#: Count and seed by part.
PARTS = {"train": (6000, 1), "test": (2000, 2)}


def read_bars(part: str) -> tuple[np.ndarray, np.ndarray]:
    """``(images, labels)`` of ``part`` ("train" or "test"): uint8 [N, 1, 8, 8] and int64 [N]."""
    return drawings(*PARTS[part])


def drawings(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """``(samples, labels)``: uint8 [count, 1, 8, 8] and int64 [count]; the classes go round."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(CLASSES)
    return np.stack([draw(int(label), rng) for label in labels])[:, None], labels.astype(np.int64)


def draw(label: int, rng: np.random.Generator) -> np.ndarray:
    """One image of class ``label``, uint8 [8, 8]."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2                      # y downwards
    across = (y, x, (x + y) / math.sqrt(2), (x - y) / math.sqrt(2))[label]
    distance = np.abs(across - rng.uniform(-2.5, 2.5))
    ink = np.clip(rng.uniform(0.5, 1.2) + 0.5 - distance, 0, 1)
    ground, brightness = rng.uniform(0, 40), rng.uniform(90, 240)
    noise = rng.integers(-24, 25, ink.shape)
    return np.clip(ground + (brightness - ground) * ink + noise, 0, 255).round().astype(np.uint8)
