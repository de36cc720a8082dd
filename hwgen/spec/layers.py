"""A layer of the network: weights, geometry, pooling and neurons, as frozen and validated plain data."""

import enum
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .errors import ModelError
from .fixedpoint import signed_max
from .neuron import Dalif, NeuronIntegers, derive_neuron

#: Smallest scale of a channel, by magnitude; less is none.
LEAST_SCALE = 1e-30


class Kind(enum.StrEnum):
    """What a layer is. All three are a window of weights over the input map (see `Layer`)."""

    CONV = "conv"
    DENSE = "dense"
    READOUT = "readout"


@dataclass(frozen=True, kw_only=True, eq=False)
class Skip:
    """A residual join: spikes of an earlier layer that enter a layer's sums through 1 x 1 weights.

    The weights share the bits and the scale of the layer's own, so the sum stays one exact integer; the join
    comes before bias and neuron.

    Parameters
    ----------
    source
        Name of the earlier layer.
    weight
        int8 [out_channels, source channels, 1, 1]; [out_channels, 1, 1, 1] if ``depthwise``.
    stride
        Every ``stride``-th row and column of the source's map is taken.
    depthwise
        Channel c takes channel c of the source only: the weighted identity.
    """

    source: str
    weight: np.ndarray
    stride: int = 1
    depthwise: bool = False

    def __post_init__(self):
        weight = np.asarray(self.weight)
        if weight.ndim != 4 or weight.shape[2:] != (1, 1) or 0 in weight.shape \
                or not np.issubdtype(weight.dtype, np.integer):
            raise ModelError(f"skip from '{self.source}': weight has shape {weight.shape}, dtype {weight.dtype}",
                             "it must be integers [out, in, 1, 1]")
        if self.depthwise and weight.shape[1] != 1:
            raise ModelError(f"skip from '{self.source}': {weight.shape[1]} weights a channel",
                             "a depthwise skip has one")
        if not (isinstance(self.stride, int) and 1 <= self.stride <= 8):
            raise ModelError(f"skip from '{self.source}': stride = {self.stride!r} is out of range",
                             "it must be an integer from 1 to 8")

    @property
    def in_channels(self) -> int:
        """Channels of the source's map."""
        return self.weight.shape[0] if self.depthwise else self.weight.shape[1]


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
        int8 [out_channels, in_channels, kernel_height, kernel_width]; ``in_channels`` is 1 if ``depthwise``.
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
    depthwise
        Channel c takes channel c of the input only; a convolution.
    skip
        `Skip`, or None; a convolution.
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
    depthwise: bool = False
    skip: Skip | None = None

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
        for values in (weight, *([self.skip.weight] if self.skip else [])):
            largest = int(np.abs(np.asarray(values, np.int64)).max())
            if largest > limit:
                fail(f"a weight of {largest} is out of range",
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
        if (np.abs(self.scale) < LEAST_SCALE).any():
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
        if self.kind is not Kind.CONV and (self.depthwise or self.skip):
            fail(f"a {self.kind} layer is neither depthwise nor has a skip", "only a convolution may")
        if self.depthwise and weight.shape[1] != 1:
            fail(f"weight has shape {weight.shape}", "a depthwise layer has one input channel a channel")
        if self.skip:
            if self.skip.weight.shape[0] != weight.shape[0]:
                fail(f"the skip from '{self.skip.source}' has {self.skip.weight.shape[0]} output channels, the "
                     f"layer has {weight.shape[0]}")
            object.__setattr__(self, "skip", replace(self.skip, weight=_frozen(self.skip.weight, np.int8)))
        if self.neuron.fires != (self.kind is not Kind.READOUT):
            fail("a readout's neurons never fire, all others do")
        if self.kind is Kind.READOUT and ((self.scale != self.scale[0]).any() or self.scale[0] <= 0):
            fail("a readout has one positive scale for all channels", "its scores are compared with each other")

    @property
    def out_channels(self) -> int:
        return self.weight.shape[0]

    @property
    def in_channels(self) -> int:
        """Channels of the input map."""
        return self.weight.shape[0] if self.depthwise else self.weight.shape[1]

    @property
    def weights(self) -> int:
        """Number of weights, those of the skip included."""
        return self.weight.size + (self.skip.weight.size if self.skip else 0)

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

    def check_skip(self, source_shape: tuple[int, int, int], conv_shape: tuple[int, int, int]) -> None:
        """Raise `ModelError` where the skip's map, strided, is not the size of the layer's own."""
        channels, *size = source_shape
        strided = [-(-n // self.skip.stride) for n in size]
        if channels != self.skip.in_channels or strided != list(conv_shape[1:]):
            raise ModelError(
                f"layer '{self.name}': its skip takes {self.skip.in_channels} channels of {conv_shape[1]} x "
                f"{conv_shape[2]} but '{self.skip.source}' gives {channels} of {strided[0]} x {strided[1]}",
                "the shapes of a residual join must agree before pooling")

    def integers(self, timesteps: int) -> "LayerIntegers":
        """The integers of this layer for ``timesteps`` timesteps (see `derive_neuron`)."""
        sign = np.where(self.scale < 0, -1, 1)
        sign = sign[:, None, None, None]
        return LayerIntegers(
            weight=_frozen(self.weight * sign, np.int8),
            skip_weight=_frozen(self.skip.weight * sign, np.int8) if self.skip else None,
            neuron=derive_neuron(self.neuron, np.abs(self.scale), self.offset, timesteps),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerIntegers:
    """Everything that the hardware needs to know of a layer's values: integers only.

    ``weight`` and ``skip_weight`` (None without a skip) are int8, shaped as in `Layer` and `Skip`;
    `NeuronIntegers` ``neuron``.
    """

    weight: np.ndarray
    neuron: NeuronIntegers
    skip_weight: np.ndarray | None = None

    @property
    def _channel_weights(self) -> np.ndarray:
        """Every weight that meets a neuron: int64 [out_channels, taps]."""
        parts = [self.weight] if self.skip_weight is None else [self.weight, self.skip_weight]
        return np.concatenate([part.reshape(len(part), -1).astype(np.int64) for part in parts], axis=1)

    @property
    def max_weight_sum(self) -> int:
        """``max_c sum |w|``: no sum of distinct taps of a spike window exceeds it."""
        return int(np.abs(self._channel_weights).sum(axis=1).max())

    def sum_width(self, largest: int = 1) -> int:
        """Bits of a signed sum of weights, each times 0 to ``largest``, that no order of events overflows.

        Any part of the sum lies between the sum of a channel's negative weights and that of its positive
        ones, times ``largest``; so this is never more than ``1 + ceil(log2(max_c sum |w| * largest))``
        and often a bit less.
        """
        least, most = (extreme * largest for extreme in self._extremes)
        return 1 + max(most.bit_length(), (-least - 1).bit_length() if least < 0 else 0, 1)

    @cached_property
    def _extremes(self) -> tuple[int, int]:
        """The smallest sum of a channel's negative weights and the largest of its positive ones."""
        weight = self._channel_weights
        return int(np.minimum(weight, 0).sum(axis=1).min()), int(np.maximum(weight, 0).sum(axis=1).max())

    @property
    def accumulator_width(self) -> int:
        """Bits of an accumulator of one timestep or bit-plane: each tap counts at most once."""
        return self.sum_width()


def fold_average_pool(side: int, *, weight: np.ndarray, scale: np.ndarray, stride: int, padding: int) -> dict:
    """The fields of the convolution (or dense layer) that equals one behind an average pool.

    The mean over ``side x side`` spikes times a weight is that weight times each spike, over ``side**2``: so
    kernel, stride and padding grow by ``side``, each weight is repeated, and the scale takes the division.
    Exact where ``side`` divides the map and ``padding`` is 0 or the padding is of whole pools.

    Parameters
    ----------
    side
        Of the average pool, its stride too.
    weight, scale, stride, padding
        Of the layer behind it, as in `Layer`.
    """
    repeated = np.repeat(np.repeat(np.asarray(weight), side, axis=2), side, axis=3)
    return {"weight": repeated, "scale": np.asarray(scale, np.float64) / side**2,
            "stride": stride * side, "padding": padding * side}


def _frozen(array: np.ndarray, dtype) -> np.ndarray:
    array = np.ascontiguousarray(array, dtype=dtype).copy()
    array.setflags(write=False)
    return array
