"""Fixed-point arithmetic shared by the rules of the specification.

Formats are written ``SQ(i, f)`` and ``UQ(i, f)``: *i* integer bits (the sign bit counted in ``SQ``) and
*f* fraction bits. Rounding is half up, overflow saturates; both are said wherever they happen.
"""

import math

import numpy as np


def signed_max(width: int) -> int:
    """The largest value of a signed integer of ``width`` bits."""
    return (1 << (width - 1)) - 1


def signed_min(width: int) -> int:
    """The smallest value of a signed integer of ``width`` bits."""
    return -(1 << (width - 1))


def saturate(value: np.ndarray, width: int) -> np.ndarray:
    """Clamp integers to the range of a signed integer of ``width`` bits."""
    return np.clip(value, signed_min(width), signed_max(width))


def round_shift(value: np.ndarray, fraction_bits: int) -> np.ndarray:
    """Drop ``fraction_bits`` fraction bits, rounding half up: ``(value + 2**(f-1)) >> f``."""
    if fraction_bits == 0:
        return value
    return (value + (1 << (fraction_bits - 1))) >> fraction_bits


def round_half_up(value: float | np.ndarray) -> np.ndarray:
    """Round floats to integers, halves up, as int64."""
    return np.floor(np.asarray(value, dtype=np.float64) + 0.5).astype(np.int64)


def signed_width(magnitude: int) -> int:
    """Bits of a signed integer that holds every value from ``-magnitude`` to ``magnitude``."""
    return 1 + max(1, math.ceil(math.log2(magnitude + 1))) if magnitude > 0 else 1
