"""The whole network: input, timesteps, layers, and where it comes from."""

import enum
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .errors import ModelError
from .events import takes_events
from .layers import Kind, Layer, LayerIntegers


class Encoding(enum.StrEnum):
    """How an input sample becomes spikes.

    ``ANALOG``: 8-bit pixels, the same at every timestep; their weighted sum enters the first layer.
    ``SPIKES``: one spike map a timestep.
    """

    ANALOG = "analog"
    SPIKES = "spikes"


@dataclass(frozen=True, kw_only=True)
class Input:
    """Shape and encoding of a sample.

    Parameters
    ----------
    shape
        ``(C, H, W)``.
    encoding
        `Encoding`.
    bits
        Analog input: the upper ``bits`` of each 8-bit pixel are used, ``pixel >> (8 - bits)``.
        Spike input: always 1.
    """

    shape: tuple[int, int, int]
    encoding: Encoding = Encoding.ANALOG
    bits: int = 8

    def __post_init__(self):
        object.__setattr__(self, "encoding", Encoding(self.encoding))
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))
        if len(self.shape) != 3 or min(self.shape) < 1 or max(self.shape) > 4096:
            raise ModelError(f"input shape {self.shape} is not (channels, height, width)",
                             "each must be 1 to 4096")
        if not 1 <= self.bits <= 8 or (self.encoding is Encoding.SPIKES and self.bits != 1):
            raise ModelError(f"input bits = {self.bits} with {self.encoding} input",
                             "analog pixels have 1 to 8 bits, spikes 1")

    @property
    def takes_events(self) -> bool:
        """Whether address events can be sorted into the maps: spikes, of one or two polarities."""
        return self.encoding is Encoding.SPIKES and takes_events(self.shape)

    def quantise(self, pixels: np.ndarray) -> np.ndarray:
        """8-bit pixels (uint8, any shape) as the integers that enter the first layer."""
        return np.asarray(pixels, np.uint8) >> (8 - self.bits)


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """A trained, quantised spiking network.

    Parameters
    ----------
    name
        Name of the network; letters, digits, ``-`` and ``_``.
    timesteps
        T, 1 to 16.
    input
        `Input`.
    layers
        `Layer` objects in order; the last one, and only that, is a readout.
    metadata
        Where the network comes from: builtin types only (``dataset``, ``classes``, ``accuracy``, ...).
    """

    name: str
    timesteps: int
    input: Input
    layers: tuple[Layer, ...]
    metadata: dict = field(default_factory=dict)

    def __post_init__(self):
        object.__setattr__(self, "layers", tuple(self.layers))
        if not self.name or not self.name.replace("-", "_").isidentifier():
            raise ModelError(f"network name {self.name!r} is not a name", "use letters, digits, - and _")
        if not (isinstance(self.timesteps, int) and 1 <= self.timesteps <= 16):
            raise ModelError(f"timesteps = {self.timesteps!r} is out of range", "use 1 to 16 timesteps")
        if not self.layers:
            raise ModelError("the network has no layers")
        names = [layer.name for layer in self.layers]
        for name in names:
            if names.count(name) > 1:
                raise ModelError(f"two layers are named '{name}'", "give each layer a name of its own")
        for layer in self.layers:
            if (layer.kind is Kind.READOUT) != (layer is self.layers[-1]):
                raise ModelError(f"layer '{layer.name}' is {'not ' if layer is self.layers[-1] else ''}"
                                 "a readout", "the last layer, and only that, must be one")
        for index, layer in enumerate(self.layers):
            if layer.skip and layer.skip.source not in names[:index]:
                raise ModelError(f"layer '{layer.name}': its skip comes from '{layer.skip.source}'",
                                 f"it must come from an earlier layer: {', '.join(names[:index]) or 'there is none'}")
        _ = self.shapes, self.integers

    @cached_property
    def shapes(self) -> tuple[tuple[int, int, int], ...]:
        """``(C, H, W)`` of the input and of each layer's output, ``len(layers) + 1`` of them."""
        shapes = [self.input.shape]
        for index, layer in enumerate(self.layers):
            if layer.skip:
                layer.check_skip(shapes[self.skip_source(index) + 1], layer.conv_shape(shapes[-1]))
            shapes.append(layer.out_shape(shapes[-1]))
        return tuple(shapes)

    def skip_source(self, index: int) -> int | None:
        """Number of the layer whose output enters layer ``index`` through its skip; None without one."""
        skip = self.layers[index].skip
        return [layer.name for layer in self.layers].index(skip.source) if skip else None

    @cached_property
    def integers(self) -> tuple[LayerIntegers, ...]:
        """Each layer's integers."""
        return tuple(layer.integers(self.timesteps) for layer in self.layers)

    @property
    def classes(self) -> int:
        """Number of scores."""
        return self.layers[-1].out_channels

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return sum(layer.weights for layer in self.layers)

    @property
    def weight_bytes(self) -> float:
        """All weights at their own width, in bytes."""
        return sum(layer.weights * layer.weight_bits for layer in self.layers) / 8

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of one sample: ``(C, H, W)`` of pixels, or ``(T, C, H, W)`` of spikes."""
        return self.input.shape if self.input.encoding is Encoding.ANALOG \
            else (self.timesteps, *self.input.shape)
