"""The golden model: the integer rule in numpy, bit-exact, for every layer."""

from .model import GoldenLayer, GoldenRun, forward

__all__ = ["GoldenLayer", "GoldenRun", "forward"]
