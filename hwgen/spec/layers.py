"""A layer of the network: weights, geometry, pooling and neurons, as frozen and validated plain data."""

import enum
from dataclasses import dataclass

import numpy as np

from .errors import ModelError
from .fixedpoint import signed_max
from .neuron import Dalif, NeuronIntegers, derive_neuron


class Kind(enum.StrEnum):
    """What a layer is. All three are a window of weights over the input map (see `Layer`)."""

    CONV = "conv"
    DENSE = "dense"
    READOUT = "readout"


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """One layer of weights with its neurons.

    A dense layer is a convolution whose kernel is as large as the input map; a readout is a dense layer
    whose neurons integrate and never fire. Weights are one integer each, symmetric around zero: for *b*
    bits from ``-(2**(b-1) - 1)`` to ``2**(b-1) - 1`` (2 bits are ternary).

    Parameters
    ----------
    name
        A name unique in the network; letters, digits and underscores (it names modules and signals).
    kind
        `Kind`.
    weight
        int8 [out_channels, in_channels, kernel_height, kernel_width].
    weight_bits
        2 to 8.
    scale
        float64 [out_channels]: value of one weight step in units of the neuron's input ``x``,
        batch-norm gain included; a negative gain is negative here. A readout has one value for all
        channels, since its scores are compared with each other.
    offset
        float64 [out_channels]: what batch norm adds to ``x``.
    stride, padding
        In both directions; a dense layer and a readout have 1 and 0.
    pool
        Side and stride of the OR-pool behind the neurons (1: none); incomplete windows are dropped.
    neuron
        `Dalif`.
    """

    name: str
    kind: Kind
    weight: np.ndarray
    weight_bits: int
    scale: np.ndarray
    offset: np.ndarray
    neuron: Dalif
    stride: int = 1
    padding: int = 0
    pool: int = 1

    def __post_init__(self):
        def fail(message, hint=""):
            raise ModelError(f"layer '{self.name}': {message}", hint)

        object.__setattr__(self, "kind", Kind(self.kind))
        if not (isinstance(self.name, str) and self.name.isidentifier()):
            raise ModelError(f"layer name {self.name!r} is not an identifier", "use letters, digits and _")
        if not (isinstance(self.weight_bits, int) and 2 <= self.weight_bits <= 8):
            fail(f"weight_bits = {self.weight_bits!r} is out of range", "weights have 2 to 8 bits")
        weight = np.asarray(self.weight)
        if weight.ndim != 4 or 0 in weight.shape:
            fail(f"weight has shape {weight.shape}", "it must be [out, in, kernel_height, kernel_width]")
        if not np.issubdtype(weight.dtype, np.integer):
            fail(f"weight has dtype {weight.dtype}", "weights are integers")
        limit = signed_max(self.weight_bits)
        if np.abs(weight.astype(np.int64)).max() > limit:
            fail(f"a weight of {int(np.abs(weight.astype(np.int64)).max())} is out of range",
                 f"{self.weight_bits}-bit weights lie within ±{limit}")
        object.__setattr__(self, "weight", _frozen(weight, np.int8))
        for attribute in ("scale", "offset"):
            values = np.asarray(getattr(self, attribute), np.float64)
            if values.shape != weight.shape[:1]:
                fail(f"{attribute} has shape {values.shape} for {weight.shape[0]} channels")
            if not np.isfinite(values).all():
                fail(f"{attribute} of channel {int(np.argmin(np.isfinite(values)))} is not a finite number",
                     "train again with a smaller learning rate")
            object.__setattr__(self, attribute, _frozen(values, np.float64))
        if (np.abs(self.scale) < 1e-30).any():
            fail(f"scale of channel {int(np.argmin(np.abs(self.scale)))} is zero",
                 "remove the channel or train again")
        for attribute, low, high in (("stride", 1, 8), ("padding", 0, 7), ("pool", 1, 8)):
            value = getattr(self, attribute)
            if not (isinstance(value, int) and low <= value <= high):
                fail(f"{attribute} = {value!r} is out of range", f"it must be an integer from {low} to {high}")
        if self.padding >= min(weight.shape[2:]):
            fail(f"padding = {self.padding} is not below the kernel size {min(weight.shape[2:])}")
        if self.kind is not Kind.CONV and (self.stride, self.padding, self.pool) != (1, 0, 1):
            fail(f"a {self.kind} layer has stride 1, padding 0 and no pooling")
        if self.neuron.fires != (self.kind is not Kind.READOUT):
            fail("a readout's neurons never fire, all others do")
        if self.kind is Kind.READOUT and ((self.scale != self.scale[0]).any() or self.scale[0] <= 0):
            fail("a readout has one positive scale for all channels", "its scores are compared with each other")

    @property
    def out_channels(self) -> int:
        return self.weight.shape[0]

    @property
    def in_channels(self) -> int:
        return self.weight.shape[1]

    @property
    def kernel(self) -> tuple[int, int]:
        """``(height, width)`` of the window."""
        return self.weight.shape[2], self.weight.shape[3]

    def conv_shape(self, in_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        """``(C, H, W)`` of the neurons, before pooling, for an input map of shape ``(C, H, W)``."""
        channels, height, width = in_shape
        if channels != self.in_channels:
            raise ModelError(f"layer '{self.name}': takes {self.in_channels} channels but gets {channels}",
                             "the shapes of the layers do not chain")
        if self.kind is not Kind.CONV and (height, width) != self.kernel:
            raise ModelError(f"layer '{self.name}': takes a map of {self.kernel} but gets {(height, width)}",
                             "the shapes of the layers do not chain")
        size = [(n + 2 * self.padding - k) // self.stride + 1 for n, k in zip((height, width), self.kernel)]
        if min(size) < 1 or min(size) < self.pool:
            raise ModelError(f"layer '{self.name}': nothing is left of a map of {height} x {width} after a "
                             f"kernel of {self.kernel[0]} x {self.kernel[1]} and a pool of {self.pool}",
                             "use a smaller kernel, more padding or a smaller pool")
        return self.out_channels, size[0], size[1]

    def out_shape(self, in_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        """``(C, H, W)`` after pooling."""
        channels, height, width = self.conv_shape(in_shape)
        return channels, height // self.pool, width // self.pool

    def integers(self, timesteps: int) -> "LayerIntegers":
        """The integers of this layer for ``timesteps`` timesteps (see `derive_neuron`)."""
        sign = np.where(self.scale < 0, -1, 1)
        return LayerIntegers(
            weight=_frozen(self.weight * sign[:, None, None, None], np.int8),
            neuron=derive_neuron(self.neuron, np.abs(self.scale), self.offset, timesteps),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerIntegers:
    """Everything that the hardware needs to know of a layer's values: integers only.

    ``weight`` int8 [out_channels, in_channels, kernel_height, kernel_width], `NeuronIntegers` ``neuron``.
    """

    weight: np.ndarray
    neuron: NeuronIntegers

    @property
    def max_weight_sum(self) -> int:
        """``max_c sum |w|``: no sum of distinct taps of a spike window exceeds it."""
        return int(np.abs(self.weight.astype(np.int64)).sum(axis=(1, 2, 3)).max())

    def sum_width(self, largest: int = 1) -> int:
        """Bits of a signed sum of weights, each times 0 to ``largest``, that no order of events overflows.

        Any part of the sum lies between the sum of a channel's negative weights and that of its positive
        ones, times ``largest``; so this is never more than ``1 + ceil(log2(max_c sum |w| * largest))``
        and often a bit less.
        """
        weight = self.weight.astype(np.int64)
        most = int(np.maximum(weight, 0).sum(axis=(1, 2, 3)).max()) * largest
        least = int(np.minimum(weight, 0).sum(axis=(1, 2, 3)).min()) * largest
        return 1 + max(most.bit_length(), (-least - 1).bit_length() if least < 0 else 0, 1)

    @property
    def accumulator_width(self) -> int:
        """Bits of an accumulator of one timestep or bit-plane: each tap counts at most once."""
        return self.sum_width()


def _frozen(array: np.ndarray, dtype) -> np.ndarray:
    array = np.ascontiguousarray(array, dtype=dtype).copy()
    array.setflags(write=False)
    return array
