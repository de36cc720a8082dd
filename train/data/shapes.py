"""Ellipses and boxes with soft edges, of which pictures and things are painted. Exactly rounded arithmetic only."""

import numpy as np


def cover(kind: str, x: np.ndarray, y: np.ndarray, half_width: float, half_height: float, pixels: float) -> np.ndarray:
    """How much of each point an "ellipse" or a "box" covers, from 0 to 1: ``x`` and ``y`` from its centre, all lengths
    in units of ``pixels`` pixels; the edge is about a pixel wide."""
    across, along = np.abs(x) / half_width, np.abs(y) / half_height
    distance = np.sqrt(across**2 + along**2) if kind == "ellipse" else np.maximum(across, along)
    return np.clip((1 - distance) * min(half_width, half_height) * pixels + 0.5, 0, 1)
